"""Datumaro's JSON.

Schema (Datumaro documentation, "Datumaro format"; its exporter of version 1): `annotations/<subset>.json` with
dm_format_version, infos, categories {label {labels [{name, parent, attributes}], label_groups, attributes}}, and items
[{id, annotations, attr, image {path, size [height, width]}}]. An annotation has id, type, attributes, group, and by
its type: label_id and bbox [x, y, width, height] in px; points [x1, y1, …] of a polygon; rle {counts, size} of a mask,
COCO's compressed run lengths; points [x1, y1, x2, y2] of an ellipse; caption. Polygons of one COCO object share id and
group.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.labels.findings import Severity
from core.labels.formats.datumaro import reader as datumaro
from core.labels.formats.written import CORNER_SIZE_PX, CORNERS_PX, Written
from core.labels.sources.sample import take_sample
from core.labels.sources.source_tree import SourceTree

SQUARE = [40.0, 20, 70, 20, 70, 50, 40, 50]
RUNS = {"size": [48, 64], "counts": "5d0Wo2"}  # 20 px down from row 5 of the first column


def document(*items: Any, labels: Any = ("cat", "dog"), **changes: Any) -> dict[str, Any]:
    names = [{"name": name, "parent": "", "attributes": []} for name in labels]
    label = {"labels": names, "label_groups": [], "attributes": []}
    whole = {"dm_format_version": "1.0", "media_type": 2, "infos": {}, "categories": {"label": label}}
    return {**whole, "items": list(items), **changes}


def item(*annotations: Any, **changes: Any) -> dict[str, Any]:
    image = {"path": "a.jpg", "size": [60, 80]}
    return {"id": "sub/a", "annotations": list(annotations), "image": image, **changes}


def box(*numbers: Any, **changes: Any) -> dict[str, Any]:
    return {"id": 0, "type": "bbox", "attributes": {}, "group": 0, "label_id": 0, "bbox": list(numbers), **changes}


def polygon(*points: Any, **changes: Any) -> dict[str, Any]:
    return {"id": 0, "type": "polygon", "attributes": {}, "group": 0, "label_id": 0, "points": list(points), **changes}


def other(kind: str, **changes: Any) -> dict[str, Any]:
    return {"id": 0, "type": kind, "attributes": {}, "group": 0, **changes}


def read(folder: Path, content: Any, name: str = "train") -> Written:
    (folder / "annotations").mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / f"annotations/{name}.json").write_text(text)
    tree = SourceTree.walk(folder)
    return datumaro.read(tree, tree.with_suffix(".json"))


def boxes(written: Written) -> list[list[float]]:
    return np.array(written.values).reshape(-1, 4).tolist()


def found(written: Written) -> list[tuple[str, str, int]]:
    return [(finding.check, str(finding.severity), finding.line) for finding in written.findings]


def object_count(written: Written) -> int:
    return len(written.token) + len(written.unreadable) + written.left_out.total()


def test_items_are_images_and_boxes_are_corner_and_size(tmp_path: Path) -> None:
    written = read(tmp_path, document(item(box(1, 2, 30, 40), box(5, 6, 7, 8, label_id=1), attr={"frame": 3}), item()))
    entry = written.entries[0]
    assert (entry.image, entry.other_images, entry.width, entry.height) == ("a.jpg", ("sub/a",), 80, 60)
    assert (entry.split, entry.line, entry.attributes) == ("train", 1, {"frame": "3"})
    assert (boxes(written), written.token) == ([[1, 2, 30, 40], [5, 6, 7, 8]], ["cat", "dog"])
    assert [written.groups[group].frame for group in written.group] == [CORNER_SIZE_PX] * 2
    assert (written.classes, written.findings) == ([("cat", "0"), ("dog", "1")], [])
    assert [entry.is_annotated for entry in written.entries] == [True, True]


def test_each_file_has_labels_and_a_split_of_its_own(tmp_path: Path) -> None:
    read(tmp_path, document(item(box(1, 2, 3, 4))), "default")
    written = read(tmp_path, document(item(box(1, 2, 3, 4)), labels=("dog", "bird")), "validation")
    assert written.classes == [("cat", "0"), ("dog", "1"), ("bird", "1")]
    assert (written.token, [entry.split for entry in written.entries]) == (["cat", "dog"], ["", "val"])


def test_polygons_masks_ellipses_and_turned_boxes_are_read_with_the_boxes_round_them(tmp_path: Path) -> None:
    shapes = [
        polygon(*SQUARE),
        other("mask", label_id=0, rle=RUNS),
        other("ellipse", label_id=0, points=[1, 2, 11, 22]),
        other("rotated_bbox", label_id=0, bbox=[50, 30, 20, 10, 90]),
    ]
    written = read(tmp_path, document(item(*shapes)))
    np.testing.assert_allclose(boxes(written), [[40, 20, 70, 50], [0, 5, 1, 25], [1, 2, 11, 22], [45, 20, 55, 40]])
    assert {written.groups[group].frame for group in written.group} == {CORNERS_PX}
    assert written.polygons[0] == [SQUARE]
    # Turned by a quarter with the clock, the first corner goes to the top right.
    np.testing.assert_allclose(written.polygons[3][0][:2], [55, 20])
    assert json.loads(written.run_lengths[1]) == RUNS
    assert found(written) == [("rotated-box", "look", 0)]


TRIANGLE = [0, 0, 9, 0, 9, 9]
PLACES = [40, 20, 30, 30], [40, 20, 70, 50]
JOINED = {
    "polygons of one COCO object": (
        [polygon(*SQUARE, id=7, group=7), polygon(*TRIANGLE, id=7, group=7)], [[0, 0, 70, 50]],
    ),
    "a box and the polygon in it": ([box(40, 20, 30, 30, group=2), polygon(*SQUARE, group=2)], [[40, 20, 30, 30]]),
    "a box and a mask": ([other("mask", label_id=0, rle=RUNS, group=2), box(0, 5, 1, 20, group=2)], [[0, 5, 1, 20]]),
    "a box that does not fit": ([box(1, 1, 3, 3, group=2), polygon(*SQUARE, group=2)], [[1, 1, 3, 3], PLACES[1]]),
    "two boxes of a group": ([box(1, 1, 3, 3, group=2), box(1, 1, 4, 4, group=2)], [[1, 1, 3, 3], [1, 1, 4, 4]]),
    "two polygons of a group": ([polygon(*SQUARE, group=2), polygon(*SQUARE, group=2)], [[40, 20, 70, 50]] * 2),
    "two labels": ([box(40, 20, 30, 30, group=2), polygon(*SQUARE, group=2, label_id=1)], [*PLACES]),
    "no group": ([box(40, 20, 30, 30), polygon(*SQUARE)], [*PLACES]),
}  # fmt: skip


@pytest.mark.parametrize(("annotations", "expected"), JOINED.values(), ids=JOINED.keys())
def test_parts_of_one_object_are_one_and_objects_of_a_group_are_several(
    tmp_path: Path, annotations: list[Any], expected: list[list[float]]
) -> None:
    written = read(tmp_path, document(item(*annotations)))
    assert boxes(written) == expected
    assert object_count(written) == 2
    assert written.findings == []
    if len(expected) == 1:
        assert written.left_out == {"parts of objects": 1}
        assert sum(map(len, written.polygons.values())) + len(written.run_lengths) in (1, 2)


def test_attributes_are_kept_and_crowds_are_marked(tmp_path: Path) -> None:
    written = read(
        tmp_path, document(item(box(1, 1, 2, 2, attributes={"is_crowd": True, "occluded": False, "rotation": 5.0})))
    )
    assert (written.attributes, written.crowd) == ({0: {"occluded": "false", "rotation": "5.0"}}, {0})
    assert found(written) == [("rotated-box", "look", 0)]


def test_captions_and_classes_of_images_are_left_out_and_named(tmp_path: Path) -> None:
    left = [other("caption", caption="A cat."), other("label", label_id=0), other("points", points=[1, 2])]
    written = read(tmp_path, document(item(box(1, 1, 2, 2), *left), item(*left), item()))
    assert written.left_out == {"captions": 2, "classes of images": 2, "points": 2}
    assert (len(written.token), found(written)) == (1, [("left-out", "look", 0)] * 3)
    # An image of which only a caption is known may hold objects.
    assert [entry.is_annotated for entry in written.entries] == [True, False, True]


def test_a_file_without_any_object_labels_no_image(tmp_path: Path) -> None:
    written = read(tmp_path, document(item(other("label", label_id=0)), item()))
    assert [entry.is_annotated for entry in written.entries] == [False, False]


@pytest.mark.parametrize(
    ("annotation", "check", "token"),
    [
        (box(1, 2, 3), "malformed-line", "cat"),
        (box(1, 2, 3, "x"), "malformed-line", "cat"),
        (box(1, 2, 3, float("inf")), "non-finite", "cat"),
        (box(1, 2, 3, 4, label_id=2), "unknown-class", ""),
        (box(1, 2, 3, 4, label_id=-1), "unknown-class", ""),
        (box(1, 2, 3, 4, label_id=None), "unknown-class", ""),
        (box(1, 2, 3, 4, label_id=10**400), "unknown-class", ""),
        (polygon(1, 2, 3, 4), "malformed-line", "cat"),
        (polygon(1, 2, 3, 4, 5, 6, 7), "malformed-line", "cat"),
        (other("mask", label_id=0, rle={"size": [1, 1]}), "malformed-line", "cat"),
        (other("mask", label_id=0), "malformed-line", "cat"),
        (other("cuboid_3d", label_id=0), "unsupported-shape", "cat"),
        (other("rotated_bbox", label_id=0, bbox=[1, 2, 3, 4]), "malformed-line", "cat"),
        ({"type": [], "label_id": 0}, "unsupported-shape", "cat"),
        (7, "malformed-line", ""),
    ],
    ids=lambda value: str(value)[:70],
)
def test_an_annotation_that_cannot_be_read_blocks_with_its_place(
    tmp_path: Path, annotation: Any, check: str, token: str
) -> None:
    written = read(tmp_path, document(item(), item(box(1, 2, 3, 4), annotation)))
    assert found(written) == [(check, "blocks", 2)]
    assert written.findings[0].message.startswith("annotations/train.json, item 2, annotation 2: ")
    assert (written.unreadable, len(written.token)) == ([(1, token)], 1)


def test_objects_of_an_item_without_a_name_are_counted(tmp_path: Path) -> None:
    written = read(tmp_path, document(item(box(1, 2, 3, 4), id=7, image=None), 7, item(annotations={})))
    assert found(written) == [("malformed-line", "blocks", line) for line in (1, 2, 3)]
    assert (written.unreadable, len(written.entries)) == ([(-1, "cat")], 1)
    assert not written.entries[0].is_annotated


@pytest.mark.parametrize(
    ("labels", "check"),
    [(("cat", "cat"), "repeated-name"), (("cat", "d\ud800g"), "bad-name"), (("cat", 7), "malformed-line")],
    ids=str,
)
def test_a_strange_label_is_told(tmp_path: Path, labels: Any, check: str) -> None:
    written = read(tmp_path, document(item(box(1, 2, 3, 4)), labels=labels))
    assert [entry[0] for entry in found(written)] == [check]
    assert written.token == ["cat"]
    for name, _ in written.classes:
        name.encode()


@pytest.mark.parametrize(
    "content", ["[", "[]", json.dumps({"categories": {}}), json.dumps(document(categories={}))], ids=str
)
def test_a_file_that_is_no_document_is_refused(tmp_path: Path, content: str) -> None:
    written = read(tmp_path, content)
    assert [entry[:2] for entry in found(written)] == [("malformed-file", "blocks")]
    assert written.unreadable_files == {"annotations/train.json"}


@pytest.mark.parametrize(
    ("content", "is_claimed"),
    [
        (document(item(box(1, 2, 3, 4))), True),
        (document(), True),
        ({"info": {}, "categories": {}, "items": []}, True),
        (document(item(box(1, 2, 3, 4)), labels=["a label with a long name"] * 3_000), True),
        ({"images": [], "annotations": [], "categories": []}, False),
        ({"items": [{"path": "a.jpg"}]}, False),
        ({"categories": {"a": 1}}, False),
        ([document()], False),
    ],
    ids=lambda value: str(value)[:50],
)
def test_files_with_categories_and_items_are_claimed_and_no_others(
    tmp_path: Path, content: Any, is_claimed: bool
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert datumaro.claim(take_sample(SourceTree.walk(tmp_path), "a.json")) == is_claimed


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "1", "a.jpg", "\ud800", "mask"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["size", "counts", "type"]), inner),
    max_leaves=8,
)  # fmt: skip


@st.composite
def almost_documents(draw: st.DrawFn) -> Any:
    annotations = [box(1, 1, 9, 9), polygon(*SQUARE, group=1), other("mask", label_id=0, rle=RUNS, group=1)]
    first = item(*annotations)
    whole = document(first, item())
    for _ in range(draw(st.integers(1, 4))):
        place: Any = draw(st.sampled_from([whole, first, *annotations, whole["categories"] or whole]))
        if not isinstance(place, dict):
            break
        place[draw(st.sampled_from([*sorted(place), "rle", "points", "bbox"]))] = draw(ANYTHING)
        if not isinstance(whole.get("categories"), dict):
            break
    return whole


@settings(max_examples=150, deadline=None, derandomize=True)
@given(almost_documents() | ANYTHING)
def test_any_value_anywhere_is_read_or_told(whole: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = read(Path(folder), whole)
    assert len(written.values) == 4 * len(written.token)
    assert np.isfinite(np.array(written.values)).all()
    items = whole["items"] if isinstance(whole, dict) and isinstance(whole.get("items"), list) else []
    lists = [value.get("annotations") for value in items if isinstance(value, dict)]
    assert object_count(written) == sum(len(value) for value in lists if isinstance(value, list))
    assert not written.unreadable or any(finding.severity is Severity.BLOCKS for finding in written.findings)
    for finding in written.findings:
        finding.message.encode()
