"""LabelMe: one JSON file per image.

Schema (LabelMe's documentation, "Annotation format", and the files that its versions 3 to 6 write): `version`,
`flags` {name: bool} of the image, `shapes`, `imagePath` relative to the file, `imageData` (the image file in base64,
or null), `imageHeight` and `imageWidth` in px. A shape has `label`, `points` [[x, y], …] in px, `group_id`,
`description`, `flags`, and `shape_type`: polygon (the default), rectangle (two opposite corners), circle (its centre
and a point on it), mask (two corners and `mask`, a PNG in base64), oriented_rectangle (four corners), or point, line,
linestrip, points, which have no area.
"""

import base64
import json
import math
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import AppError
from core.labels.formats.alike import MOST_ALIKE
from core.labels.formats.labelme import reader as labelme
from core.labels.formats.labelme.embedded_image import embedded_image
from core.labels.formats.written import CORNERS_PX
from tests.factories.app.uploads import make_image
from tests.labels.formats.reader_files import (
    assert_whole,
    blocked,
    claimed,
    found,
    objects_of,
    read_claimed,
    tree_of,
)


def shape(kind: str | None = "rectangle", *points: tuple[object, object], **fields: object) -> dict[str, Any]:
    """A shape of the class "cat" with these points; `kind` None leaves the shape's type out, as version 3 does."""
    made: dict[str, Any] = {"label": "cat", "points": [list(point) for point in points], "group_id": None, "flags": {}}
    return made | ({} if kind is None else {"shape_type": kind}) | fields


def document(*shapes: object, **fields: object) -> dict[str, Any]:
    """A file of version 5 about a.jpg of 80 x 60 px."""
    return {
        "version": "5.4.1", "flags": {}, "shapes": list(shapes), "imagePath": "a.jpg", "imageData": None,
        "imageHeight": 60, "imageWidth": 80,
    } | fields  # fmt: skip


BOX = shape("rectangle", (10, 10), (50, 40))


@pytest.mark.parametrize(
    ("drawn", "corners", "polygon"),
    [
        (BOX, [10, 10, 50, 40], None),
        (shape("rectangle", (50, 10), (10, 40)), [10, 10, 50, 40], None),
        (shape("rectangle", (50, 40), (10, 10)), [10, 10, 50, 40], None),
        (shape("rectangle", (10, 10), (50, 10), (50, 40), (10, 40)), [10, 10, 50, 40], None),
        (shape("polygon", (1, 2), (5, 9), (7, 3)), [1, 2, 7, 9], [1, 2, 5, 9, 7, 3]),
        (shape(None, (1, 2), (5, 9), (7, 3)), [1, 2, 7, 9], [1, 2, 5, 9, 7, 3]),
        (shape("circle", (20, 30), (23, 34)), [15, 25, 25, 35], None),
        (shape("mask", (2, 3), (12, 13), mask="iVBORw0KGgo="), [2, 3, 12, 13], None),
        (shape("oriented_rectangle", (20, 10), (30, 20), (20, 30), (10, 20)), [10, 10, 30, 30],
         [20, 10, 30, 20, 20, 30, 10, 20]),
        (shape("rotation", (10, 10), (30, 10), (30, 20), (10, 20), direction=0.0), [10, 10, 30, 20], None),
    ],
    ids=["rectangle", "other diagonal", "from below", "four corners", "polygon", "no type", "circle", "mask",
         "oriented", "oriented by 0 degrees"],
)  # fmt: skip
def test_a_shape_is_read_as_its_corners_and_polygon(
    tmp_path: Path, drawn: dict[str, Any], corners: list[float], polygon: list[float] | None
) -> None:
    written = read_claimed(labelme, tmp_path, {"a.json": document(drawn)})
    assert objects_of(written) == [("a.jpg", "cat", corners)]
    assert written.polygons == ({0: [polygon]} if polygon else {})
    assert written.groups[0].frame == CORNERS_PX
    assert blocked(written) == []


