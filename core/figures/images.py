"""Images with boxes drawn on them, as JPEG bytes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from core.figures.colours import text_colour_on
from core.images import BitRange, in_eight_bits, is_deep, open_image, value_range

_QUALITY: Final = 88
# A crop adds this many times the box on each side, and at least this many px, so that people recognise the scene.
_CONTEXT: Final = 1.5
_LEAST_CONTEXT_PX: Final = 60
_DARK: Final = "#1F2328"
_HATCH_PX: Final = 9

Box = tuple[float, float, float, float]  # x1 y1 x2 y2 in px


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBox:
    """A box in px of the upright image, its colour `#RRGGBB`, and a label at its corner ("" for none)."""

    corners: Box
    colour: str
    label: str = ""
    is_hatched: bool = False


def image_with_boxes(
    path: Path | IO[bytes], boxes: Sequence[DrawnBox], long_side: int = 640, bit_range: BitRange | None = None
) -> bytes:
    """The whole image, its long side at most `long_side` px, with all boxes. Raises OSError for an unreadable one.

    `bit_range` maps an image with more than 8 bits; without it, its own lowest to its highest value.
    """
    image = _open(path, bit_range)
    return _drawn(image, boxes, (0, 0, *image.size), long_side)


def image_round_box(path: Path, box: DrawnBox, long_side: int = 480, bit_range: BitRange | None = None) -> bytes:
    """The part of the image round one box, enlarged or shrunk to `long_side` px. Raises OSError."""
    return image_round_boxes(path, [box], box.corners, long_side, bit_range)


def image_round_boxes(
    path: Path, boxes: Sequence[DrawnBox], region: Box, long_side: int = 480, bit_range: BitRange | None = None
) -> bytes:
    """The part of the image round a `region`, with all boxes in it. Raises OSError."""
    image = _open(path, bit_range)
    return _drawn(image, boxes, _round(region, image.size), long_side, enlarge=True)


def image_size(content: bytes) -> tuple[int, int]:
    """Width and height of an encoded image in px, from its header. Raises OSError."""
    with open_image(io.BytesIO(content)) as image:
        return image.size


def placeholder(words: str, long_side: int = 480) -> bytes:
    """A grey image with these words, which say why there is no image."""
    image = Image.new("RGB", (long_side, long_side * 3 // 4), "#D0D7DE")
    font = ImageFont.load_default(size=max(12, long_side // 24))
    ImageDraw.Draw(image).text((image.width / 2, image.height / 2), words, fill=_DARK, font=font, anchor="mm")
    return _jpeg(image)


def _open(path: Path | IO[bytes], bit_range: BitRange | None) -> Image.Image:
    with open_image(path) as image:
        upright = ImageOps.exif_transpose(image)
        # Pillow would show all values from 255 on as white.
        eight_bits = in_eight_bits(upright, bit_range or value_range(upright)) if is_deep(upright) else upright
        return eight_bits.convert("RGB")


def _round(corners: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, right = sorted((corners[0], corners[2]))
    top, bottom = sorted((corners[1], corners[3]))
    margin = max(_LEAST_CONTEXT_PX, _CONTEXT * max(right - left, bottom - top))
    # For a box outside the image, the crop lies at the nearest border.
    x1, y1 = max(0.0, min(left, size[0]) - margin), max(0.0, min(top, size[1]) - margin)
    x2, y2 = min(float(size[0]), max(right, 0.0) + margin), min(float(size[1]), max(bottom, 0.0) + margin)
    return int(x1), int(y1), int(x2 + 0.999), int(y2 + 0.999)


def _drawn(
    image: Image.Image,
    boxes: Sequence[DrawnBox],
    part: tuple[int, int, int, int],
    long_side: int,
    enlarge: bool = False,
) -> bytes:
    width, height = part[2] - part[0], part[3] - part[1]
    scale = long_side / max(width, height)
    scale = min(scale, 4.0) if enlarge else min(scale, 1.0)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = image.resize(size, Image.Resampling.LANCZOS, box=part)
    draw = ImageDraw.Draw(canvas)
    line = max(2, long_side // 240)
    for box in boxes:
        x1, x2 = sorted((corner - part[0]) * scale for corner in box.corners[0::2])
        y1, y2 = sorted((corner - part[1]) * scale for corner in box.corners[1::2])
        if box.is_hatched:
            _hatch(draw, x1, y1, x2, y2, box.colour)
        # A dark edge outside keeps the box visible on a background of the same colour.
        draw.rectangle((x1 - line, y1 - line, x2 + line, y2 + line), outline=_DARK, width=1)
        draw.rectangle((x1 - line + 1, y1 - line + 1, x2 + line - 1, y2 + line - 1), outline=box.colour, width=line)
        if box.label:
            _label(draw, x1, y1, box)
    return _jpeg(canvas)


def _hatch(draw: ImageDraw.ImageDraw, x1: float, y1: float, x2: float, y2: float, colour: str) -> None:
    """Draws rising diagonals inside a box."""
    width, height = x2 - x1, y2 - y1
    for shift in range(_HATCH_PX, int(width + height), _HATCH_PX):
        right, bottom = min(shift, width), max(0.0, shift - width)
        draw.line((x1 + max(0.0, shift - height), y1 + min(shift, height), x1 + right, y1 + bottom), fill=colour)


def _label(draw: ImageDraw.ImageDraw, x: float, y: float, box: DrawnBox) -> None:
    font = ImageFont.load_default(size=13)
    text = box.label[:40]
    left, top, right, bottom = draw.textbbox((x, max(y, 16) - 2), text, font=font, anchor="lb")
    draw.rectangle((left - 2, top - 1, right + 2, bottom + 1), fill=box.colour)
    draw.text((x, max(y, 16) - 2), text, fill=text_colour_on(box.colour), font=font, anchor="lb")


def _jpeg(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, format="JPEG", quality=_QUALITY)
    return content.getvalue()
