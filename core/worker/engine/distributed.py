"""The processes that train one model together, one per device: what each knows of the others. core.worker only.

The first process, the leader, does all that happens once: it loads weights, judges, keeps checkpoints and writes files.
The other ranks only compute. They wait for it in `ProcessGroup`, because the averaging of gradients times out early.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import psutil
import torch
import torch.distributed as dist
from detectron2.engine.defaults import create_ddp_model
from detectron2.utils import comm
from torch.utils._pytree import tree_map

from core.training.launch.devices import usable_cores

# The leader may evaluate many thousand images while the others wait. A process that dies is noticed at once anyway.
_PATIENCE: Final = timedelta(days=7)
# Where another process died, most find a broken connection and tell of it; this is for those that do not.
_FAREWELL_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessGroup:
    """This process's place among `size` processes. Every method must be called by all of them, in the same order."""

    rank: int = 0
    size: int = 1
    group: Any = None  # a gloo group of all processes, None where there is but one

    @property
    def is_rank_zero(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    def named(self, device: str, on_gpu: bool) -> str:
        """The devices of all processes, for the status: `device` is what a single one is called."""
        if self.size == 1:
            return device
        return f"{self.size} × {device}" if on_gpu else f"CPU, {usable_cores()} cores, {self.size} processes"

    def any(self, *flags: bool) -> tuple[bool, ...]:
        """For each flag, whether one of the processes has it set."""
        if self.size == 1:
            return flags
        votes = torch.tensor([int(flag) for flag in flags])
        dist.all_reduce(votes, op=dist.ReduceOp.MAX, group=self.group)
        return tuple(bool(vote) for vote in votes)

    def mean(self, value: float) -> float:
        """The mean of a number over the processes."""
        if self.size == 1:
            return value
        total = torch.tensor([value], dtype=torch.float64)
        dist.all_reduce(total, group=self.group)
        return float(total) / self.size

    def from_rank_zero(self, value: Any) -> Any:
        """What the leader gives as `value`; the others' own is not looked at."""
        if self.size == 1:
            return value
        # On the CPU: the leader's GPU is not the others'.
        moved = tree_map(lambda leaf: leaf.cpu() if isinstance(leaf, torch.Tensor) else leaf, value)
        shared = [moved if self.is_rank_zero else None]
        dist.broadcast_object_list(shared, src=0, group=self.group)
        return shared[0]

    def replica(self, model: torch.nn.Module, on_gpu: bool) -> torch.nn.Module | None:
        """The model as it computes in step with the others, with the leader's weights; None where there are none."""
        if self.size == 1:
            return None
        # None: the CPU has no device ids.
        places = {} if on_gpu else {"device_ids": None}
        replica: torch.nn.Module = create_ddp_model(model, broadcast_buffers=False, **places)
        return replica


ALONE: Final = ProcessGroup()


@contextmanager
def join_process_group(on_gpu: bool) -> Iterator[ProcessGroup]:
    """Meet the other processes that torchrun started (its environment says where), and part in the end.

    After an exception this process must end by `os._exit`: parting would wait for the others.
    """
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if on_gpu else "gloo")
    # Release 0.6 sets it in its own launcher only, which insists on GPUs.
    comm._LOCAL_PROCESS_GROUP = dist.group.WORLD
    group = dist.new_group(backend="gloo", timeout=_PATIENCE)
    pids: list[int] = [0] * dist.get_world_size()
    dist.all_gather_object(pids, os.getpid(), group=group)
    over = threading.Event()
    threading.Thread(target=_end_without, args=(pids, over), name="team", daemon=True).start()
    processes = ProcessGroup(rank=dist.get_rank(), size=dist.get_world_size(), group=group)
    yield processes
    processes.any(True)  # nobody leaves before the leader has written its last words
    over.set()
    dist.destroy_process_group()


def _end_without(pids: list[int], over: threading.Event) -> None:
    """End this process some seconds after another one is gone: on a GPU it may wait for it for ever."""
    while not over.wait(1.0):
        if not all(_lives(pid) for pid in pids) and not over.wait(_FAREWELL_S):
            os._exit(1)


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
