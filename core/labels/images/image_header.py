"""Reads the size of an image from its header, without decoding it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import ExifTags, Image

from core.images import ForeignFormatError, open_image
from core.labels.images.exif import SIDEWAYS
from core.settings import Limits


class ImageHeaderError(Exception):
    """A file is no readable image, or larger than the limit; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Width and height in px of the upright image; format and mode as Pillow names them."""

    width: int
    height: int
    exif_orientation: int  # 1 (upright) to 8
    format: str
    mode: str


def read_header(path: Path, limits: Limits) -> Header:
    """Reads the header of an image file. Raises ImageHeaderError."""
    try:
        with open_image(path) as image:
            orientation = orientation_of(image)
            width, height = image.size
            header_format, mode = image.format or "", image.mode
    except ForeignFormatError as error:
        raise ImageHeaderError(str(error)) from None
    except Image.DecompressionBombError:
        raise ImageHeaderError(f"more than {limits.image_pixels:,} pixels") from None
    except OSError as error:
        raise ImageHeaderError(f"cannot be read: {error.strerror or error}") from error
    # Pillow's parsers raise all kinds of exceptions for a broken header.
    except Exception as error:
        raise ImageHeaderError(f"a broken header: {error}") from error
    if width * height > limits.image_pixels:
        raise ImageHeaderError(f"{width} x {height} pixels, more than the {limits.image_pixels:,} allowed")
    # Pillow gives a turned TIFF its upright size already.
    if orientation in SIDEWAYS and header_format != "TIFF":
        width, height = height, width
    return Header(width=width, height=height, exif_orientation=orientation, format=header_format, mode=mode)


def orientation_of(image: Image.Image) -> int:
    """The turn in the EXIF data of an opened image, 1 (none) to 8; 1 if the data cannot be read."""
    # For a PNG without EXIF before its pixels, Pillow would decode the whole image to look after them.
    if image.format == "PNG" and not {"exif", "Raw profile type exif"} & image.info.keys():
        return 1
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    # Pillow's parsers raise all kinds of exceptions for broken EXIF data; every viewer shows such images.
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def exif_fault(image: Image.Image) -> str:
    """Why the EXIF data of an opened image cannot be read, to follow a colon; "" if they can, or there are none."""
    data = image.info.get("exif")
    if not isinstance(data, bytes):
        return ""
    block = data.removeprefix(b"Exif\0\0")
    if not block.strip(b"\0"):
        return "they are empty"
    order: Literal["little", "big"] = "little" if block.startswith(b"II*\0") else "big"
    if not block.startswith((b"II*\0", b"MM\0*")):
        return "they begin with something else"
    start = int.from_bytes(block[4:8], order)
    entries = int.from_bytes(block[start : start + 2], order)
    if start + 2 + 12 * entries > len(block) or len(block) < 8:
        return "they are cut off"
    try:
        image.getexif()
    except Exception as error:
        return f"{type(error).__name__}"
    return ""
