"""Statistics of images against hand arithmetic, for each mode."""

import math

import numpy as np
import pytest
from PIL import Image, ImageFilter

from core.images import is_deep
from core.labels.images.quality import Quality, measure, small_copy, small_grey


def quality_of(image: Image.Image) -> Quality:
    """The statistics as the scan takes them."""
    return measure(small_grey(small_copy(image)), has_own_range=is_deep(image))


def chequered(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Black and white pixels, alternating."""
    rows, columns = np.indices(size[::-1])
    return Image.fromarray(((rows + columns) % 2 * 255).astype(np.uint8))


def test_a_flat_image_has_its_level_and_no_information() -> None:
    assert quality_of(Image.new("L", (64, 48), 100)) == Quality(luminance=100, white_share=0, sharpness=0, entropy=0)


def test_a_chequered_image_has_one_bit_and_the_sharpest_edges() -> None:
    quality = quality_of(chequered())
    assert (quality.luminance, quality.white_share, quality.entropy) == (127.5, 0.5, 1)
    # The Laplacian is 4 * 255 on black and -4 * 255 on white.
    assert quality.sharpness == (4 * 255) ** 2


def test_the_share_of_white_counts_from_250() -> None:
    levels = np.array([[249, 250], [255, 0]], dtype=np.uint8)
    quality = quality_of(Image.fromarray(levels))
    assert quality.white_share == 0.5
    assert math.isnan(quality.sharpness)


def test_blur_lowers_the_sharpness_and_not_the_luminance() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (240, 320), dtype=np.uint8))
    blurred = noise.filter(ImageFilter.GaussianBlur(2))
    assert quality_of(blurred).sharpness < quality_of(noise).sharpness / 100
    assert abs(quality_of(blurred).luminance - quality_of(noise).luminance) < 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr"])
def test_each_mode_gives_the_luminance(mode: str) -> None:
    # A palette without dithering, and 1 bit, hold black and white exactly.
    image = chequered().convert("RGB").convert(mode, dither=Image.Dither.NONE)
    assert abs(quality_of(image).luminance - 127.5) < 1.5


def test_transparent_places_are_white_as_they_are_stored() -> None:
    assert quality_of(Image.new("RGBA", (64, 48), (0, 0, 0, 0))).white_share == 1


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_deep_images_are_measured_on_their_own_range(dtype: type) -> None:
    levels: np.ndarray = np.asarray(chequered()).astype(dtype) + 1000
    quality = quality_of(Image.fromarray(levels))
    assert (quality.entropy, quality.sharpness) == (1, (4 * 255) ** 2)
    assert math.isnan(quality.luminance)
    assert math.isnan(quality.white_share)


def test_a_deep_image_of_nan_is_measured() -> None:
    assert quality_of(Image.fromarray(np.full((8, 8), np.nan, dtype=np.float32))).entropy == 0


@pytest.mark.parametrize("size", [(4000, 20), (1, 1), (5000, 1), (641, 321)])
def test_odd_sizes_are_reduced(size: tuple[int, int]) -> None:
    small = small_copy(Image.new("RGB", size, (9, 9, 9)))
    assert max(small.size) <= 320
    assert min(small.size) >= 1
    assert quality_of(Image.new("RGB", size, (9, 9, 9))).luminance == 9
