"""Pictures as JPEG of a bounded size, for a file that holds many of them. Imported by core.desk.report_content."""

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

# As much as a large window shows; boxes are drawn over it and stay sharp.
LONGEST_SIDE_PX: Final = 1600
# Below this nothing can be told any more; such a picture is kept however many bytes it takes (some 20 kB of noise).
_SHORTEST_SIDE_PX: Final = 240
_QUALITY: Final = 82
# The size of a JPEG goes nearly by its area; a little less than that, because small pictures hold more per pixel.
_CAUTION: Final = 0.93


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """A JPEG, upright, `width` x `height` px; `is_scaled` where that is less than the picture itself has."""

    jpeg: bytes
    width: int
    height: int
    is_scaled: bool


def small_picture(path: Path, most_bytes: int) -> SmallPicture:
    """The picture as a JPEG of at most so many bytes, as large as they allow.

    Raises OSError or ValueError for a file that cannot be read as a picture.
    """
    with Image.open(path) as opened:
        own_px = max(opened.size)
        # A JPEG decoder can leave out what a smaller picture does not need.
        opened.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
        # A browser turns a picture by its EXIF too; those of a data set version are upright already.
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    side = min(own_px, LONGEST_SIDE_PX)
    while True:
        picture.thumbnail((side, side))
        content = _encode(picture)
        if len(content) <= most_bytes or side <= _SHORTEST_SIDE_PX:
            return SmallPicture(content, *picture.size, is_scaled=max(picture.size) < own_px)
        side = max(_SHORTEST_SIDE_PX, int(side * math.sqrt(most_bytes / len(content)) * _CAUTION))


def _encode(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()
