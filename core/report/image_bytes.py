"""Makes JPEGs of bounded size, for a file that holds many images."""

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from core.images import open_image

# The width of a large window; boxes are drawn over the image and stay sharp.
LONGEST_SIDE_PX: Final = 1600
# A smaller image shows nothing. One of this size is kept whatever its bytes (some 20 kB for noise).
_SHORTEST_SIDE_PX: Final = 240
_QUALITY: Final = 82
# A guess aims at _CAUTION of the allowed bytes, and _ENOUGH of them will do; each try costs some 20 ms.
_CAUTION: Final = 0.92
_ENOUGH: Final = 0.75
_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallImage:
    """An upright JPEG of `width` x `height` px; `is_scaled` if the original is larger."""

    jpeg: bytes
    width: int
    height: int
    is_scaled: bool


def small_image(path: Path, most_bytes: int) -> SmallImage:
    """The image as the largest JPEG of at most `most_bytes`.

    Raises OSError or ValueError for a file that cannot be read as an image.
    """
    with open_image(path) as opened:
        own_px = max(opened.size)
        # A JPEG decoder can skip detail that a smaller image does not need.
        opened.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
        # A browser turns images by their EXIF data too; images of a data set version are upright already.
        image = ImageOps.exif_transpose(opened).convert("RGB")
    best = _scaled(image, min(own_px, LONGEST_SIDE_PX), own_px)
    if len(best.jpeg) <= most_bytes:
        return best
    return _largest_that_fits(image, best, own_px, most_bytes)


def _largest_that_fits(image: Image.Image, tried: SmallImage, own_px: int, most_bytes: int) -> SmallImage:
    """A scaled copy that nearly fills the allowed bytes; if none fits, the smallest allowed copy."""
    low, high = _SHORTEST_SIDE_PX, max(tried.width, tried.height)
    best: SmallImage | None = None
    for _ in range(_TRIES):
        last_px = max(tried.width, tried.height)
        # The bytes of a JPEG are nearly proportional to its area.
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
    # Always from the full image: scaling twice would lose more detail.
    small = image.copy()
    small.thumbnail((side, side))
    width, height = small.size
    return SmallImage(jpeg=_encode(small), width=width, height=height, is_scaled=max(small.size) < own_px)


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()
