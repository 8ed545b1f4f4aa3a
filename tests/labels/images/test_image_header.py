"""Image sizes from the header are those of the upright image."""

import io
from pathlib import Path

import pytest
from PIL import Image

from core.labels.images.image_header import ImageHeaderError, exif_fault, orientation_of, read_header
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


@pytest.mark.parametrize(
    ("exif", "fault"),
    [
        pytest.param(b"", "", id="none"),
        pytest.param(b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", "", id="sound"),
        pytest.param(b"Exif\0\0", "they are empty", id="empty"),
        pytest.param(b"Exif\0\0\0\0\0\0", "they are empty", id="zeros"),
        pytest.param(b"Exif\0\0garbage that is no TIFF", "they begin with something else", id="garbage"),
        pytest.param(b"Exif\0\0MM\0*\0\0\0\x08", "they are cut off", id="cut off after the header"),
        pytest.param(b"Exif\0\0MM\0*\0", "they are cut off", id="cut off in the header"),
        pytest.param(b"Exif\0\0II*\0\xff\xff\xff\x7f\0\0", "they are cut off", id="leads far outside"),
        pytest.param(b"Exif\0\0II*\0\x08\0\0\0\xff\xff\0\0", "they are cut off", id="too many entries"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*EXIF.*:UserWarning")
def test_broken_exif_data_are_told_and_taken_for_upright(exif: bytes, fault: str) -> None:
    Image.new("RGB", (40, 30)).save(file := io.BytesIO(), "JPEG", exif=exif)
    with Image.open(file) as image:
        assert (exif_fault(image), orientation_of(image)) == (fault, 1)


def test_exif_data_that_raise_are_taken_for_upright(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Image.Image) -> None:
        raise SyntaxError("not a TIFF file")

    Image.new("RGB", (40, 30)).save(file := io.BytesIO(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    with Image.open(file) as image:
        monkeypatch.setattr(type(image), "getexif", fail)
        assert (exif_fault(image), orientation_of(image)) == ("SyntaxError", 1)
