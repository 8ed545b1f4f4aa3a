"""VIA (VGG Image Annotator) 1, 2 and 3.

Schema of versions 1 and 2 (VIA's documentation, "Data format", and the files that they write): a table of images by
name and size in bytes, each with `filename`, `size`, `file_attributes` and `regions`: a table by number (1) or a list
(2). A region has `shape_attributes` in px (`name`: rect x, y, width, height; polygon and polyline all_points_x,
all_points_y; circle cx, cy, r; ellipse cx, cy, rx, ry, since 2.0.9 theta in radians; point cx, cy) and
`region_attributes` {name: value}; the value of a checkbox is {option: true}. A project of version 2 has the table in
`_via_img_metadata`, and declares attributes in `_via_attributes`. CSV: one line per region, the objects as JSON.

Schema of version 3 (VIA's code documentation, "Structure of VIA Project JSON File"): `attribute` by id (`aname`, `type`
1 text, 2 checkbox, 3 radio, 4 select, `options`), `file` by id (`fname`, `src`, `type` 2 image, 4 video, 8 audio),
`view` by id (`fid_list`), `metadata` by id: `vid`, `z` (times in s), `xy` (1 point, 2 rectangle x, y, width, height,
3 circle x, y, r, 4 ellipse x, y, rx, ry, 5 line, 6 polyline, 7 polygon, 8 and 9 rectangle and circle through points)
and `av` (values by attribute id; of options their ids).
"""

import csv
import io
import json
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.labels.formats.alike import MOST_ALIKE
from core.labels.formats.via import reader as via
from core.labels.formats.written import CORNER_SIZE_PX, CORNERS_PX
from tests.labels.formats.reader_files import (
    assert_whole,
    blocked,
    claimed,
    found,
    objects_of,
    read_claimed,
    tree_of,
)

RECT = {"name": "rect", "x": 10, "y": 10, "width": 40, "height": 30}
POLYGON = {"name": "polygon", "all_points_x": [1, 5, 7], "all_points_y": [2, 9, 3]}


def region(shape: object = None, **attributes: object) -> dict[str, Any]:
    """A region, a rectangle unless told otherwise, with these attributes or the class "cat"."""
    return {"shape_attributes": RECT if shape is None else shape, "region_attributes": attributes or {"class": "cat"}}


def image(*regions: object, name: str = "a.jpg", size: int = 1050, **fields: object) -> dict[str, Any]:
    """An image of version 2."""
    return {"filename": name, "size": size, "regions": list(regions), "file_attributes": {}} | fields


def export(*images: dict[str, Any]) -> dict[str, Any]:
    """An export of annotations: images by name and size."""
    return {f"{one.get('filename')}{one.get('size')}": one for one in images}


def project(*images: dict[str, Any], attributes: dict[str, Any] | None = None, folder: str = "") -> dict[str, Any]:
    """A project of version 2 that declares these attributes of regions."""
    return {
        "_via_settings": {"ui": {}, "core": {"default_filepath": folder}, "project": {"name": "p"}},
        "_via_img_metadata": export(*images),
        "_via_attributes": {"region": attributes or {}, "file": {}},
        "_via_data_format_version": "2.0.10",
        "_via_image_id_list": list(export(*images)),
    }


def version3(*metadata: object, attributes: dict[str, Any] | None = None, **file: object) -> dict[str, Any]:
    """A project of version 3 with one image, shown by view 1."""
    declared = {"1": {"aname": "class", "anchor_id": "FILE1_Z0_XY1", "type": 1, "options": {}}}
    return {
        "project": {"pid": "__VIA_PROJECT_ID__", "pname": "p", "vid_list": ["1"]},
        "config": {"file": {"loc_prefix": {"1": "", "2": "", "3": "/home/someone/", "4": ""}}},
        "attribute": declared if attributes is None else attributes,
        "file": {"1": {"fid": 1, "fname": "a.jpg", "type": 2, "loc": 1, "src": "a.jpg"} | file},
        "view": {"1": {"fid_list": [1]}},
        "metadata": {f"1_{number}": one for number, one in enumerate(metadata)},
    }


