"""Measures the peak memory of a piece of work, and the memory available."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Final

import psutil
import torch

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
    total = int(own.memory_info().rss)
    for child in own.children(recursive=True):
        try:
            total += int(child.memory_info().rss)
        except psutil.Error:  # it has ended since
            continue
    return total / 2**20


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
