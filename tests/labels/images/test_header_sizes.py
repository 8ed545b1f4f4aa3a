"""Sizes from the first bytes are those that Pillow gives, and whatever could turn an image is left to Pillow."""

import io
from pathlib import Path

import pytest
from PIL import Image

from core.labels.images.header_sizes import read_sizes
from core.labels.images.quick_header import quick_size
from core.labels.sources.source_tree import SourceTree
from core.settings import Limits


def written(size: tuple[int, int], mode: str, kind: str, orientation: int = 1, **options: object) -> bytes:
    """An image file."""
    buffer = io.BytesIO()
    exif = Image.Exif()
    if orientation > 1:
        exif[0x0112] = orientation
    image = Image.new(mode, size)
    if orientation > 1:
        options["exif"] = exif
    image.save(buffer, kind, **options)
    return buffer.getvalue()


QUICK = {
    "JPEG": written((31, 17), "RGB", "JPEG"),
    "grey JPEG": written((31, 17), "L", "JPEG"),
    "progressive JPEG": written((31, 17), "RGB", "JPEG", progressive=True),
    "CMYK JPEG": written((31, 17), "CMYK", "JPEG"),
    "PNG": written((31, 17), "RGB", "PNG"),
    "PNG with a palette": written((31, 17), "P", "PNG"),
}


@pytest.mark.parametrize("content", QUICK.values(), ids=QUICK)
def test_common_files_are_read_without_pillow(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    assert quick_size(str(tmp_path / "a")) == (31, 17)


LEFT_TO_PILLOW = {
    "a turned JPEG": written((31, 17), "RGB", "JPEG", orientation=6),
    "a turned PNG": written((31, 17), "RGB", "PNG", orientation=6),
    "a WebP": written((31, 17), "RGB", "WEBP"),
    "a JPEG that ends in its header": QUICK["JPEG"][:100],
    "a PNG that ends in its header": QUICK["PNG"][:20],
    "nothing": b"",
    "a text": b"\xff\xd8 not really",
    "a JPEG without a size": QUICK["JPEG"].replace((17).to_bytes(2, "big") + (31).to_bytes(2, "big"), bytes(4)),
    "a segment of no length": b"\xff\xd8\xff\xe0\x00\x00" * 800,
}


@pytest.mark.parametrize("content", LEFT_TO_PILLOW.values(), ids=LEFT_TO_PILLOW)
def test_other_files_are_left_to_pillow(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    assert quick_size(str(tmp_path / "a")) is None


def test_sizes_are_upright_and_faults_are_words(tmp_path: Path) -> None:
    files = {"plain.jpg": QUICK["JPEG"], "turned.jpg": LEFT_TO_PILLOW["a turned JPEG"], "broken.png": b"\x89PNG"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    tree = SourceTree.walk(tmp_path)
    sizes = read_sizes(tree, [*files, "gone.jpg"])
    assert sizes.upright_wh == {"plain.jpg": (31, 17), "turned.jpg": (17, 31)}
    assert sizes.orientation == {"turned.jpg": 6}
    assert sizes.problems.keys() == {"broken.png", "gone.jpg"}


def test_an_image_beyond_the_limit_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(QUICK["JPEG"])
    tree = SourceTree.walk(tmp_path, Limits(image_pixels=500))
    assert "more than the 500 allowed" in read_sizes(tree, ["a.jpg"]).problems["a.jpg"]