def meta(xy: list[object], z: Sequence[float] = (), **fields: object) -> dict[str, Any]:
    """Metadata of view 1 with the class "cat"."""
    return {"vid": "1", "flg": 0, "z": list(z), "xy": xy, "av": {"1": "cat"}} | fields


def csv_of(*images: dict[str, Any], header: str = "filename") -> str:
    """The images as VIA writes them as CSV."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(
        [header, "file_size", "file_attributes", "region_count", "region_id", "region_shape_attributes",
         "region_attributes"]
    )  # fmt: skip
    for one in images:
        start = [one["filename"], one["size"], json.dumps(one["file_attributes"])]
        count = len(one["regions"])
        for number, item in enumerate(one["regions"] or [{"shape_attributes": {}, "region_attributes": {}}]):
            cells = [json.dumps(item["shape_attributes"]), json.dumps(item["region_attributes"])]
            rows.writerow([*start, count, number, *cells])
    return out.getvalue()


SHAPES: list[tuple[str, dict[str, Any], list[object], list[float], list[float] | None]] = [
    ("rect", RECT, [2, 10, 10, 40, 30], [10, 10, 40, 30], None),
    ("polygon", POLYGON, [7, 1, 2, 5, 9, 7, 3], [1, 2, 7, 9], [1, 2, 5, 9, 7, 3]),
    ("circle", {"name": "circle", "cx": 20, "cy": 30, "r": 5.5}, [3, 20, 30, 5.5], [14.5, 24.5, 25.5, 35.5], None),
    ("ellipse", {"name": "ellipse", "cx": 20, "cy": 30, "rx": 5, "ry": 3}, [4, 20, 30, 5, 3], [15, 27, 25, 33], None),
]


@pytest.mark.parametrize(("shape", "xy", "values", "polygon"), [one[1:] for one in SHAPES], ids=[s[0] for s in SHAPES])
@pytest.mark.parametrize("version", ["1", "2", "list", "project", "3", "csv"])
def test_a_shape_is_read_the_same_from_every_version(
    tmp_path: Path, version: str, shape: dict[str, Any], xy: list[object], values: list[float],
    polygon: list[float] | None,
) -> None:  # fmt: skip
    one = region(shape)
    first = image() | {"regions": {"0": one}, "fileref": "", "base64_img_data": ""}
    files: dict[str, Any] = {
        "1": {"via.json": export(first)}, "2": {"via.json": export(image(one))}, "list": {"via.json": [image(one)]},
        "project": {"via.json": project(image(one))}, "3": {"via.json": version3(meta(xy))},
        "csv": {"via.csv": csv_of(image(one))},
    }  # fmt: skip
    written = read_claimed(via, tmp_path, files[version])
    assert objects_of(written) == [("a.jpg", "cat", values)]
    assert written.polygons == ({0: [polygon]} if polygon else {})
    assert written.groups[0].frame == (CORNER_SIZE_PX if shape["name"] == "rect" else CORNERS_PX)
    assert written.findings == []


def test_an_ellipse_that_is_turned_has_the_box_round_it(tmp_path: Path) -> None:
    quarter = {"name": "ellipse", "cx": 20, "cy": 30, "rx": 5, "ry": 3, "theta": math.pi / 2}
    eighth = quarter | {"theta": math.pi / 4}
    written = read_claimed(via, tmp_path, {"via.json": export(image(region(quarter), region(eighth)))})
    # By hand: half the width is sqrt((5 cos 45°)² + (3 sin 45°)²) = sqrt(17) = 4.123.
    assert [values for _, _, values in objects_of(written)] == [[17, 25, 23, 35], [15.877, 25.877, 24.123, 34.123]]


def test_version_3_reads_rectangles_and_circles_through_points(tmp_path: Path) -> None:
    document = version3(meta([8, 10, 20, 30, 12, 15, 40, 2, 25]), meta([9, 25, 30, 20, 35, 15, 30]))
    written = read_claimed(via, tmp_path, {"via.json": document})
    assert [values for _, _, values in objects_of(written)] == [[2, 12, 30, 40], [15, 25, 25, 35]]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (export(image(region(), region({"name": "point", "cx": 1, "cy": 2}))), "a point has no area"),
        (export(image(region(), region(POLYGON | {"name": "polyline"}))), "a polyline has no area"),
        (export(image(region(), region({"name": "star"}))), '"star"'),
        (export(image(region(), region({}))), "no shape"),
        (export(image(region(), region(7))), "its shape is 7"),
        (export(image(region(), 7)), "it is 7"),
        (export(image(region(), region(RECT | {"x": "left"}))), "`x`: 'left' is not a number"),
        (export(image(region(), region({"name": "rect", "x": 1}))), "no `y`"),
        (export(image(region(), region({"name": "circle", "cx": 1, "cy": 1, "r": -2}))), "below 0"),
        (export(image(region(), region(POLYGON | {"all_points_x": [1]}))), "lists of one length"),
        (export(image(region(), region(class_=""))), "no 'class'"),
        (export(image(region(), region(**{"class": ["cat", {}]}))), "the class is {}"),
        (version3(meta([2, 1, 2, 3, 4]), meta([1, 5, 6])), "a point has no area"),
        (version3(meta([2, 1, 2, 3, 4]), meta([5, 5, 6, 7, 8])), "a line has no area"),
        (version3(meta([2, 1, 2, 3, 4]), meta([2, 1, 2, 3])), "a rect with 3 numbers"),
        (version3(meta([2, 1, 2, 3, 4]), meta([7, 1, 2, 3])), "a polygon with 3 numbers"),
        (version3(meta([2, 1, 2, 3, 4]), meta([9, 1, 1, 2, 2, 3, 3])), "on a line"),
        (version3(meta([2, 1, 2, 3, 4]), meta([2, 1, 2, 3, 4], z=[0.5])), "at a time of a video"),
        (version3(meta([2, 1, 2, 3, 4]), meta([], z=[0.5, 2])), "a segment of time"),
        (version3(meta([2, 1, 2, 3, 4]), meta([2, 1, 2, 3, 4], vid="9")), "view '9' does not show one file"),
        (version3(meta([2, 1, 2, 3, 4]), 7), "it is 7"),
    ],
)  # fmt: skip
def test_what_is_no_object_is_refused_by_name(tmp_path: Path, document: Any, says: str) -> None:
    written = read_claimed(via, tmp_path, {"via.json": document})
    assert [(finding.check, finding.line) for finding in written.findings] == [("malformed-line", 2)]
    assert says in blocked(written)[0]
    assert len(written.token) == len(written.unreadable) == 1


@pytest.mark.parametrize(
    ("regions", "declared", "tokens", "reason"),
    [
        ([{"x": "cat"}, {"x": "dog"}], {}, ["cat", "dog"], "'x' (the only one)"),
        ([{"x": "cat", "id": "1"}, {"x": "dog"}], {}, ["cat", "dog"], "'x' (the only one that all regions have)"),
        ([{"id": "1", "Class": "cat"}, {"id": "2", "Class": "dog"}], {}, ["cat", "dog"], "'Class' (its name says so)"),
        ([{"name": "7", "label": "cat"}, {"name": "8", "label": "dog"}], {}, ["cat", "dog"], "'label'"),
        ([{"id": "1", "type": "cat"}, {"id": "2", "type": "dog"}], {}, ["cat", "dog"], "'type'"),
        ([{"name": "cat", "categories": "cat"}], {}, ["cat"], "'categories'"),
        ([{"name": "cat", "object": "cat"}, {"name": "dog", "object": "dog"}], {}, ["cat", "dog"], "equal to 'object'"),
        ([{"id": "1", "x": "cat"}, {"id": "2", "x": "dog"}], {"x": {"type": "dropdown", "options": {"cat": ""}}},
         ["cat", "dog"], "'x' (the only one with a list of options)"),
        ([{"status": {"free": True}}, {"status": {"taken": True}}], {}, ["free", "taken"], "'status'"),
        ([{"c": "1"}, {"c": "2"}], {"c": {"type": "radio", "options": {"1": "cat", "2": "dog"}}},
         ["cat", "dog"], "'c'"),
        ([{"c": "1"}, {"c": "2"}], {"c": {"type": "radio", "options": {"1": "", "2": ""}}}, ["1", "2"], "'c'"),
        ([{"c": 1}, {"c": "yes"}], {}, ["1", "yes"], "'c'"),
    ],
    ids=["only one", "in all regions", "named class", "label before name", "named type", "categories before name",
         "equal", "dropdown", "checkbox", "described options", "options without text", "number"],
)  # fmt: skip
def test_the_class_is_told_by_evidence_which_is_said(
    tmp_path: Path, regions: list[dict[str, Any]], declared: dict[str, Any], tokens: list[str], reason: str
) -> None:
    document = project(image(*(region(**one) for one in regions)), attributes=declared)
    written = read_claimed(via, tmp_path, {"via.json": document})
    assert written.token == tokens
    assert reason in written.evidence
    assert written.findings == []


@pytest.mark.parametrize(
    ("regions", "says"),
    [
        ([{"x": "cat", "y": "1"}, {"x": "dog", "y": "2"}], "'x', 'y' may be the class"),
        ([{"type": "cat", "name": "1"}, {"type": "dog", "name": "2"}], "'type', 'name' may be the class"),
        ([{"x": "", "y": {}}, {"x": None}], "no region attribute has a value"),
    ],
    ids=["no telling name", "two telling names", "no value"],
)
def test_a_class_that_nothing_tells_blocks_all_regions_in_one_finding(
    tmp_path: Path, regions: list[dict[str, Any]], says: str
) -> None:
    written = read_claimed(via, tmp_path, {"via.json": export(image(*(region(**one) for one in regions)))})
    assert found(written) == [("names-missing", "via.json", 0)]
    assert says in blocked(written)[0]
    assert written.unreadable == [(0, "")] * len(regions)
    assert len(written.token) == 0


def test_each_file_goes_by_its_own_class_attribute(tmp_path: Path) -> None:
    files = {
        "train/via.json": export(image(region(label="cat"))),
        "val/via.json": export(image(region(kind="dog"), name="b.jpg")),
    }
    written = read_claimed(via, tmp_path, files)
    assert written.token == ["cat", "dog"]
    assert "'label'" in written.evidence and "'kind'" in written.evidence


def test_several_ticked_options_are_one_class_and_tags_and_said(tmp_path: Path) -> None:
    attributes = {"class": {"type": "checkbox", "options": {"cat": "", "wet": "", "dog": ""}}}
    one = region(**{"class": {"cat": True, "wet": True, "dog": False}, "age": "old"})
    written = read_claimed(via, tmp_path, {"via.json": project(image(one), attributes=attributes)})
    assert written.token == ["cat"]
    assert written.attributes == {0: {"age": "old", "tags": "wet"}}
    assert written.classes == [("cat", "cat"), ("wet", "wet"), ("dog", "dog")]
    assert found(written) == [("several-classes", "via.json", 0)]


def test_version_3_names_options_by_their_description(tmp_path: Path) -> None:
    attributes = {
        "1": {"aname": "class", "type": 4, "options": {"0": "cat", "1": "dog"}},
        "2": {"aname": "state", "type": 2, "options": {"0": "wet", "1": "far"}},
    }
    one = meta([2, 1, 2, 3, 4], av={"1": "1", "2": "0,1"})
    written = read_claimed(via, tmp_path, {"via.json": version3(one, attributes=attributes)})
    assert written.token == ["dog"]
    assert written.attributes == {0: {"state": '{"wet": true, "far": true}'}}


def test_an_image_with_no_regions_is_background_and_one_that_is_only_listed_is_not(tmp_path: Path) -> None:
    bare = image(name="c.jpg")
    del bare["regions"]
    files = {
        "x/via.json": export(image(region()), image(name="b.jpg"), bare, image(name="d.jpg") | {"regions": {}}),
        "y/via.json": version3(fname="e.jpg", src="e.jpg"),
        "z/via.csv": csv_of(image(name="f.jpg"), image(region(), name="g.jpg")),
    }
    written = read_claimed(via, tmp_path, files)
    annotated = {entry.image: entry.is_annotated for entry in written.entries}
    assert annotated == {
        "a.jpg": True, "b.jpg": True, "c.jpg": False, "d.jpg": True, "e.jpg": False, "f.jpg": True, "g.jpg": True,
    }  # fmt: skip
    assert written.findings == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (export(image(region(), name="a b.jpg")), ("a b.jpg", (), 1050)),
        (export(image(region(), name="https://host/a.jpg", size=-1)), ("https://host/a.jpg", (), 0)),
        ({"a.jpg1050": image(region(), name="")}, ("a.jpg", (), 1050)),
        ({"a.jpg": image(region()) | {"filename": None, "size": None}}, ("a.jpg", (), 0)),
        (project(image(region()), folder="../images/"), ("a.jpg", ("../images/a.jpg",), 1050)),
        (version3(meta([2, 1, 2, 3, 4]), loc=3, src="x/a.jpg"), ("x/a.jpg", ("/home/someone/x/a.jpg", "a.jpg"), 0)),
        (version3(meta([2, 1, 2, 3, 4]), loc=4, src="data:image/png;base64,AAAA"), ("a.jpg", (), 0)),
        (version3(meta([2, 1, 2, 3, 4]), src=None), ("a.jpg", (), 0)),
    ],
    ids=["name", "address", "empty name", "no name", "folder", "prefix", "inline", "no source"],
)
def test_the_image_is_as_written_with_other_names_to_try(
    tmp_path: Path, document: Any, expected: tuple[str, tuple[str, ...], int]
) -> None:
    written = read_claimed(via, tmp_path, {"via.json": document})
    entry = written.entries[0]
    assert (entry.image, entry.other_images, entry.image_bytes) == expected
    assert len(written.token) == 1


def test_attributes_of_images_are_kept(tmp_path: Path) -> None:
    record = image(region(), file_attributes={"caption": "night", "url": "", "tags": {"wet": True}})
    whole = meta([], av={"2": "night"})
    attributes = {"1": {"aname": "class", "type": 1}, "2": {"aname": "caption", "type": 1}}
    files = {
        "x/via.json": export(record),
        "y/via.json": version3(meta([2, 1, 2, 3, 4]), whole, attributes=attributes),
        "z/via.csv": csv_of(record),
    }
    written = read_claimed(via, tmp_path, files)
    expected = {"caption": "night", "tags": '{"wet": true}'}
    assert [entry.attributes for entry in written.entries] == [expected, {"caption": "night"}, expected]


def test_videos_are_left_out_and_their_regions_refused(tmp_path: Path) -> None:
    video: dict[str, Any] = {"fname": "v.mp4", "type": 4, "src": "v.mp4"}
    files = {"a.json": version3(**video), "b.json": version3(meta([2, 1, 2, 3, 4]), **video)}
    written = read_claimed(via, tmp_path, files)
    assert found(written) == [
        ("left-out", "a.json", 0), ("left-out", "b.json", 0), ("malformed-line", "b.json", 1),
    ]  # fmt: skip
    assert [entry.file for entry in written.entries] == ["b.json"]


def test_a_project_and_its_exports_are_counted_once(tmp_path: Path) -> None:
    images = [image(region(), region(POLYGON)), image(name="b.jpg")]
    attributes = {"class": {"type": "radio", "options": {"1": "cat"}}}
    numbered = [image(region(**{"class": "1"}), region(POLYGON, **{"class": "1"})), image(name="b.jpg")]
    files = {
        "x/via_project.json": project(*numbered, attributes=attributes), "x/via.json": export(*numbered),
        "x/via.csv": csv_of(*numbered), "y/via.json": export(*images),
    }  # fmt: skip
    written = read_claimed(via, tmp_path, files)
    assert written.token == ["cat"] * 4
    assert written.left_out == {"the same region in another file": 4}
    assert len(written.entries) == 4
    assert written.findings == []


def test_files_that_differ_about_an_image_block_it(tmp_path: Path) -> None:
    other = region(RECT | {"x": 20})
    files = {"a.json": export(image(region(), region())), "b.json": export(image(other))}
    written = read_claimed(via, tmp_path, files)
    assert found(written) == [("doubtful-reading", "a.json", 0)]
    assert "a.json has 2, b.json has 1" in blocked(written)[0]
    assert written.unreadable == [(0, "cat")] * 3
    assert len(written.token) == 0


def test_an_image_that_one_file_leaves_empty_goes_by_the_other(tmp_path: Path) -> None:
    files = {"a.json": export(image(), image(region(), name="b.jpg")), "b.json": export(image(region()))}
    written = read_claimed(via, tmp_path, files)
    assert [(name, token) for name, token, _ in objects_of(written)] == [("a.jpg", "cat"), ("b.jpg", "cat")]
    assert found(written) == [("labels-differ", "a.json", 0)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"_via_img_metadata": 7}, [("malformed-line", 0)]),
        (export(image()) | {"x": 7}, [("malformed-line", 0)]),
        (export(image() | {"regions": 7}), [("malformed-line", 1)]),
        ('{"_via_img_metadata": {', [("malformed-file", 1)]),
        (version3() | {"file": {"1": 7}}, [("malformed-line", 0)]),
        (version3(meta([2, 1, 2, 3, 4])) | {"file": {"1": 7}}, [("malformed-line", 0)]),
    ],
    ids=["no table", "record", "regions", "broken", "file", "file with a region"],
)
def test_a_broken_record_or_file_is_a_finding(tmp_path: Path, content: Any, expected: list[tuple[str, int]]) -> None:
    written = read_claimed(via, tmp_path, {"via.json": content})
    assert [(finding.check, finding.line) for finding in written.findings] == expected


def test_a_csv_with_the_old_header_a_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    text = csv_of(image(region()), header="#filename").replace("\n", "\r\n")
    written = read_claimed(via, tmp_path, {"via.csv": text.encode("utf-8-sig")})
    assert objects_of(written) == [("a.jpg", "cat", [10, 10, 40, 30])]
    assert written.entries[0].image_bytes == 1050


@pytest.mark.parametrize(
    ("change", "check", "line", "says"),
    [
        (lambda text: text.replace('""name"": ""rect""', '""name"": rect'), "malformed-line", 2, "no JSON"),
        (lambda text: text.replace(",2,0,", ",3,0,"), "malformed-line", 2, "`region_count` is 3, but 2 regions"),
        (lambda text: text + "b.jpg,5\n", "malformed-line", 4, "one cell per column"),
        (lambda text: text + "b.jpg,5\n" * 1001, "malformed-file", 1004, "over 1,000 lines"),
        (lambda text: text.replace("a.jpg", "写真写真写真.jpg").encode("cp932"), "encoding-guessed", 0, "a guess"),
    ],
    ids=["broken cell", "missing line", "short line", "short lines", "code page"],
)
def test_a_broken_csv_is_a_finding_at_its_line(tmp_path: Path, change: Any, check: str, line: int, says: str) -> None:
    text = csv_of(image(region(), region(RECT | {"x": 3})))
    written = read_claimed(via, tmp_path, {"via.csv": change(text)})
    assert (check, "via.csv", line) in found(written)
    assert any(says in message for message in blocked(written))


def test_many_broken_regions_and_records_are_counted_and_not_listed(tmp_path: Path) -> None:
    many = MOST_ALIKE + 5
    document = export(image(*[7] * many, *[{}] * many)) | {f"{number}": 7 for number in range(many)}
    written = read_claimed(via, tmp_path, {"via.json": document})
    assert len(written.unreadable) == 2 * many
    # 1,000 of each of the two kinds and their two counts, the records, and the class, which no region has.
    assert len(written.findings) == 2 * MOST_ALIKE + 2 + 1 + 1
    assert f"{many:,} records are no images; the first is record 2, 7" in " ".join(blocked(written))


@pytest.mark.parametrize(
    "content",
    [
        {"images": [{"file_name": "a.jpg"}], "annotations": [{"bbox": []}], "categories": []},
        [{"file_name": "a.jpg", "annotations": [], "height": 1, "width": 1}],
        [{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": {}}]}],
        [{"id": 1, "annotations": [{"result": []}], "data": {"image": "a.jpg"}}],
        {"info": {}, "categories": {"label": {"labels": []}}, "items": [{"id": "a", "annotations": []}]},
        {"name": "x", "version": "1.0.0", "config": {}, "project": {}, "files": ["regions"]},
        {"version": "5.0", "shapes": [], "imagePath": "a.jpg", "imageData": None},
        {"asset": {"id": "1", "state": 2}, "regions": []},
        [{"regions": [{"region_id": 1, "phrase": "a cat"}], "id": 1}],
        "[]", "", "\x00",
    ],
    ids=["coco", "detectron2", "createml", "label studio", "datumaro", "package.json", "labelme", "vott",
         "visual genome", "empty list", "empty", "binary"],
)  # fmt: skip
def test_files_of_other_formats_are_not_claimed(tmp_path: Path, content: Any) -> None:
    tree = tree_of(tmp_path, {"a.json": content, "a.csv": "filename,width,height,class,xmin,ymin,xmax,ymax\n"})
    assert claimed(via, tree) == []


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
SHAPE = st.sampled_from([RECT, POLYGON, {"name": "circle", "cx": 1, "cy": 2, "r": 3}]) | ANY
REGION = st.fixed_dictionaries(
    {}, optional={"shape_attributes": SHAPE, "region_attributes": st.just({"class": "cat"}) | ANY}
)
IMAGES = st.fixed_dictionaries(
    {},
    optional={
        "filename": ANY,
        "size": ANY,
        "regions": st.lists(REGION | ANY, max_size=3) | ANY,
        "file_attributes": ANY,
    },
)
TABLES = st.dictionaries(st.text(max_size=3), IMAGES | ANY, max_size=3) | st.lists(IMAGES | ANY, max_size=3)
PROJECTS = st.fixed_dictionaries(
    {"_via_img_metadata": TABLES | ANY},
    optional={"_via_settings": ANY, "_via_attributes": st.fixed_dictionaries({}, optional={"region": ANY}) | ANY},
)
KEYS = st.sampled_from(["1", "2"])
META = st.fixed_dictionaries(
    {},
    optional={
        "vid": KEYS | ANY, "z": st.just([]) | ANY, "av": st.dictionaries(KEYS, ANY) | ANY,
        "xy": st.lists(st.integers(0, 9), max_size=7) | ANY,
    },
)  # fmt: skip
NAMED = st.fixed_dictionaries({}, optional={"aname": ANY, "type": st.integers(1, 5) | ANY, "options": ANY})
FILE = st.fixed_dictionaries({}, optional={"fname": ANY, "type": st.just(2) | ANY, "src": ANY, "loc": ANY})
VERSION3 = st.fixed_dictionaries(
    {
        "file": st.dictionaries(KEYS, FILE | ANY), "metadata": st.dictionaries(KEYS, META | ANY),
        "view": st.dictionaries(KEYS, st.just({"fid_list": [1]}) | ANY),
    },
    optional={"attribute": st.dictionaries(KEYS, NAMED | ANY) | ANY, "config": ANY},
)  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(first=TABLES | PROJECTS | VERSION3 | ANY, second=TABLES)
def test_any_json_is_read_or_refused(first: object, second: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = tree_of(Path(folder), {"a.json": json.dumps(first), "b.json": json.dumps(second)})
        claimed(via, tree)
        assert_whole(via.read(tree, ["a.json", "b.json"]))


CELLS = st.sampled_from(
    ["a.jpg", "1", "", "{}", '"{""name"":""rect"",""x"":1,""y"":1,""width"":2,""height"":2}"', '"{""class"":""cat""}"',
     '"']
) | st.text(max_size=6)  # fmt: skip


@settings(max_examples=100, deadline=None, derandomize=True)
@given(lines=st.lists(st.lists(CELLS, max_size=8).map(",".join), max_size=5), tail=st.binary(max_size=20))
def test_any_csv_is_read_or_refused(lines: list[str], tail: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        content = csv_of().encode() + "\n".join(lines).encode(errors="replace") + tail
        tree = tree_of(Path(folder), {"a.csv": content})
        claimed(via, tree)
        assert_whole(via.read(tree, ["a.csv"]))
