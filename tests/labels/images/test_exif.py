"""Turns of boxes and masks, against what Pillow does to the pixels."""

import io
import json

import numpy as np
import pytest
from PIL import Image, ImageOps
from pycocotools import mask as rle_masks

from core.labels.images.exif import turn_boxes, turn_segmentation, turned_upright

WIDTH, HEIGHT = 12, 7
BOX = (2, 1, 6, 4)


def marked(box: tuple[int, int, int, int]) -> np.ndarray:
    """A raw image (HEIGHT, WIDTH) that is 1 inside the box."""
    raw = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    raw[box[1] : box[3], box[0] : box[2]] = 1
    return raw


def upright(raw: np.ndarray, orientation: int) -> np.ndarray:
    """The image as Pillow turns it."""
    image = Image.fromarray(raw)
    image.getexif()[0x0112] = orientation
    return np.asarray(ImageOps.exif_transpose(image))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_box_holds_the_pixels_that_it_held(orientation: int) -> None:
    shown = upright(marked(BOX), orientation)
    ys, xs = np.nonzero(shown)
    expected = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    assert turn_boxes(np.array([BOX], dtype=float), orientation, WIDTH, HEIGHT).tolist() == [expected]


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_mask_is_the_mask_of_the_turned_image(orientation: int) -> None:
    encoded = rle_masks.encode(np.asfortranarray(marked(BOX)))
    written = json.dumps({"size": encoded["size"], "counts": encoded["counts"].decode()})
    turned = json.loads(turn_segmentation(written, orientation, WIDTH, HEIGHT))
    assert (rle_masks.decode(turned) == upright(marked(BOX), orientation)).all()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_polygon_goes_with_its_box(orientation: int) -> None:
    polygon = json.dumps([[2, 1, 6, 1, 6, 4, 2, 4]])
    points = np.array(json.loads(turn_segmentation(polygon, orientation, WIDTH, HEIGHT))[0]).reshape(-1, 2)
    box = turn_boxes(np.array([BOX], dtype=float), orientation, WIDTH, HEIGHT)[0]
    assert [*points.min(axis=0), *points.max(axis=0)] == box.tolist()


WRONG_COUNTS = [
    pytest.param([84, 1], id="too long"),
    pytest.param([83], id="too short"),
    pytest.param([2**40, 1], id="2^40"),
    pytest.param([-1, 85], id="negative"),
    pytest.param([float("nan")], id="NaN"),
    pytest.param([[]], id="a list"),
    pytest.param([], id="none"),
    pytest.param("rubbish", id="rubbish"),
    pytest.param("o" * 5000, id="a number without end"),
    pytest.param("\U0001f600", id="no ASCII"),
    pytest.param("PPYo1", id="compressed, too long"),
    pytest.param(84, id="a number"),
    pytest.param(None, id="null"),
]


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("counts", WRONG_COUNTS)
def test_run_lengths_that_do_not_fill_the_image_become_nothing(counts: object, orientation: int) -> None:
    written = json.dumps({"size": [HEIGHT, WIDTH], "counts": counts})
    assert turn_segmentation(written, orientation, WIDTH, HEIGHT) == ""


@pytest.mark.parametrize(
    "written",
    [
        pytest.param('{"size": 7, "counts": [84]}', id="size is a number"),
        pytest.param('{"size": [7, 12]}', id="no counts"),
        pytest.param('{"size": [12, 7], "counts": [84]}', id="size of the turned image"),
        pytest.param("[[1, 2, 3]]", id="half a point"),
        pytest.param('[["a", "b"]]', id="letters"),
        pytest.param("[1, 2]", id="no list of lists"),
        pytest.param("7", id="a number"),
        pytest.param("{", id="no JSON"),
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_a_mask_that_cannot_be_read_becomes_nothing(written: str) -> None:
    assert turn_segmentation(written, 6, WIDTH, HEIGHT) == ""


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pixels_are_turned_as_pillow_turns_them_and_lose_their_mark(orientation: int) -> None:
    image = Image.fromarray(np.arange(WIDTH * HEIGHT, dtype=np.uint8).reshape(HEIGHT, WIDTH))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(file := io.BytesIO(), "PNG", exif=exif)
    with Image.open(file) as opened:
        turned = turned_upright(opened, orientation)
        assert (np.asarray(turned) == np.asarray(ImageOps.exif_transpose(opened))).all()
        assert turned.getexif().get(0x0112, 1) == 1


def test_swapped_corners_stay_swapped() -> None:
    swapped = np.array([[6.0, 4.0, 2.0, 1.0]])
    turned = turn_boxes(swapped, 6, WIDTH, HEIGHT)[0]
    assert turned[0] > turned[2]
    assert turned[1] > turned[3]
