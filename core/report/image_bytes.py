"""Images as JPEG of a bounded size, for a file that holds many of them."""

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from core.images import open_image

# As much as a large window shows; boxes are drawn over it and stay sharp.
LONGEST_SIDE_PX: Final = 1600
# Below this nothing can be told any more; such an image is kept however many bytes it takes (some 20 kB of noise).
_SHORTEST_SIDE_PX: Final = 240
_QUALITY: Final = 82
# How much of the room a guess aims at, and how much of it is well used; each try costs some 20 ms.
_CAUTION: Final = 0.92
_ENOUGH: Final = 0.75
_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallImage:
    """A JPEG, upright, `width` x `height` px; `is_scaled` where that is less than the image itself has."""

    jpeg: bytes
    width: int
    height: int
    is_scaled: bool


def small_image(path: Path, most_bytes: int) -> SmallImage:
    """The image as a JPEG of at most so many bytes, as large as they allow.

    Raises OSError or ValueError for a file that cannot be read as an image.
    """
    with open_image(path) as opened:
        own_px = max(opened.size)
        # A JPEG decoder can leave out what a smaller image does not need.
        opened.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
        # A browser turns an image by its EXIF too; those of a data set version are upright already.
        image = ImageOps.exif_transpose(opened).convert("RGB")
    best = _scaled(image, min(own_px, LONGEST_SIDE_PX), own_px)
    if len(best.jpeg) <= most_bytes:
        return best
    return _largest_that_fits(image, best, own_px, most_bytes)


def _largest_that_fits(image: Image.Image, tried: SmallImage, own_px: int, most_bytes: int) -> SmallImage:
    """A scaled copy that fits and nearly fills the room; where none fits, the smallest that there may be."""
    low, high = _SHORTEST_SIDE_PX, max(tried.width, tried.height)
    best: SmallImage | None = None
    for _ in range(_TRIES):
        last_px = max(tried.width, tried.height)
        # The size of a JPEG goes nearly by its area.
        side = int(last_px * math.sqrt(most_bytes * _CAUTION / len(tried.jpeg)))
        tried = _scaled(image, min(max(side, low), high), own_px)
        if len(tried.jpeg) > most_bytes:
            high = max(tried.width, tried.height)
            continue
        best, low = tried, max(tried.width, tried.height)
        if len(best.jpeg) >= most_bytes * _ENOUGH:
            break
    return best or _scaled(image, _SHORTEST_SIDE_PX, own_px)


def _scaled(image: Image.Image, side: int, own_px: int) -> SmallImage:
    # From the whole image each time: scaled twice it would lose more.
    small = image.copy()
    small.thumbnail((side, side))
    width, height = small.size
    return SmallImage(jpeg=_encode(small), width=width, height=height, is_scaled=max(small.size) < own_px)


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()
