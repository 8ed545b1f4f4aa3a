"""Writes the demo data set: seeded aerial tiles with labels in the reference text format.

The files are `OUT/images/*.jpg`, `OUT/labels/*.txt` (`class x1 y1 x2 y2` in px, the class by its number) and
`OUT/classes.txt`.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.demo.faults import Planted, plant_faults
from core.demo.scene import CLASSES, Tile, draw_tile
from core.progress import Progress

_QUALITY: Final = 88
# More threads are no faster, because only part of the work releases the interpreter lock.
_THREADS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A written data set: the numbers of images and label lines, and the planted faults."""

    images: int
    annotations: int
    faults: list[Planted]


def write_demo(out: Path, images: int, seed: int, size: int, has_faults: bool, progress: Progress) -> Demo:
    """Writes the data set into a folder; the same arguments give the same images and labels."""
    (out / "images").mkdir(parents=True)
    (out / "labels").mkdir()
    (out / "classes.txt").write_text("".join(f"{name}\n" for name in CLASSES))
    # Threads, not processes: this runs within the page server. Each thread writes its images, so that none pile up.
    with ThreadPoolExecutor(_THREADS) as pool:
        written = pool.map(lambda number: _write(out, number, draw_tile(seed, number, size)), range(images))
        for count, _ in enumerate(written, 1):
            progress(count / images, f"Drew {count:,} of {images:,} tiles")
    faults = plant_faults(out, size) if has_faults else []
    return Demo(
        images=sum(1 for _ in (out / "images").iterdir()),
        annotations=sum(_lines(path) for path in (out / "labels").iterdir()),
        faults=faults,
    )


def _write(out: Path, number: int, tile: Tile) -> None:
    stem = f"tile_{number:04d}"
    tile.image.save(out / "images" / f"{stem}.jpg", quality=_QUALITY)
    lines = [f"{category} {' '.join(f'{corner:.2f}' for corner in box)}\n" for category, box in tile.objects]
    (out / "labels" / f"{stem}.txt").write_text("".join(lines))


def _lines(path: Path) -> int:
    return sum(1 for line in path.read_bytes().splitlines() if line.strip())
