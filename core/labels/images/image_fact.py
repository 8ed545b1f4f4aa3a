"""Reads the facts of one image by decoding it completely.

Headers are not enough: Pillow's `open` and `verify` accept a truncated JPEG, so only a full decode shows whether it is
readable. Nothing here needs pandas, so that a process that decodes images starts quickly.
"""

import hashlib
import io
import threading
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields, replace
from math import nan
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from core.images import is_deep, open_image, value_range
from core.labels.images.cut_off import MOST_MISSING, Completed, complete
from core.labels.images.exif import turned_upright
from core.labels.images.image_header import ImageHeaderError, exif_fault, orientation_of, read_header
from core.labels.images.quality import measure, small_copy, small_grey
from core.labels.images.thumbnail_files import store_thumbnail
from core.settings import Limits

# An image above this is decoded alone: eight of 200 megapixels at once would take 5 GB.
_LARGE_PIXELS: Final = 20_000_000
_one_large_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFact:
    """Facts of one image. Sizes in px; `raw` sizes are those of the stored image, the others of the upright image.

    `problem` says why it cannot be read ("" if it can; otherwise the other fields are defaults). `conversion` says why
    the bytes cannot be kept as they are ("" if they can). `bytes_hash` is the sha256 of the file, `pixels_hash` that of
    the upright pixels and their size, `look_hash` a 64-bit difference hash of the image, as hex.

    `low` and `high` are the lowest and the highest value of a deep image (more than 8 bits a channel). `is_cut_off`
    says that the file ends too early; `missing_rows` are the rows of the stored image that are missing at its end.
    `exif_fault` says why the EXIF data are ignored ("" if they are not). The last four fields are those of
    core.labels.images.quality.Quality.
    """

    image_id: int
    problem: str = ""
    is_missing: bool = False
    width: int = 0
    height: int = 0
    raw_width: int = 0
    raw_height: int = 0
    orientation: int = 1
    conversion: str = ""
    bytes_hash: str = ""
    pixels_hash: str = ""
    look_hash: str = ""
    is_deep: bool = False
    low: float = 0.0
    high: float = 0.0
    is_cut_off: bool = False
    missing_rows: int = 0
    exif_fault: str = ""
    luminance: float = nan
    white_share: float = nan
    sharpness: float = nan
    entropy: float = nan


COLUMNS: Final = [field.name for field in fields(ImageFact)]


def read_fact(
    image_id: int,
    path: Path,
    limits: Limits,
    thumbnails: Path | None = None,
    large: AbstractContextManager[Any] = _one_large_at_a_time,
) -> ImageFact:
    """The facts of one image. A fault of the image does not raise: `problem` says why it is unreadable.

    `thumbnails` is the folder for its small copy. `large` is held while a large image is decoded.
    """
    if not path.is_file():
        return ImageFact(image_id=image_id, problem="the file is not there", is_missing=True)
    try:
        header = read_header(path, limits)
        if header.width * header.height > _LARGE_PIXELS:
            with large:
                return _decode(image_id, path, thumbnails)
        return _decode(image_id, path, thumbnails)
    except ImageHeaderError as error:
        return ImageFact(image_id=image_id, problem=str(error))
    except OSError as error:
        return ImageFact(image_id=image_id, problem=f"cannot be decoded: {error}")
    # Pillow's decoders raise whatever a hostile file provokes in them (SyntaxError, ValueError, struct.error, …).
    except Exception as error:
        return ImageFact(image_id=image_id, problem=f"cannot be decoded: {type(error).__name__}")


def _decode(image_id: int, path: Path, thumbnails: Path | None) -> ImageFact:
    content = path.read_bytes()
    bytes_hash = hashlib.sha256(content).hexdigest()
    try:
        return replace(_facts(image_id, content, bytes_hash, thumbnails), bytes_hash=bytes_hash)
    # Pillow's decoders raise whatever a cut file provokes in them; any other fault is raised again.
    except Exception:
        completed = complete(content)
        if completed is None:
            raise
    if completed.share > MOST_MISSING:
        return ImageFact(image_id=image_id, problem=_too_much_is_missing(completed))
    fact = _facts(image_id, completed.content, bytes_hash, thumbnails)
    return replace(fact, bytes_hash=bytes_hash, is_cut_off=True, missing_rows=completed.missing_rows)


def _too_much_is_missing(completed: Completed) -> str:
    missing, rows = completed.missing_rows, completed.rows
    return f"cut off: the last {missing:,} of {rows:,} rows ({completed.share:.0%}) are missing or incomplete"


def _facts(image_id: int, content: bytes, bytes_hash: str, thumbnails: Path | None) -> ImageFact:
    with open_image(io.BytesIO(content)) as image:
        # A phone's MPO is a JPEG followed by a preview or a depth map; all programs show the first image. A HEIF says
        # which of its images is the main one.
        frames = 1 if image.format in ("MPO", "HEIF") else int(getattr(image, "n_frames", 1))
        raw_size = image.size
        image.load()
        # Pillow turns a TIFF while loading it, and removes the EXIF mark.
        orientation = orientation_of(image)
        upright = turned_upright(image, orientation)
        low, high = value_range(image) if is_deep(image) else (0.0, 0.0)
        small = small_copy(upright)
        grey = small_grey(small)
        if thumbnails is not None:
            store_thumbnail(small, thumbnails, bytes_hash)
        return ImageFact(
            image_id=image_id,
            width=upright.width,
            height=upright.height,
            raw_width=raw_size[0],
            raw_height=raw_size[1],
            orientation=orientation,
            conversion=_conversion(image, frames),
            pixels_hash=_pixels_hash(upright),
            look_hash=_look_hash(grey),
            is_deep=is_deep(image),
            low=low,
            high=high,
            # A turn that can still be read counts, as it does for all who open the stored image.
            exif_fault=exif_fault(image) if orientation == 1 else "",
            **asdict(measure(grey, has_own_range=is_deep(upright))),
        )


def _conversion(image: Image.Image, frames: int) -> str:
    """Why browsers or training cannot read these bytes as they are; "" if both can."""
    if frames > 1:
        return f"has {frames} frames: the first is kept"
    if is_deep(image):
        return "has more than 8 bits a channel: one range of values for the whole data set became 0 to 255"
    if image.mode not in ("1", "L", "P", "RGB", "RGBA", "LA", "PA"):
        return f"has the colour mode {image.mode}: turned into RGB"
    if _is_transparent(image):
        return "is transparent in places: laid on white"
    if image.format not in ("JPEG", "MPO", "PNG", "GIF", "BMP", "WEBP"):
        return f"is {image.format}, which browsers do not show: stored as PNG"
    return ""


def _is_transparent(image: Image.Image) -> bool:
    if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
        return False
    return bool(np.asarray(image.convert("RGBA").getchannel("A")).min() < 255)


def _pixels_hash(image: Image.Image) -> str:
    rgb = image if image.mode in ("L", "RGB") or image.mode.startswith(("I", "F")) else image.convert("RGB")
    digest = hashlib.sha256(f"{rgb.mode} {rgb.width} {rgb.height}".encode())
    digest.update(rgb.tobytes())
    return digest.hexdigest()


def _look_hash(grey: Image.Image) -> str:
    """16 hex digits: one bit for each cell of an 8 x 8 grid, set if it is brighter than its left neighbour (dHash)."""
    cells = np.asarray(grey.resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    return bytes(np.packbits(cells[:, 1:] > cells[:, :-1])).hex()
