"""What other tools write into a VOC <object>: polygons, turned boxes, attributes, deleted objects.

LabelMe's XML (LabelMe annotation tool, "Annotation format"): <object> with <name>, <deleted> and a <polygon> of <pt>
with <x>, <y> in px, and no <bndbox>. Roboflow's and similar files add a <polygon> of <x1>, <y1>, <x2>, … in px to the
<bndbox>. roLabelImg: <type>robndbox</type> and <robndbox> with <cx>, <cy>, <w>, <h> in px and <angle> in radians,
clockwise. CVAT's VOC export: the box before it is turned, and in <attributes> an <attribute> `rotation` in degrees.
"""

import math
from pathlib import Path

import pytest

from core.labels.formats.voc import reader as voc
from core.labels.formats.written import Written
from tests.labels.formats.written_files import found_in, rows_of, written_of

BOX = "<bndbox><xmin>10</xmin><ymin>20</ymin><xmax>30</xmax><ymax>30</ymax></bndbox>"
TRIANGLE = [[10.0, 20.0, 30.0, 20.0, 20.0, 30.0]]
CENTRED = "<cx>50</cx><cy>40</cy><w>20</w><h>10</h>"
UPRIGHT, ON_END = [40, 35, 60, 45], [45, 30, 55, 50]


def written(folder: Path, *objects: str) -> Written:
    """The reading of one file with the inside of its objects."""
    inside = "".join(f"<object><name>cat</name>{element}</object>" for element in objects)
    return written_of(folder, {"x/a.xml": f"<annotation>{inside}</annotation>"}, voc)


def boxes(found: Written) -> list[list[float]]:
    """The four numbers of each object."""
    return [values for _, _, values in rows_of(found)]


@pytest.mark.parametrize(
    "polygon",
    [
        "<x1>10</x1><y1>20</y1><x2>30</x2><y2>20</y2><x3>20</x3><y3>30</y3>",
        "<pt><x>10</x><y>20</y></pt><pt><x>30</x><y>20</y></pt><pt><x>20</x><y>30</y></pt><username>me</username>",
    ],
    ids=["numbered", "points"],
)
@pytest.mark.parametrize("more", ["", BOX], ids=["alone", "with a box"])
def test_polygons_are_kept_and_give_the_box_if_there_is_none(tmp_path: Path, polygon: str, more: str) -> None:
    found = written(tmp_path, f"<polygon>{polygon}</polygon>{more}")
    assert (boxes(found), found.polygons, found.findings) == ([[10, 20, 30, 30]], {0: TRIANGLE}, [])


@pytest.mark.parametrize(
    "polygon",
    ["<x1>1</x1><y1>2</y1>", "<x1>a</x1><y1>2</y1><x2>3</x2><y2>4</y2><x3>5</x3><y3>6</y3>", "<pt><x>1</x></pt>"],
    ids=["one point", "no number", "half a point"],
)
def test_a_polygon_that_cannot_be_read_is_left_out_and_the_box_kept(tmp_path: Path, polygon: str) -> None:
    found = written(tmp_path, f"{BOX}<polygon>{polygon}</polygon>", f"<polygon>{polygon}</polygon>")
    assert (boxes(found), found.polygons, found.unreadable) == ([[10, 20, 30, 30]], {}, [(0, "cat")])
    assert [row[:2] for row in found_in(found)] == [("bad-segmentation", "fixed"), ("malformed-line", "blocks")]


@pytest.mark.parametrize(
    ("angles", "expected"),
    [
        pytest.param([0], [UPRIGHT], id="not turned"),
        pytest.param([math.pi / 2], [ON_END], id="radians, a quarter"),
        pytest.param([math.pi], [UPRIGHT], id="radians, a half"),
        pytest.param([90], [ON_END], id="degrees"),
        pytest.param([0, 180, 270], [UPRIGHT, UPRIGHT, ON_END], id="degrees of several objects"),
        # 1 radian would turn the box a lot; the 90 in the same folder shows that it is 1 degree.
        pytest.param([1, 90], [[39.91, 34.83, 60.09, 45.17], ON_END], id="a small angle beside a large one"),
    ],
)
def test_a_turned_box_is_the_upright_one_round_it(
    tmp_path: Path, angles: list[float], expected: list[list[float]]
) -> None:
    objects = [f"<type>robndbox</type><robndbox>{CENTRED}<angle>{angle}</angle></robndbox>" for angle in angles]
    found = written(tmp_path, *objects)
    assert [pytest.approx(box, abs=0.01) for box in expected] == boxes(found)
    assert [len(found.polygons[row][0]) for row in range(len(angles))] == [8] * len(angles)
    assert [(row[:3], len(angles)) for row in found_in(found)] == [(("rotated-box", "look", "x/a.xml"), len(angles))]
    assert f"{len(angles)} turned boxes" in found.findings[0].message


def test_four_corners_are_a_turned_box(tmp_path: Path) -> None:
    corners = "".join(
        f"<x{n}>{x}</x{n}><y{n}>{y}</y{n}>" for n, (x, y) in enumerate([(5, 0), (9, 4), (4, 9), (0, 5)], 1)
    )
    found = written(tmp_path, f"<rotated_bndbox>{corners}</rotated_bndbox>")
    assert (boxes(found), found.polygons) == ([[0, 0, 9, 9]], {0: [[5, 0, 9, 4, 4, 9, 0, 5]]})
    assert [row[0] for row in found_in(found)] == ["rotated-box"]


@pytest.mark.parametrize(
    ("rotation", "expected"), [("90.0", [15, 15, 25, 35]), ("0.0", [10, 20, 30, 30]), ("360", [10, 20, 30, 30])]
)
def test_the_attribute_rotation_of_cvat_turns_the_box(tmp_path: Path, rotation: str, expected: list[float]) -> None:
    attribute = f"<attributes><attribute><name>rotation</name><value>{rotation}</value></attribute></attributes>"
    found = written(tmp_path, BOX + attribute)
    assert boxes(found) == [pytest.approx(expected)]
    assert [row[0] for row in found_in(found)] == (["rotated-box"] if expected != [10, 20, 30, 30] else [])
    assert found.attributes[0] == {"rotation": rotation}


def test_turned_boxes_of_a_folder_are_one_finding(tmp_path: Path) -> None:
    text = f"<annotation><object><name>a</name><robndbox>{CENTRED}<angle>1</angle></robndbox></object></annotation>"
    found = written_of(tmp_path, {"x/a.xml": text, "x/b.xml": text, "y/c.xml": text}, voc)
    assert [finding.message.partition(",")[0] for finding in found.findings] == [
        "x: in 2 files: 2 turned boxes", "y/c.xml: 1 turned boxes",
    ]  # fmt: skip


@pytest.mark.parametrize("angle", ["", "x", "nan"])
def test_a_turned_box_without_a_number_as_angle_blocks(tmp_path: Path, angle: str) -> None:
    found = written(tmp_path, f"<robndbox>{CENTRED}<angle>{angle}</angle></robndbox>")
    assert (found.token, found.unreadable, found.findings[0].severity) == ([], [(0, "cat")], "blocks")


def test_an_object_marked_as_deleted_is_left_out_and_counted(tmp_path: Path) -> None:
    found = written(tmp_path, f"<deleted>1</deleted>{BOX}", f"<deleted>0</deleted>{BOX}")
    assert (len(found.token), found.left_out, found.findings) == (1, {"marked as deleted": 1}, [])
    assert found.attributes == {}
