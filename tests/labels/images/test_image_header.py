"""Image sizes from the header are those of the upright image."""

from pathlib import Path

import pytest
from PIL import Image

from core.labels.images.image_header import ImageHeaderError, read_header
from core.settings import Limits


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png", "webp"])
@pytest.mark.parametrize(("orientation", "size"), [(1, (40, 30)), (3, (40, 30)), (6, (30, 40)), (8, (30, 40))])
def test_a_turned_image_has_its_upright_size(
    tmp_path: Path, suffix: str, orientation: int, size: tuple[int, int]
) -> None:
    path = tmp_path / f"a.{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (40, 30)).save(path, exif=exif)
    header = read_header(path, Limits())
    assert (header.width, header.height) == size


@pytest.mark.parametrize(
    ("content", "limits", "words"),
    [(b"text", Limits(), "no image"), (None, Limits(image_pixels=100), "more than the 100 allowed")],
    ids=["text", "large"],
)
def test_what_is_no_image_or_too_large_is_an_error(
    tmp_path: Path, content: bytes | None, limits: Limits, words: str
) -> None:
    path = tmp_path / "a.png"
    if content is None:
        Image.new("RGB", (40, 30)).save(path)
    else:
        path.write_bytes(content)
    with pytest.raises(ImageHeaderError, match=words):
        read_header(path, limits)
