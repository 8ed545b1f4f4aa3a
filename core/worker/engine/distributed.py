"""The process group: the processes that train one model together, one per device.

Rank 0 does what happens once: it loads weights, evaluates, keeps checkpoints and writes files. The other ranks only
compute. They wait for it in `ProcessGroup`, because the averaging of gradients times out early.
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

from core.training.launch.devices import cpu_title, usable_cores

# Rank 0 may evaluate many thousand images while the others wait. A dead process is noticed at once anyway.
_PATIENCE: Final = timedelta(days=7)
# After a process died, most others report a broken connection. This is for those that do not.
_FAREWELL_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessGroup:
    """This process among `size` processes. All of them must call every method, in the same order."""

    rank: int = 0
    size: int = 1
    group: Any = None  # a gloo group of all processes, None for a single process

    @property
    def is_rank_zero(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def named(self, device: str, on_gpu: bool) -> str:
        """The devices of all processes, for the status. `device` is the name of a single one."""
        if self.size == 1:
            return device
        return f"{self.size} × {device}" if on_gpu else f"{cpu_title(usable_cores())}, {self.size} processes"

    def any(self, *flags: bool) -> tuple[bool, ...]:
        """For each flag, whether any of the processes has set it."""
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
        """The `value` of rank 0; the other ranks' values are ignored."""
        if self.size == 1:
            return value
        # On the CPU, because each rank has another GPU.
        moved = tree_map(lambda leaf: leaf.cpu() if isinstance(leaf, torch.Tensor) else leaf, value)
        shared = [moved if self.is_rank_zero else None]
        dist.broadcast_object_list(shared, src=0, group=self.group)
        return shared[0]

    def replica(self, model: torch.nn.Module, on_gpu: bool) -> torch.nn.Module | None:
        """The model that averages its gradients over all ranks, with rank 0's weights; None for a single process."""
        if self.size == 1:
            return None
        # None: the CPU has no device ids.
        devices = {} if on_gpu else {"device_ids": None}
        replica: torch.nn.Module = create_ddp_model(model, broadcast_buffers=False, **devices)
        return replica


ALONE: Final = ProcessGroup()


@contextmanager
def join_process_group(on_gpu: bool) -> Iterator[ProcessGroup]:
    """Joins the processes that torchrun started (its environment has their address), and leaves them at the end.

    After an exception this process must end by `os._exit`: leaving would wait for the others.
    """
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if on_gpu else "gloo")
    # Detectron2 0.6 sets it only in its launcher, which requires GPUs.
    comm._LOCAL_PROCESS_GROUP = dist.group.WORLD
    group = dist.new_group(backend="gloo", timeout=_PATIENCE)
    pids: list[int] = [0] * dist.get_world_size()
    dist.all_gather_object(pids, os.getpid(), group=group)
    over = threading.Event()
    threading.Thread(target=_end_without, args=(pids, over), name="process group", daemon=True).start()
    processes = ProcessGroup(rank=dist.get_rank(), size=dist.get_world_size(), group=group)
    yield processes
    processes.any(True)  # nobody leaves before rank 0 has written its last status
    over.set()
    dist.destroy_process_group()


def _end_without(pids: list[int], over: threading.Event) -> None:
    """Ends this process some seconds after another one died: on a GPU it might wait for it for ever."""
    while not over.wait(1.0):
        if not all(_lives(pid) for pid in pids) and not over.wait(_FAREWELL_S):
            os._exit(1)


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
