"""Samples what a training uses of its machine."""

import shutil
import time
from pathlib import Path
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
        total = int(self._own.memory_info().rss)
        for child in self._children:
            try:
                total += int(child.memory_info().rss)
            except psutil.Error:  # it has ended since
                continue
        return total


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
