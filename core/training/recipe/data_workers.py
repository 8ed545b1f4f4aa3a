"""Chooses the number of data workers, the processes that prepare training images."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.training.recipe.recipe import Recipe

# More do not reduce the GPU's wait, and each copies the tables.
_MOST: Final = 8
# Batches of a process in shared memory: two ready (torch's prefetch_factor) and one in work.
_BATCHES_EACH: Final = 3
# The rest of the shared memory is for other programs. If it fills up, all loaders die at once without a warning.
_SHARE: Final = 0.5
_SHARED_MEMORY: Final = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Loaders:
    """The number of data workers and the reason in words. With 0 the training process prepares images."""

    processes: int
    reason: str


def choose_loaders(recipe: Recipe, on_gpu: bool, cores: int, shared_bytes: int | None) -> Loaders:
    """The data workers for a recipe. `shared_bytes`: free bytes of shared memory, None if unknown.

    On the CPU there are none: training needs the cores, and preparing an image takes little time beside it.
    """
    if not on_gpu:
        return Loaders(0, "in the training process, because training needs the cores")
    fitting = _MOST if shared_bytes is None else int(shared_bytes * _SHARE // (_BATCHES_EACH * _batch_bytes(recipe)))
    wanted = min(cores, _MOST)
    if fitting < wanted:
        return Loaders(fitting, "as many as fit into shared memory")
    return Loaders(wanted, f"for {cores} cores")


def free_shared_memory() -> int | None:
    """Free bytes of shared memory; None on a system without a folder for it."""
    return shutil.disk_usage(_SHARED_MEMORY).free if _SHARED_MEMORY.is_dir() else None


def _batch_bytes(recipe: Recipe) -> int:
    """Bytes of a batch of the recipe's largest images, three per pixel."""
    return recipe.batch * 3 * max(recipe.input_sizes) * recipe.input_max
