"""CVAT's shapes become the boxes round them; turned ones keep their corners, masks their run lengths."""

import json
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as pycocotools_mask

from core.labels.formats.cvat import reader as cvat
from core.labels.formats.written import Written
from tests.labels.formats.written_files import found_in, rows_of, written_of

SIZE = 'width="12" height="8"'


def written(folder: Path, *shapes: str, size: str = SIZE) -> Written:
    """The reading of one image with these shapes."""
    text = f'<annotations><image name="a.png" {size}>{"".join(shapes)}</image></annotations>'
    return written_of(folder, {"a.xml": text}, cvat)


@pytest.mark.parametrize(
    ("shape", "box", "polygons", "checks"),
    [
        pytest.param('box xtl="1" ytl="2" xbr="5" ybr="4"', [1, 2, 5, 4], [], [], id="box"),
        pytest.param('box xtl="1" ytl="2" xbr="5" ybr="4" rotation="0.00"', [1, 2, 5, 4], [], [], id="turned by 0"),
        pytest.param('box xtl="1" ytl="2" xbr="5" ybr="4" rotation="360"', [1, 2, 5, 4], [], [], id="turned by 360"),
        pytest.param(
            'box xtl="1" ytl="2" xbr="5" ybr="4" rotation="90"', [2, 1, 4, 5], [[4, 1, 4, 5, 2, 5, 2, 1]],
            ["rotated-box"], id="turned by 90, its first corner at the right",
        ),
        pytest.param(
            'box xtl="0" ytl="0" xbr="2" ybr="2" rotation="45"', [-0.4142, -0.4142, 2.4142, 2.4142],
            [[1, -0.4142, 2.4142, 1, 1, 2.4142, -0.4142, 1]], ["rotated-box"], id="a square turned by 45",
        ),
        pytest.param(
            'polygon points="1.00,2.50;5.00,2.50;3.00,7.00"', [1, 2.5, 5, 7], [[1, 2.5, 5, 2.5, 3, 7]], [], id="polygon"
        ),
        pytest.param('ellipse cx="5" cy="4" rx="3" ry="2"', [2, 2, 8, 6], [], [], id="ellipse"),
        pytest.param('ellipse cx="5" cy="4" rx="3" ry="2" rotation="90"', [3, 1, 7, 7], [], [], id="ellipse on end"),
        pytest.param(
            # Half sides of a turned ellipse: sqrt((rx^2 + ry^2) / 2) at 45 degrees = 2.5495.
            'ellipse cx="5" cy="4" rx="3" ry="2" rotation="45"', [2.4505, 1.4505, 7.5495, 6.5495], [], [],
            id="ellipse at 45",
        ),
    ],
)  # fmt: skip
def test_a_shape_becomes_the_box_round_it(
    tmp_path: Path, shape: str, box: list[float], polygons: list[list[float]], checks: list[str]
) -> None:
    found = written(tmp_path, f'<{shape} label="cat"/>')
    [(image, name, values)] = rows_of(found)
    assert (image, name) == ("a.png", "cat")
    assert values == pytest.approx(box, abs=1e-4)
    assert found.polygons.get(0, []) == [pytest.approx(polygon, abs=1e-4) for polygon in polygons]
    assert [row[:2] for row in found_in(found)] == [(check, "look") for check in checks]


def test_turned_boxes_of_a_file_are_one_finding_with_their_count(tmp_path: Path) -> None:
    turned = '<box label="cat" xtl="1" ytl="2" xbr="5" ybr="4" rotation="30"/>'
    found = written(tmp_path, *[turned] * 3)
    assert [finding.message.partition(",")[0] for finding in found.findings] == ["a.xml: 3 turned boxes"]


def row_lengths(pixels: np.ndarray) -> str:
    """CVAT's run lengths of a mask, row by row from background, as its documentation describes them."""
    flat = np.concatenate([[0], pixels.reshape(-1), [0]])
    ends = [*np.flatnonzero(np.diff(flat)), pixels.size]
    return ", ".join(str(int(count)) for count in np.diff(ends, prepend=0))


def mask_shape(pixels: np.ndarray, left: int, top: int) -> str:
    """A <mask> of these pixels."""
    height, width = pixels.shape
    place = f'left="{left}" top="{top}" width="{width}" height="{height}"'
    return f'<mask label="cat" rle="{row_lengths(pixels)}" {place}/>'


@pytest.mark.parametrize(
    ("rows", "left", "top"),
    [
        pytest.param(["110", "011"], 3, 2, id="steps"),
        pytest.param(["1"], 11, 7, id="the last pixel"),
        pytest.param(["1" * 12] * 8, 0, 0, id="the whole image"),
        pytest.param(["11"] * 8, 5, 0, id="whole columns, one run"),
        pytest.param(["10", "10", "11", "01"], 0, 4, id="down to the lower border"),
        pytest.param(["101", "010", "101"], 9, 0, id="up to the right border"),
        pytest.param(["1", "1", "0", "0", "0", "0", "1", "1"], 4, 0, id="gap"),
    ],
)
def test_a_mask_keeps_its_run_lengths_as_pycocotools_decodes_them(
    tmp_path: Path, rows: list[str], left: int, top: int
) -> None:
    pixels = np.array([[int(pixel) for pixel in row] for row in rows], dtype=np.uint8)
    found = written(tmp_path, mask_shape(pixels, left, top))
    whole = np.zeros((8, 12), dtype=np.uint8)
    whole[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    stored = json.loads(found.run_lengths[0])
    assert np.array_equal(pycocotools_mask.decode(stored), whole)
    assert rows_of(found)[0][2] == [left, top, left + pixels.shape[1], top + pixels.shape[0]]
    assert found.findings == []


@pytest.mark.parametrize(
    ("rle", "place", "words"),
    [
        ("1, 2", 'left="0" top="0" width="2" height="2"', "do not fill its box"),
        ("5, -1", 'left="0" top="0" width="2" height="2"', "do not fill its box"),
        ("", 'left="0" top="0" width="2" height="2"', "no whole numbers"),
        ("1.5, 2.5", 'left="0" top="0" width="2" height="2"', "no whole numbers"),
        ("9" * 5_000, 'left="0" top="0" width="2" height="2"', "no whole numbers"),
        ("0, 4", 'left="11" top="0" width="2" height="2"', "outside of its image"),
        ("0, 4", 'left="-1" top="0" width="2" height="2"', "outside of its image"),
        ("10000000000", 'left="0" top="0" width="100000" height="100000"', "more than 50,000,000 px"),
    ],
)
def test_a_mask_that_cannot_be_used_leaves_its_box(tmp_path: Path, rle: str, place: str, words: str) -> None:
    found = written(tmp_path, f'<mask label="cat" rle="{rle}" {place}/>')
    assert found_in(found) == [("bad-segmentation", "fixed", "a.xml", 1)]
    assert words in found.findings[0].message
    assert (found.token, found.run_lengths) == (["cat"], {})


def test_masks_without_a_size_of_their_image_are_boxes_and_said(tmp_path: Path) -> None:
    mask = mask_shape(np.ones((2, 2), dtype=np.uint8), 1, 1)
    found = written(tmp_path, mask, mask, size="")
    assert found_in(found) == [("bad-segmentation", "look", "a.xml", 0)]
    assert (len(found.token), found.run_lengths) == (2, {})
