"""The demo data set: seeded aerial tiles with labels in the reference text form.

`OUT/images/*.jpg`, `OUT/labels/*.txt` (`class x1 y1 x2 y2` in px, the class by its number) and `OUT/classes.txt`.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.demo.faults import Planted, plant_faults
from core.demo.scene import CLASSES, Tile, draw_tile
from core.progress import Progress

_QUALITY: Final = 88
# Only a part of the work lets go of the interpreter.
_THREADS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What was written: counts of images and of label lines, and the faults among them."""

    images: int
    annotations: int
    faults: list[Planted]


def write_demo(out: Path, images: int, seed: int, size: int, has_faults: bool, progress: Progress) -> Demo:
    """Write the data set into a folder; the same arguments give the same images and labels."""
    (out / "images").mkdir(parents=True)
    (out / "labels").mkdir()
    (out / "classes.txt").write_text("".join(f"{name}\n" for name in CLASSES))
    # Threads, not processes: this runs within the page server. Each writes what it drew, so that no images pile up.
    with ThreadPoolExecutor(_THREADS) as pool:
        for number, _ in enumerate(pool.map(lambda at: _write(out, at, draw_tile(seed, at, size)), range(images))):
            progress((number + 1) / images, f"Drew {number + 1:,} of {images:,} tiles")
    faults = plant_faults(out, size) if has_faults else []
    return Demo(
        images=sum(1 for _ in (out / "images").iterdir()),
        annotations=sum(_lines(path) for path in (out / "labels").iterdir()),
        faults=faults,
    )


def _write(out: Path, number: int, tile: Tile) -> None:
    stem = f"tile_{number:04d}"
    tile.image.save(out / "images" / f"{stem}.jpg", quality=_QUALITY)
    lines = [f"{kind} {' '.join(f'{corner:.2f}' for corner in box)}\n" for kind, box in tile.objects]
    (out / "labels" / f"{stem}.txt").write_text("".join(lines))


def _lines(path: Path) -> int:
    return sum(1 for line in path.read_bytes().splitlines() if line.strip())
