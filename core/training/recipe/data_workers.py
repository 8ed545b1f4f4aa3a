"""How many processes prepare training images, from cores and shared memory of the machine."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.training.recipe.recipe import Recipe

# More than this make one GPU wait no less, and each takes a copy of the tables.
_MOST: Final = 8
# Batches that one process has in shared memory: two ready (torch's prefetch_factor) and one being made.
_BATCHES_EACH: Final = 3
# The rest of the shared memory is for others: it fills without a warning, and then every loader dies at once.
_SHARE: Final = 0.5
_SHARED_MEMORY: Final = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Loaders:
    """How many processes, and why, in words; 0 prepares images within the training process."""

    processes: int
    reason: str


def choose_loaders(recipe: Recipe, on_gpu: bool, cores: int, shared_bytes: int | None) -> Loaders:
    """The loaders for a recipe. `shared_bytes`: what is free in shared memory, None where the system has no such place.

    On the CPU there are none: the cores are busy with training, beside which an image costs little.
    """
    if not on_gpu:
        return Loaders(0, "in the training process, because training needs the cores")
    fitting = _MOST if shared_bytes is None else int(shared_bytes * _SHARE // (_BATCHES_EACH * _batch_bytes(recipe)))
    wanted = min(cores, _MOST)
    if fitting < wanted:
        return Loaders(fitting, "as many as shared memory has room for")
    return Loaders(wanted, f"for {cores} cores")


def free_shared_memory() -> int | None:
    """Bytes free in shared memory; None on a system that does not show it as a folder."""
    return shutil.disk_usage(_SHARED_MEMORY).free if _SHARED_MEMORY.is_dir() else None


def _batch_bytes(recipe: Recipe) -> int:
    """A batch of the largest images that the recipe allows: three bytes a pixel."""
    return recipe.batch * 3 * max(recipe.input_sizes) * recipe.input_max