@pytest.mark.parametrize("kind", ["point", "points", "line", "linestrip"])
def test_a_shape_without_an_area_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    written = read_claimed(labelme, tmp_path, {"a.json": document(BOX, shape(kind, (1, 2), (3, 4)))})
    assert blocked(written) == [f"a.json, shape 2: a {kind} has no area and makes no box."]
    assert written.unreadable == [(0, "cat")]
    assert len(written.token) == 1


@pytest.mark.parametrize(
    ("drawn", "check", "says"),
    [
        (shape("ellipse", (1, 2), (3, 4)), "malformed-line", '"ellipse"'),
        (shape("rectangle", (1, 2)), "malformed-line", "1 points, expected 2"),
        (shape("circle", (1, 2), (3, 4), (5, 6)), "malformed-line", "3 points, expected 2"),
        (shape("oriented_rectangle", (1, 2), (3, 4)), "malformed-line", "2 points, expected 4"),
        (shape("rectangle", (1, 2), (math.nan, 4)), "non-finite", "nan"),
        (shape("rectangle", (1, 2), (10**300, 4)), "non-finite", "finite"),
        (shape("rectangle", (1, 2), ("x", 4)), "malformed-line", "'x'"),
        (shape("rectangle", (1, 2), ([], 4)), "malformed-line", "[] is not a number"),
        (shape("rectangle", (1, 2), (True, 4)), "malformed-line", "True"),
        (BOX | {"points": None}, "malformed-line", "null"),
        (BOX | {"points": [[1, 2], [3]]}, "malformed-line", "[3]"),
        (BOX | {"label": None}, "malformed-line", "no class"),
        (BOX | {"label": " "}, "malformed-line", "no class"),
        (BOX | {"label": ["cat"]}, "malformed-line", '["cat"]'),
        (BOX | {"label": "\ud800"}, "malformed-line", "half a character"),
        (BOX | {"label": "c" * 201}, "malformed-line", "201 characters"),
        ("cat", "malformed-line", '"cat"'),
        (BOX | {"shape_type": ["rectangle"]}, "malformed-line", '["rectangle"]'),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "shape",
)  # fmt: skip
def test_a_broken_shape_is_a_finding_at_its_place(tmp_path: Path, drawn: object, check: str, says: str) -> None:
    written = read_claimed(labelme, tmp_path, {"a.json": document(BOX, drawn)})
    assert found(written) == [(check, "a.json", 2)]
    assert says in blocked(written)[0]
    assert len(written.token) == len(written.unreadable) == 1


def test_names_are_as_written_numbers_and_yes_among_them(tmp_path: Path) -> None:
    names = ["yes", "no", 3, 0.5, False, "2024-01-01", " cat\n"]
    written = read_claimed(labelme, tmp_path, {"a.json": document(*(BOX | {"label": name} for name in names))})
    assert written.token == ["yes", "no", "3", "0.5", "false", "2024-01-01", "cat"]


@pytest.mark.parametrize(
    ("path", "image"),
    [
        ("..\\files\\a.jpg", "..\\files\\a.jpg"),
        ("C:\\Users\\someone\\a.jpg", "C:\\Users\\someone\\a.jpg"),
        ("/home/someone/é.jpg", "/home/someone/é.jpg"),
        (None, ""),
        (7, ""),
    ],
    ids=["sibling folder", "windows", "absolute", "none", "number"],
)  # fmt: skip
def test_the_image_is_as_written_and_the_files_own_name_comes_next(tmp_path: Path, path: object, image: str) -> None:
    written = read_claimed(labelme, tmp_path, {"ann/b.json": document(BOX, imagePath=path)})
    entry = written.entries[0]
    assert (entry.image, entry.other_images, entry.width, entry.height) == (image, ("b",), 80, 60)


def test_no_shapes_are_background_and_broken_files_are_not(tmp_path: Path) -> None:
    files = {"a.json": document(), "b.json": document(shapes={"0": BOX}), "c.json": json.dumps(document(BOX))[:-20]}
    written = read_claimed(labelme, tmp_path, files)
    assert [(entry.file, entry.is_annotated) for entry in written.entries] == [
        ("a.json", True), ("b.json", False), ("c.json", False),
    ]  # fmt: skip
    assert written.unreadable_files == {"b.json", "c.json"}
    assert found(written) == [("malformed-file", "b.json", 0), ("malformed-file", "c.json", 1)]


def test_flags_groups_and_other_fields_are_kept_as_attributes(tmp_path: Path) -> None:
    drawn = BOX | {"group_id": 4, "description": "far", "flags": {"occluded": True}, "difficult": False, "mask": None}
    drawn |= {"attributes": {"colour": "red"}, "kie_linking": []}
    written = read_claimed(labelme, tmp_path, {"a.json": document(drawn, flags={"night": True}, text="")})
    expected = {"group_id": "4", "description": "far", "occluded": "true", "difficult": "false", "colour": "red"}
    assert written.attributes == {0: expected}
    assert written.entries[0].attributes == {"night": "true"}


def test_turned_boxes_and_masks_are_said_once_a_file(tmp_path: Path) -> None:
    turned = shape("oriented_rectangle", (20, 10), (30, 20), (20, 30), (10, 20))
    mask = shape("mask", (1, 2), (3, 4), mask="")
    written = read_claimed(labelme, tmp_path, {"a.json": document(turned, turned, mask)})
    assert found(written) == [("rotated-box", "a.json", 0), ("mask-as-box", "a.json", 0)]
    assert "2 turned boxes" in written.findings[0].message


def test_a_polygon_of_two_points_is_a_box_and_said(tmp_path: Path) -> None:
    written = read_claimed(labelme, tmp_path, {"a.json": document(shape("polygon", (1, 2), (9, 8)))})
    assert objects_of(written) == [("a.jpg", "cat", [1, 2, 9, 8])]
    assert found(written) == [("bad-segmentation", "a.json", 0)]


def test_boxes_and_polygons_of_a_folder_are_groups_apart(tmp_path: Path) -> None:
    polygon = shape("polygon", (1, 2), (5, 9), (7, 3))
    files = {f"{folder}/{name}.json": document(BOX, polygon) for folder in "xy" for name in "ab"}
    written = read_claimed(labelme, tmp_path, files)
    assert [group.key for group in written.groups] == ["x (boxes)", "x (polygons)", "y (boxes)", "y (polygons)"]
    assert list(written.group) == [0, 1, 0, 1, 2, 3, 2, 3]


def test_many_findings_of_a_kind_are_counted_and_not_listed(tmp_path: Path) -> None:
    points = [shape("point", (1, 2))] * (MOST_ALIKE + 5)
    written = read_claimed(labelme, tmp_path, {"a.json": document(*points)})
    assert len(written.findings) == MOST_ALIKE + 1
    assert written.findings[-1].message == "a.json: 5 more objects like these (point)."
    assert len(written.unreadable) == MOST_ALIKE + 5


def test_a_file_in_an_unknown_code_page_blocks_and_shows_two_readings(tmp_path: Path) -> None:
    content = json.dumps(document(BOX | {"label": "猫の写真を撮る人"}), ensure_ascii=False).encode("cp932")
    written = read_claimed(labelme, tmp_path, {"a.json": content})
    assert found(written) == [("encoding-guessed", "a.json", 0)]
    assert " or " in blocked(written)[0]
    assert written.unreadable_files == {"a.json"}


def test_an_embedded_image_is_said_and_can_be_taken_out(tmp_path: Path) -> None:
    image = make_image()
    files = {"a.json": document(BOX, imageData=base64.b64encode(image).decode()), "b.json": document(BOX)}
    written = read_claimed(labelme, tmp_path, files)
    assert [entry.has_embedded_image for entry in written.entries] == [True, False]
    taken = embedded_image(tree_of(tmp_path, {}), "a.json")
    assert taken.data == image
    assert taken.suffix in (".jpg", ".png")


@pytest.mark.parametrize(
    "value",
    [None, "", 5, "no base64!", base64.b64encode(b"<html>").decode(), "é"],
    ids=["null", "empty", "number", "no base64", "no image", "not ASCII"],
)
def test_what_is_no_embedded_image_is_refused(tmp_path: Path, value: object) -> None:
    tree = tree_of(tmp_path, {"a.json": document(BOX, imageData=value)})
    with pytest.raises(AppError, match=r"a\.json"):
        embedded_image(tree, "a.json")


def test_an_embedded_image_as_an_address_with_line_breaks_is_read(tmp_path: Path) -> None:
    image = make_image()
    encoded = base64.encodebytes(image).decode()
    tree = tree_of(tmp_path, {"a.json": document(BOX, imageData=f"data:image/png;base64,{encoded}")})
    assert embedded_image(tree, "a.json").data == image


@pytest.mark.parametrize(
    "content",
    [
        {"images": [], "annotations": [], "categories": [{"name": "shapes"}]},
        {"images": [], "annotations": [{"shapes": 1, "imagePath": 2}], "categories": []},
        [{"file_name": "a.jpg", "annotations": [], "height": 1, "width": 1}],
        [{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": {}}]}],
        [{"id": 1, "annotations": [{"result": []}], "data": {"image": "a.jpg"}}],
        {"info": {}, "categories": {"label": {"labels": []}}, "items": [{"id": "a", "annotations": []}]},
        {"name": "shapes", "version": "1.0.0", "dependencies": {}},
        {"a.jpg1": {"filename": "a.jpg", "size": 1, "regions": [], "file_attributes": {}}},
        {"asset": {"id": "1", "state": 2}, "regions": []},
        "[]", "", "\x00\x01",
    ],
    ids=["coco", "coco with these keys", "detectron2", "createml", "label studio", "datumaro", "package.json", "via",
         "vott", "empty list", "empty", "binary"],
)  # fmt: skip
def test_files_of_other_formats_are_not_claimed(tmp_path: Path, content: Any) -> None:
    assert claimed(labelme, tree_of(tmp_path, {"a.json": content})) == []


def test_a_file_is_claimed_by_either_end(tmp_path: Path) -> None:
    long = document(*[shape("polygon", *[(n, n + 0.123456789) for n in range(5000)])] * 3)
    early = {"imageData": "A" * 300_000} | {key: value for key, value in document(BOX).items() if key != "imageData"}
    tree = tree_of(tmp_path, {"long.json": long, "early.json": early})
    assert claimed(labelme, tree) == ["early.json", "long.json"]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
POINTS = st.lists(st.lists(st.integers(-5, 100) | ANY, min_size=2, max_size=2) | ANY, max_size=5) | ANY
KINDS = st.sampled_from(["rectangle", "polygon", "circle", "mask", "oriented_rectangle", "point", None]) | ANY
SHAPES = st.fixed_dictionaries(
    {}, optional={"label": st.just("cat") | ANY, "points": POINTS, "shape_type": KINDS, "flags": ANY, "x": ANY}
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "shapes": st.lists(SHAPES | ANY, max_size=4) | ANY, "imagePath": st.just("a.jpg") | ANY, "imageWidth": ANY,
        "imageData": ANY, "flags": ANY, "z": ANY,
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(content=(DOCUMENTS | ANY).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_any_file_is_read_or_refused_and_every_shape_is_counted(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = tree_of(Path(folder), {"a.json": content})
        claimed(labelme, tree)
        written = labelme.read(tree, ["a.json"])
    assert_whole(written)
    if not written.unreadable_files:
        assert len(written.token) + len(written.unreadable) == len(json.loads(content)["shapes"])


def test_json_of_great_depth_is_refused(tmp_path: Path) -> None:
    content = '{"shapes": [{"label": ' + "[" * 100_000 + "]" * 100_000 + '}], "imagePath": "a.jpg"}'
    written = read_claimed(labelme, tmp_path, {"a.json": content})
    assert found(written) == [("malformed-file", "a.json", 0)]
