"""Rule 9: EXIF data that cannot be read is ignored with a note, and images of unreadable kinds are named.

Cut-off images, images of 16 and 32 bits, and HEIC have their tests in tests/labels/images.
"""

import struct
from pathlib import Path

import pytest

from tests.labels.taken import coco, image, take, yolo

LINE = yolo("cat", 10, 10, 50, 40)
CAT = ("cat", 10, 10, 50, 40)


def with_exif(data: bytes) -> bytes:
    """A JPEG of 80 x 60 px with this EXIF segment."""
    jpeg = image(80, 60, name="a.jpg")
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data + jpeg[2:]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"Exif\0\0", id="a header alone"),
        pytest.param(b"Exif\0\0garbage garbage", id="garbage"),
        pytest.param(b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x2a\0\0", id="orientation 42"),
        pytest.param(b"Exif\0\0II*\0\xff\xff\xff\xff", id="an offset outside"),
    ],
)
def test_an_image_with_exif_data_that_cannot_be_read_is_kept_as_stored(data: bytes, tmp_path: Path) -> None:
    taken = take(tmp_path, {"a.jpg": with_exif(data), "a.txt": LINE})
    assert taken.blocks == []
    assert taken.boxes == {"a.jpg": [CAT]}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_stands_upright_and_so_do_its_boxes(orientation: int, tmp_path: Path) -> None:
    is_sideways = orientation > 4
    size = (60, 80) if is_sideways else (80, 60)
    taken = take(tmp_path, {"a.jpg": image(80, 60, exif=orientation), "a.txt": yolo("cat", 10, 10, 50, 40, size)})
    assert taken.boxes == {"a.jpg": [CAT]}
    assert tuple(taken.labels.images[["width", "height"]].to_numpy()[0]) == size


@pytest.mark.parametrize(
    "content", [b"", b"no image at all", b"\x89PNG\r\n\x1a\n" + b"\0" * 40], ids=["empty", "text", "PNG"]
)
def test_an_image_that_cannot_be_read_blocks_with_its_objects(content: bytes, tmp_path: Path) -> None:
    files = {"a.png": content, "a.txt": LINE, "b.png": (80, 60), "b.txt": LINE}
    taken = take(tmp_path, files)
    assert ("unreadable-image", "a.png") in taken.blocks
    assert taken.boxes == {"b.png": [CAT]}


@pytest.mark.parametrize("layout", ["rows", "coco"])
def test_an_unreadable_image_blocks_whatever_the_unit_of_its_labels(layout: str, tmp_path: Path) -> None:
    labels = {"a.txt": LINE} if layout == "rows" else {"x.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)])}
    taken = take(tmp_path, {"a.jpg": b"no image", "b.jpg": (80, 60), "b.txt": LINE} | labels)
    assert ("unreadable-image", "a.jpg") in taken.blocks
    objects = taken.accounts["objects before"]
    assert (objects.found, objects.imported, objects.blocked) == (2, 1, 1)
