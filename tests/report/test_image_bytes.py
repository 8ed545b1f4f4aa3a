import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.report.image_bytes import LONGEST_SIDE_PX, SmallImage, small_image


def make_image(path: Path, width: int, height: int, is_noise: bool = True) -> Path:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (height, width, 3)) if is_noise else np.full((height, width, 3), 90)
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def opened(small: SmallImage) -> Image.Image:
    return Image.open(io.BytesIO(small.jpeg))


def test_a_small_image_keeps_its_size(tmp_path: Path) -> None:
    small = small_image(make_image(tmp_path / "a.png", 64, 48, is_noise=False), 50_000)

    assert (small.width, small.height, small.is_scaled) == (64, 48, False)
    assert opened(small).size == (64, 48)
    assert opened(small).format == "JPEG"


def test_an_image_that_does_not_fit_is_made_smaller_until_it_does(tmp_path: Path) -> None:
    path = make_image(tmp_path / "a.png", 1200, 800)

    large, small = small_image(path, 10**7), small_image(path, 60_000)

    assert len(large.jpeg) > 60_000
    assert len(small.jpeg) <= 60_000
    assert small.is_scaled
    # Not smaller than it had to be: half as large again would not have fitted.
    assert len(small.jpeg) > 40_000
    assert small.width / small.height == pytest.approx(1.5, abs=0.02)
    assert opened(small).size == (small.width, small.height)


def test_a_large_image_is_cut_to_what_a_window_shows(tmp_path: Path) -> None:
    small = small_image(make_image(tmp_path / "a.jpg", 4000, 1000, is_noise=False), 10**7)

    assert (small.width, small.height) == (LONGEST_SIDE_PX, 400)
    assert small.is_scaled


def test_a_turned_image_stands_upright_as_a_browser_shows_it(tmp_path: Path) -> None:
    """By hand: orientation 6 is turned right by 90°, so the red left half comes to lie on top."""
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, :40] = (255, 0, 0)
    turned = Image.fromarray(pixels)
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "a.jpg", exif=exif, quality=95)

    small = small_image(tmp_path / "a.jpg", 10**6)

    assert (small.width, small.height) == (40, 80)
    top, bottom = (opened(small).getpixel((20, y)) for y in (10, 70))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200
    assert bottom[0] < 50


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "I;16", "1"])
def test_images_of_any_kind_become_jpegs(tmp_path: Path, mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    Image.new(mode, (30, 20)).save(tmp_path / "a", format=kind)

    assert opened(small_image(tmp_path / "a", 50_000)).size == (30, 20)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_is_an_error_of_reading(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)

    with pytest.raises((OSError, ValueError)):
        small_image(tmp_path / "a.png", 50_000)
