"""Thumbnails, each made once and kept, also if several requests ask for it at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from PIL import Image

from core.errors import AppError, NotFoundError, StorageError
from core.files import atomic_writer
from core.images import open_image
from core.labels.images.thumbnail_files import is_thumbnail, thumbnail_path
from core.settings import Limits
from core.storage_errors import spare_folder
from core.workspace.layout import Layout

# Pages ask for a few sizes. With any size allowed, a URL could fill the disk with images.
_SIZES: Final = (64, 128, 240, 320, 480, 640, 1024)
# The largest image that may be imported decodes to 800 MB: Pillow keeps four bytes for a pixel in RGB.
_AT_ONCE: Final = 2
_MOST_PIXELS: Final = Limits().image_pixels
# Rows that are converted at a time: a wide image has 20,000 px in a row.
_STRIP_ROWS: Final = 64

_slots = threading.BoundedSemaphore(_AT_ONCE)
_guard = threading.Lock()
_being_made: dict[Path, "Future[Path]"] = {}

Corners = tuple[int, int, int, int]


def make_crop(layout: Layout, source: Path, content_hash: str, box: Corners, size: int) -> Path:
    """The JPEG of `box` (x1, y1, x2, y2 in px) of an image, its long side at most `size` px; named as a thumbnail.

    Raises as `make_thumbnail` does.
    """
    corners = "-".join(str(corner) for corner in box)
    target = layout.thumbnails / content_hash[:2] / f"{content_hash}-{corners}-{size}.jpg"
    return _made_once(target, source, lambda image: _keep(_cut(image, box, size), target, quality=88))


def make_thumbnail(layout: Layout, source: Path, content_hash: str, size: int) -> Path:
    """The JPEG of an image with a long side of at most `size` px, rounded up to one of a few sizes.

    Its name is the image's hash, so that equal images share it and a replaced image never shows the old one. Raises
    NotFoundError if the image is gone, AppError if it cannot be read.
    """
    rounded = next((side for side in _SIZES if side >= size), _SIZES[-1])
    target = thumbnail_path(layout.thumbnails, content_hash, rounded)
    return _made_once(target, source, lambda image: _keep(_shrunk(image, rounded), target, quality=85))


def _made_once(target: Path, source: Path, make: Callable[[Image.Image], Path]) -> Path:
    """`target`, made for the first request; later requests wait for it and get the same result or error."""
    if is_thumbnail(target):
        return target
    with _guard:
        waiting = _being_made.get(target)
        if waiting is None:
            mine = _being_made[target] = Future()
    if waiting is not None:
        return waiting.result()
    try:
        made = target
        if not is_thumbnail(target):  # another thread may have made it since the first check
            with _slots:
                made = _make(source, make)
    except BaseException as error:
        mine.set_exception(error)
        raise
    else:
        mine.set_result(made)
    finally:
        with _guard:
            del _being_made[target]
    return made


def _make(source: Path, make: Callable[[Image.Image], Path]) -> Path:
    try:
        with open_image(source) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise AppError(f"{source.name} has more than {_MOST_PIXELS:,} pixels.", "Cut it into tiles.")
            return make(image)
    except FileNotFoundError as error:
        raise NotFoundError(f"The image {source.name} is no longer there.", "Reload the page.") from error
    # Pillow's plug-ins raise whatever their parsing meets.
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # a fault of the disk, not of the image
        raise AppError(f"{source.name} cannot be read: {error}", "Replace the file by a sound copy.") from error


def _shrunk(image: Image.Image, size: int) -> Image.Image:
    full = image.size
    share = min(1.0, size / max(full))
    # A JPEG decoder skips detail that a smaller image does not need.
    image.draft("RGB", (size, size))
    # First averaged to two to four times the size, then resampled: as good, without a copy of the whole image.
    factor = max(1, max(image.size) // (2 * size))
    rgb = _averaged(image, factor) if factor > 1 else image.convert("RGB")
    wanted = (max(1, round(full[0] * share)), max(1, round(full[1] * share)))
    return rgb.resize(wanted, Image.Resampling.BICUBIC, box=(0, 0, image.width / factor, image.height / factor))


def _averaged(image: Image.Image, factor: int) -> Image.Image:
    """The image in RGB at 1/`factor` of its size (rounded up), each pixel the mean of the pixels it replaces."""
    small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    rows = factor * max(1, _STRIP_ROWS // factor)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        small.paste(strip.convert("RGB").reduce(factor), (0, top // factor))
    return small


def _cut(image: Image.Image, box: Corners, size: int) -> Image.Image:
    long_side = max(box[2] - box[0], box[3] - box[1], 1)
    share = min(1.0, size / long_side)
    full = image.size
    # The whole image is decoded for the crop, but at no larger scale than the crop needs.
    image.draft("RGB", (round(full[0] * share), round(full[1] * share)))
    scale_x, scale_y = image.size[0] / full[0], image.size[1] / full[1]
    scaled = (box[0] * scale_x, box[1] * scale_y, box[2] * scale_x, box[3] * scale_y)
    part = image.crop(tuple(round(corner) for corner in scaled))  # type: ignore[arg-type]
    part = part.convert("RGB")
    part.thumbnail((size, size))
    return part


def _keep(image: Image.Image, target: Path, quality: int) -> Path:
    """Writes the JPEG and returns its path: `target`, or a temporary file while the workspace cannot be written."""
    try:
        _write(image, target, quality)
    except StorageError:
        target = spare_folder("thumbnails") / target.name
        if not target.is_file():
            _write(image, target, quality)
    return target


def _write(image: Image.Image, target: Path, quality: int) -> None:
    with atomic_writer(target) as handle:
        image.save(handle, format="JPEG", quality=quality)
