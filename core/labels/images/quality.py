"""Brightness, sharpness and information of an image, measured while it is decoded (core.labels.images.scan).

They are measured on a copy of a fixed size, about as large as a thumbnail: sensor noise is averaged out, images of
different sizes can be compared, and the time is small beside that of decoding.
"""

from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.images import is_deep

# The longer side of the reduced copy; a smaller image stays as it is.
_LONG_SIDE_PX: Final = 320
_WHITE_FROM: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Statistics of the luminance (0 to 255); NaN: not measured.

    `luminance` is its mean, `white_share` the share of pixels at 250 or more, `sharpness` the variance of its
    Laplacian, `entropy` that of its histogram in bits (0 to 8). Of an image with more than 8 bits a channel only the
    last two are measured, on its own range, because its black and white are not known yet.
    """

    luminance: float = nan
    white_share: float = nan
    sharpness: float = nan
    entropy: float = nan


def small_copy(image: Image.Image) -> Image.Image:
    """A decoded image of any mode as L or RGB with 8 bits, of at most 320 px a side.

    Transparent places are white, as they are stored. More than 8 bits are mapped to 0 to 255 from the image's lowest to
    its highest value.
    """
    if is_deep(image):
        return _stretched(np.asarray(image))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layer = _reduced(image.convert("RGBA"))
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return _reduced(image if image.mode in ("L", "RGB") else image.convert("RGB"))


def small_grey(small: Image.Image) -> Image.Image:
    """The luminance (mode L) of a copy from `small_copy`."""
    return small if small.mode == "L" else small.convert("L")


def measure(small: Image.Image, *, has_own_range: bool) -> Quality:
    """The statistics of an image from `small_grey`; `has_own_range` if its source is deep."""
    shares = np.array(small.histogram()) / (small.width * small.height)
    present = shares[shares > 0]
    entropy = max(0.0, float(-(present * np.log2(present)).sum()))
    if has_own_range:
        return Quality(sharpness=_sharpness(np.asarray(small)), entropy=entropy)
    return Quality(
        luminance=float(shares @ np.arange(256)),
        white_share=float(shares[_WHITE_FROM:].sum()),
        sharpness=_sharpness(np.asarray(small)),
        entropy=entropy,
    )


def _reduced(image: Image.Image) -> Image.Image:
    share = _LONG_SIDE_PX / max(image.size)
    if share >= 1:
        return image
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    # The gap lets Pillow reduce by a whole factor first, which takes a quarter of the time.
    return image.resize(size, Image.Resampling.BOX, reducing_gap=1.0)


def _stretched(values: npt.NDArray[np.generic]) -> Image.Image:
    """(height, width) values, reduced, from the lowest to the highest."""
    step = -(-max(values.shape) // _LONG_SIDE_PX)
    numbers = np.nan_to_num(values[::step, ::step].astype(np.float64))
    low, high = float(numbers.min()), float(numbers.max())
    return Image.fromarray(((numbers - low) * (255 / ((high - low) or 1))).astype(np.uint8))


def _sharpness(grey: npt.NDArray[np.uint8]) -> float:
    """The variance of the Laplacian of (height, width) luminances; NaN for an image of under 3 px a side."""
    if min(grey.shape) < 3:
        return nan
    wide = grey.astype(np.int16)
    laplacian = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:] - 4 * wide[1:-1, 1:-1]
    return float(laplacian.var(dtype=np.float32))
