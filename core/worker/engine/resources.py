"""Measures what a training uses of its machine: samples while it runs, and the peak of a piece of work."""

import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

import psutil
import torch
from pynvml import NVMLError

# Listing child processes reads all of /proc, and data loaders rarely start or end.
_CHILDREN_INTERVAL_S: Final = 10.0


class Machine:
    """Samples memory, processor, disk and GPU. A sample takes well under a millisecond."""

    def __init__(self, folder: Path) -> None:
        """`folder` is on the disk to measure."""
        self._folder, self._own = folder, psutil.Process()
        self._children: list[psutil.Process] = []
        self._looked = -_CHILDREN_INTERVAL_S
        psutil.cpu_percent()  # the first call has nothing to compare with and says 0

    def sample(self) -> dict[str, float | None]:
        """The metrics of the machine since the last sample; `_mib` in MiB, `cpu` and `gpu` 0 to 1."""
        disk = shutil.disk_usage(self._folder)
        values: dict[str, float | None] = {
            "memory_mib": self._memory() / 2**20,
            "cpu": psutil.cpu_percent() / 100,
            "disk_free_mib": disk.free / 2**20,
            "disk_used_mib": disk.used / 2**20,
        }
        return values | _gpu() if torch.cuda.is_available() else values

    def _memory(self) -> int:
        """Bytes of memory of this process and its data loaders; shared memory counts for each."""
        now = time.monotonic()
        if now - self._looked >= _CHILDREN_INTERVAL_S:
            self._children, self._looked = self._own.children(recursive=True), now
        return _resident([self._own, *self._children])


def _gpu() -> dict[str, float | None]:
    """Peak memory of this process since the last sample, and the load of the GPU."""
    memory = torch.cuda.max_memory_allocated() / 2**20
    torch.cuda.reset_peak_memory_stats()
    return {"gpu_memory_mib": memory, "gpu": _gpu_load()}


def _gpu_load() -> float | None:
    """The load, 0 to 1; None if the driver does not report it, as for a part of a GPU or in some containers."""
    try:
        return float(torch.cuda.utilization()) / 100
    except (NVMLError, ModuleNotFoundError, RuntimeError):
        return None


_INTERVAL_S: Final = 0.01
# A container may have less memory than its machine: its limit and its use, for cgroups v2 and v1.
_CGROUPS: Final = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)


class Peak:
    """A context manager. Afterwards `mib` is the peak of this process and its children, or of torch on the GPU.

    The kernel's peak of a process cannot be reset, so a thread samples memory.
    """

    def __init__(self, on_gpu: bool) -> None:
        self._on_gpu = on_gpu
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.mib = 0.0

    def __enter__(self) -> "Peak":
        if self._on_gpu:
            torch.cuda.reset_peak_memory_stats()
        else:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._on_gpu:
            self.mib = torch.cuda.max_memory_allocated() / 2**20
            return
        self._over.set()
        self._thread.join()
        self.mib = max(self.mib, used_mib())

    def _sample(self) -> None:
        while not self._over.wait(_INTERVAL_S):
            self.mib = max(self.mib, used_mib())


def used_mib() -> float:
    """MiB of memory of this process and its children; shared memory counts for each."""
    own = psutil.Process()
    return _resident([own, *own.children(recursive=True)]) / 2**20


def _resident(processes: list[psutil.Process]) -> int:
    """Bytes of memory of the processes that are still there."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):  # it has ended since
            total += int(process.memory_info().rss)
    return total


def memory_mib(on_gpu: bool) -> float:
    """MiB available to this process: what it uses and what is free."""
    if on_gpu:
        free, _ = torch.cuda.mem_get_info()
        return (free + torch.cuda.memory_reserved()) / 2**20
    free = int(psutil.virtual_memory().available)
    for limit, used in _CGROUPS:
        try:
            free = min(free, int(limit.read_text()) - int(used.read_text()))
        except (OSError, ValueError):  # no such file, or "max" without a limit
            continue
    return max(0, free) / 2**20 + used_mib()
