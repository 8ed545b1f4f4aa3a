"""Writes the demo data set into a folder."""

from pathlib import Path
from typing import Any, Final

from core.demo.demo import write_demo
from core.demo.faults import IMAGES_NEEDED
from core.demo.scene import CLASSES
from core.errors import AppError
from core.progress import Progress, say_nothing

_MOST_IMAGES: Final = 100_000
_SMALLEST, _LARGEST = 64, 2048


def make_demo(
    out: Path,
    images: int = 200,
    seed: int = 0,
    size: int = 320,
    faults: bool = False,
    progress: Progress = say_nothing,
) -> dict[str, Any]:
    """Write `images` tiles of `size` px into a new or empty folder.

    Returns the document of `demo`: path, images, annotations, classes, faults. `faults` plants one fault of every kind
    that the checks find, and lists them as {check, file, line}. Raises AppError if the folder is not empty, or a count
    or size is out of range.
    """
    if not 1 <= images <= _MOST_IMAGES:
        raise AppError(f"{images} images are out of range.", f"Ask for 1 to {_MOST_IMAGES:,}.")
    if not _SMALLEST <= size <= _LARGEST:
        raise AppError(f"Tiles of {size} px are out of range.", f"Ask for {_SMALLEST} to {_LARGEST} px.")
    if seed < 0:
        raise AppError(f"The seed is {seed}.", "Give 0 or a larger whole number.")
    if faults and images < IMAGES_NEEDED:
        raise AppError(f"{images} images are too few for every fault.", f"Ask for at least {IMAGES_NEEDED}.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise AppError(f"{out.name} is there already and is not an empty folder.", "Choose a new folder.")
    demo = write_demo(out, images, seed, size, faults, progress)
    return {
        "path": str(out),
        "images": demo.images,
        "annotations": demo.annotations,
        "classes": list(CLASSES),
        "faults": [{"check": fault.check, "file": fault.file, "line": fault.line} for fault in demo.faults],
    }
