"""Small pictures, made once and kept."""

from pathlib import Path
from typing import Final

from core.files import atomic_writer
from core.images import open_image
from core.workspace.layout import Layout

# Pages ask for a handful of sizes; anything else would let a URL fill the disk with pictures.
_SIZES: Final = (64, 128, 240, 320, 480, 640, 1024)


def make_crop(layout: Layout, source: Path, content_hash: str, place: tuple[int, int, int, int], size: int) -> Path:
    """The JPEG of a part of a picture (x1, y1, x2, y2 in px), its long side at most `size` px; named as a thumbnail."""
    corners = "-".join(str(corner) for corner in place)
    target = layout.thumbnails / content_hash[:2] / f"{content_hash}-{corners}-{size}.jpg"
    if target.is_file():
        return target
    with open_image(source) as image:
        part = image.convert("RGB").crop(place)
        part.thumbnail((size, size))
        with atomic_writer(target) as handle:
            part.save(handle, format="JPEG", quality=88)
    return target


def make_thumbnail(layout: Layout, source: Path, content_hash: str, size: int) -> Path:
    """The JPEG of a picture with its long side at most the next of a few sizes from `size` px.

    It is named by the picture's hash, so that equal pictures share it and a replaced one never shows the old.
    """
    rounded = next((known for known in _SIZES if known >= size), _SIZES[-1])
    target = layout.thumbnails / content_hash[:2] / f"{content_hash}-{rounded}.jpg"
    if target.is_file():
        return target
    with open_image(source) as image:
        # A JPEG decoder can leave out what a smaller picture does not need.
        image.draft("RGB", (rounded, rounded))
        small = image.convert("RGB")
        small.thumbnail((rounded, rounded))
        with atomic_writer(target) as handle:
            small.save(handle, format="JPEG", quality=85)
    return target
