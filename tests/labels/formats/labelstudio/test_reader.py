"""Label Studio's JSON and JSON-MIN.

Schema (Label Studio documentation, "Export annotations" and "Label Studio JSON format of annotated tasks"): a list of
tasks {id, data {image}, annotations [{id, completed_by, result, was_cancelled, ground_truth, created_at, updated_at}],
predictions [{result, score}], file_upload}; `completions` before version 1. A region of a result has id, from_name,
to_name, type, original_width, original_height (px), image_rotation and value. In per cent of the image: x, y, width,
height of a rectangle, turned by `rotation` degrees with the clock about its first corner; points [[x, y]] of a polygon;
x, y (centre), radiusX, radiusY of an ellipse. The labels are in value under the type's name. JSON-MIN is flat: the
task's data, annotation_id, annotator, and a list of values for each control.
"""

import base64
import json
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.labels.findings import Severity
from core.labels.formats.labelstudio import reader as labelstudio
from core.labels.formats.labelstudio.addresses import names_of
from core.labels.formats.written import CORNER_SIZE_PERCENT, CORNERS_PERCENT, Written
from core.labels.sources.sample import take_sample
from core.labels.sources.source_tree import SourceTree


def region(kind: str = "rectanglelabels", labels: Any = ("cat",), **value: Any) -> dict[str, Any]:
    """A region of an image of 80 x 60 px."""
    sizes = {"original_width": 80, "original_height": 60, "image_rotation": 0}
    place = {"id": "r", "from_name": "label", "to_name": "image", "type": kind}
    return {**sizes, **place, "value": {**value, kind: list(labels) if isinstance(labels, tuple) else labels}}


def rectangle(x: Any = 10, y: Any = 20, width: Any = 30, height: Any = 40, **changes: Any) -> dict[str, Any]:
    return region(x=x, y=y, width=width, height=height, **changes)


def annotation(*result: Any, **changes: Any) -> dict[str, Any]:
    whole = {"id": 1, "completed_by": 1, "result": list(result), "was_cancelled": False, "ground_truth": False}
    return {**whole, "created_at": "2024-01-01T00:00:00Z", **changes}


def task(*annotations: Any, image: Any = "/data/upload/1/0f6142fb-a.jpg", **changes: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"image": image}, "annotations": list(annotations), "predictions": [], **changes}


def read(folder: Path, content: Any, annotator: str = "") -> Written:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "export.json").write_text(text)
    tree = SourceTree.walk(folder)
    return labelstudio.read(tree, tree.with_suffix(".json"), annotator)


def boxes(written: Written) -> list[list[float]]:
    return np.array(written.values).reshape(-1, 4).tolist()


def found(written: Written) -> list[tuple[str, str, int]]:
    return [(finding.check, str(finding.severity), finding.line) for finding in written.findings]


def test_rectangles_are_corner_and_size_in_per_cent(tmp_path: Path) -> None:
    written = read(tmp_path, [task(annotation(rectangle(), rectangle(25, 80, 50, -50, labels=("dog",))))])
    entry = written.entries[0]
    assert (entry.image, entry.other_images) == ("/data/upload/1/0f6142fb-a.jpg", ("0f6142fb-a.jpg", "a.jpg"))
    assert (entry.width, entry.height, entry.line, entry.attributes) == (80, 60, 1, {"annotator": "1"})
    assert (boxes(written), written.token) == ([[10, 20, 30, 40], [25, 80, 50, -50]], ["cat", "dog"])
    assert written.groups[0].frame == CORNER_SIZE_PERCENT
    assert (written.findings, written.classes) == ([], [])


def test_a_turned_rectangle_turns_in_pixels_about_its_first_corner(tmp_path: Path) -> None:
    """By hand: 20 x 30 px at (40, 12), turned by a quarter with the clock, covers (10, 12) to (40, 32)."""
    written = read(tmp_path, [task(annotation(rectangle(50, 20, 25, 50, rotation=90)))])
    np.testing.assert_allclose(boxes(written)[0], [12.5, 20, 50, 32 / 0.6])
    np.testing.assert_allclose(written.polygons[0][0], [50, 20, 50, 32 / 0.6, 12.5, 32 / 0.6, 12.5, 20])
    assert (written.groups[0].frame, found(written)) == (CORNERS_PERCENT, [("rotated-box", "look", 0)])


def test_polygons_and_ellipses_have_the_boxes_round_them(tmp_path: Path) -> None:
    polygon = region("polygonlabels", points=[[5, 60], [30, 60], [30, 95]])
    ellipse = region("ellipselabels", x=50, y=50, radiusX=10, radiusY=20)
    turned = region("ellipselabels", x=50, y=50, radiusX=10, radiusY=20, rotation=90)
    written = read(tmp_path, [task(annotation(polygon, ellipse, turned))])
    # 8 x 12 px turned by a quarter are 12 x 8 px.
    expected: list[list[float]] = [[5, 60, 30, 95], [40, 30, 60, 70], [35, 50 - 8 / 0.6, 65, 50 + 8 / 0.6]]
    np.testing.assert_allclose(boxes(written), expected)
    assert written.polygons == {0: [[5, 60, 30, 60, 30, 95]]}
    assert {group.frame for group in written.groups} == {CORNERS_PERCENT}


def test_an_ellipse_on_the_slant_is_as_wide_as_the_points_on_it(tmp_path: Path) -> None:
    ellipse = region("ellipselabels", x=50, y=50, radiusX=30, radiusY=10, rotation=30)
    written = read(tmp_path, [task(annotation(ellipse))])
    angles = np.linspace(0, 2 * math.pi, 100_000)
    x, y = 24 * np.cos(angles), 6 * np.sin(angles)
    turned_x = x * math.cos(math.pi / 6) - y * math.sin(math.pi / 6)
    turned_y = x * math.sin(math.pi / 6) + y * math.cos(math.pi / 6)
    expected = [
        50 - turned_x.max() / 0.8,
        50 - turned_y.max() / 0.6,
        50 + turned_x.max() / 0.8,
        50 + turned_y.max() / 0.6,
    ]
    np.testing.assert_allclose(boxes(written)[0], expected, atol=1e-6)


def bare(kind: str, key: str, **value: Any) -> dict[str, Any]:
    return {"id": key, "type": kind, "from_name": kind, "to_name": "image", "value": value}


def test_shapes_and_labels_of_their_own_are_paired_by_their_id(tmp_path: Path) -> None:
    place = {"x": 1, "y": 2, "width": 3, "height": 4}
    result = [
        bare("labels", "two", **place, labels=["dog"]),
        bare("rectangle", "one", **place),
        bare("rectangle", "two", **{**place, "x": 5}),
        bare("labels", "one", **place, labels=["cat"]),
        bare("labels", "three", **{**place, "x": 9}, labels=["bird"]),
    ]
    written = read(tmp_path, [task(annotation(*result))])
    assert (boxes(written), written.token) == ([[1, 2, 3, 4], [5, 2, 3, 4], [9, 2, 3, 4]], ["cat", "dog", "bird"])
    assert written.findings == []


def test_answers_about_a_region_are_attributes_and_others_are_left_out(tmp_path: Path) -> None:
    place = {"x": 10, "y": 20, "width": 30, "height": 40}
    result = [
        rectangle(),
        {**bare("choices", "r", **place, choices=["wet", "old"]), "from_name": "state"},
        bare("textarea", "r", **place, text=["a note"]),
        bare("choices", "c", choices=["blurred"]),
        {"type": "relation", "from_id": "r", "to_id": "s"},
    ]
    written = read(tmp_path, [task(annotation(*result))])
    assert written.attributes == {0: {"state": "wet, old", "textarea": "a note"}}
    assert written.left_out == {"choices": 1, "relation": 1}
    assert found(written) == [("left-out", "look", 0)]


def test_a_region_of_two_labels_is_an_object_of_each(tmp_path: Path) -> None:
    assert read(tmp_path, [task(annotation(rectangle(labels=("cat", "dog"))))]).token == ["cat", "dog"]


@pytest.mark.parametrize(
    ("wrong", "check", "token"),
    [
        (rectangle(labels=()), "unknown-class", ""),
        (rectangle(labels=None), "unknown-class", ""),
        (rectangle(labels=[7]), "unknown-class", ""),
        (rectangle(x="left"), "malformed-line", "cat"),
        (rectangle(x=float("nan")), "non-finite", "cat"),
        (rectangle(width=None), "malformed-line", "cat"),
        (rectangle(rotation="some"), "malformed-line", "cat"),
        ({**rectangle(rotation=30), "original_width": None}, "malformed-line", "cat"),
        (region("polygonlabels", points=[[1, 2], [3, 4]]), "malformed-line", "cat"),
        (region("polygonlabels", points=[[1, 2], [3, 4], [5]]), "malformed-line", "cat"),
        (region("brushlabels", format="rle", rle=[1]), "unsupported-shape", "cat"),
        (region("keypointlabels", x=1, y=2), "unsupported-shape", "cat"),
        (bare("rectangle", "alone", x=1, y=2, width=3, height=4), "unknown-class", ""),
        ({"type": "rectanglelabels", "value": 7}, "unknown-class", ""),
        (7, "unknown-class", ""),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_region_that_cannot_be_read_blocks_with_its_place(tmp_path: Path, wrong: Any, check: str, token: str) -> None:
    written = read(tmp_path, [task(), task(annotation({**rectangle(), "id": "x"}, wrong), image="b.jpg")])
    assert found(written) == [(check, "blocks", 2)]
    assert written.findings[0].message.startswith("export.json, task 2, region 2: ")
    assert (written.unreadable, len(written.token)) == ([(1, token)], 1)


ONE, TWO = annotation(rectangle(1)), annotation(rectangle(2), id=2)
COUNTS = {
    "cancelled": ([ONE, {**TWO, "was_cancelled": True}], 1, "cancelled annotations"),
    "skipped": ([ONE, {**TWO, "skipped": True}], 1, "cancelled annotations"),
    "older": ([ONE, {**TWO, "updated_at": "2023-01-01T00:00:00Z"}], 1, "older annotations"),
    "a smaller id": ([{**ONE, "id": 12}, TWO], 1, "older annotations"),
    "the same twice": ([ONE, ONE], 1, "repeated tasks"),
    "another's": ([ONE, {**TWO, "completed_by": 2}], 1, "other annotators"),
    "another's, marked": ([ONE, {**TWO, "completed_by": 2, "ground_truth": True}], 2, "other annotators"),
    "by address": (
        [{**ONE, "completed_by": {"id": 3, "email": "a@x"}}, {**TWO, "completed_by": {"id": 1, "email": "b@x"}}],
        1,
        "other annotators",
    ),
}


@pytest.mark.parametrize(("annotations", "x", "reason"), COUNTS.values(), ids=COUNTS.keys())
def test_one_annotation_of_an_image_is_taken_and_the_others_are_counted(
    tmp_path: Path, annotations: list[Any], x: float, reason: str
) -> None:
    for order in (annotations, annotations[::-1]):
        written = read(tmp_path, [task(*order)])
        assert [box[0] for box in boxes(written)] == [x]
        assert written.left_out == {reason: 1}
        checks = ["several-annotators"] if reason == "other annotators" else []
        assert [check for check, *_ in found(written)] == [*checks, "left-out"]


def test_whoever_annotated_most_images_is_taken_and_another_can_be_asked_for(tmp_path: Path) -> None:
    both = [annotation(rectangle(1)), annotation(rectangle(2), id=2, completed_by=2, created_at="2025-01-01T00:00:00Z")]
    tasks = [task(*both), task(annotation(rectangle(3), id=3), image="b.jpg", id=2)]
    assert [box[0] for box in boxes(read(tmp_path, tasks))] == [1, 3]
    asked = read(tmp_path, tasks, annotator="2")
    assert [box[0] for box in boxes(asked)] == [2, 3]
    assert [entry.attributes["annotator"] for entry in asked.entries] == ["2", "1"]
    assert asked.findings[0].message == (
        'export.json: 1 images have annotations of several annotators, and one\'s were taken: those of "2" for 1. '
        'The annotators are "1" with 2, "2" with 1 images.'
    )


def test_a_task_that_is_exported_twice_adds_nothing(tmp_path: Path) -> None:
    one = task(annotation(rectangle(), rectangle(labels=("dog",))), image="https://store/x/a.jpg?signature=1")
    again = task(*one["annotations"], image="https://store/x/a.jpg?signature=2")
    written = read(tmp_path, [one, again])
    assert (len(written.entries), len(written.token), written.left_out) == (1, 2, {"repeated tasks": 2})


def test_predictions_and_drafts_are_left_out(tmp_path: Path) -> None:
    guess = {"id": 9, "result": [rectangle(), rectangle()], "score": 0.9}
    written = read(tmp_path, [task(predictions=[guess], drafts=[{"id": 3, "result": [rectangle()]}])])
    assert (written.token, written.left_out) == ([], {"predictions": 2, "drafts": 1})
    assert [entry.is_annotated for entry in written.entries] == [False]


def test_old_exports_have_completions(tmp_path: Path) -> None:
    old = {
        "id": 1,
        "data": {"image": "a.jpg"},
        "completions": [{"id": 1, "result": [rectangle()], "created_at": 1600000000}],
    }
    written = read(tmp_path, [old])
    assert (written.token, written.entries[0].image) == (["cat"], "a.jpg")


@pytest.mark.parametrize("content", ["task", "annotation"])
def test_single_tasks_as_a_storage_has_them_are_read(tmp_path: Path, content: str) -> None:
    whole = task(annotation(rectangle()))
    single = whole if content == "task" else {**whole["annotations"][0], "task": {"id": 1, "data": whole["data"]}}
    assert read(tmp_path, single).token == ["cat"]


def test_json_min_is_read(tmp_path: Path) -> None:
    sizes = {"original_width": 80, "original_height": 60}
    value = {"x": 1, "y": 2, "width": 3, "height": 4, "rotation": 0, "rectanglelabels": ["cat"], **sizes}
    first = {"image": "a.jpg", "id": 1, "label": [value], "choice": "blurred", "annotator": 1, "annotation_id": 1}
    empty = {"image": "b.jpg", "id": 2, "annotator": 1, "annotation_id": 2}
    written = read(tmp_path, [first, {**first, "annotation_id": 2, "annotator": 2}, empty, {"image": "c.jpg", "id": 3}])
    assert (boxes(written), written.token) == ([[1, 2, 3, 4]], ["cat"])
    assert [(entry.image, entry.is_annotated) for entry in written.entries] == [
        ("a.jpg", True),
        ("b.jpg", True),
        ("c.jpg", False),
    ]
    assert written.entries[0].attributes == {"choice": "blurred", "annotator": "1"}
    assert (written.entries[0].width, written.left_out) == (80, {"other annotators": 1})


def test_regions_that_a_table_of_tasks_holds_as_text_are_read(tmp_path: Path) -> None:
    value = {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["cat"]}
    note = '[{"text": "no region"}]'
    record = {"image": "a.jpg", "label": json.dumps([value]), "note": note, "annotation_id": 1, "lead_time": 3.5}
    written = read(tmp_path, [record])
    assert (boxes(written), written.token) == ([[1, 2, 3, 4]], ["cat"])
    assert written.entries[0].attributes["note"] == note


def test_an_empty_annotation_is_background_and_none_or_a_cancelled_one_is_not(tmp_path: Path) -> None:
    answer = bare("choices", "c", choices=["blurred"])
    tasks = [
        task(annotation(rectangle()), image="a.jpg"),
        task(annotation(), image="b.jpg"),
        task(image="c.jpg"),
        task(annotation(was_cancelled=True), image="d.jpg"),
        task(annotation(answer), image="e.jpg"),
        task(annotation(), 7, image="f.jpg"),
    ]
    assert [entry.is_annotated for entry in read(tmp_path, tasks).entries] == [True, True, False, False, True, False]
    # A project of answers alone marks no objects.
    assert [entry.is_annotated for entry in read(tmp_path, tasks[4:5]).entries] == [False]


def test_each_image_of_a_task_gets_its_regions(tmp_path: Path) -> None:
    result = [rectangle(1), {**rectangle(2), "to_name": "right"}]
    written = read(tmp_path, [task(annotation(*result), data={"right": "r.jpg", "image": "l.jpg", "note": "x"})])
    assert [entry.image for entry in written.entries] == ["l.jpg", "r.jpg"]
    assert list(written.entry) == [0, 1]
    assert written.entries[0].attributes == {"note": "x", "annotator": "1"}


RESOLVED = base64.urlsafe_b64encode(b"s3://bucket/deep/a b.jpg").decode()


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/data/upload/1/0f6142fb-a.jpg", ["/data/upload/1/0f6142fb-a.jpg", "0f6142fb-a.jpg", "a.jpg"]),
        ("/data/local-files/?d=set%20one/b%20%C3%A4.jpg", ["set%20one/b%20%C3%A4.jpg", "set one/b ä.jpg", "b ä.jpg"]),
        ("http://localhost:8080/data/local-files/?x=1&d=s/a.jpg", ["s/a.jpg", "a.jpg"]),
        ("s3://bucket/deep/a.jpg", ["deep/a.jpg", "a.jpg"]),
        ("https://host/x/a.jpg?token=1#top", ["x/a.jpg", "a.jpg"]),
        (f"/tasks/3/resolve/?fileuri={RESOLVED}", ["deep/a b.jpg", "a b.jpg"]),
        ("a.jpg", ["a.jpg"]),
        ("D:\\x\\a.jpg", ["D:\\x\\a.jpg", "a.jpg"]),
        ("data:image/png;base64,AAAA", []),
        ("a\0.jpg", []),
    ],
)
def test_an_address_gives_the_path_as_written_and_further_names(address: str, names: list[str]) -> None:
    assert names_of(address) == names


def test_an_embedded_image_goes_by_its_uploaded_file_or_blocks(tmp_path: Path) -> None:
    embedded = task(annotation(rectangle()), image="data:image/png;base64,AAAA")
    written = read(tmp_path, [{**embedded, "file_upload": "0f6142fb-a.jpg"}])
    assert (written.entries[0].image, written.entries[0].other_images) == ("0f6142fb-a.jpg", ("a.jpg",))
    for nameless in (embedded, task(annotation(rectangle()), data={"text": "x"})):
        written = read(tmp_path, [nameless])
        assert (written.entries, written.unreadable) == ([], [(-1, "cat")])
        assert found(written) == [("malformed-line", "blocks", 1)]


def test_a_turned_view_is_told(tmp_path: Path) -> None:
    written = read(tmp_path, [task(annotation({**rectangle(), "image_rotation": 90}))])
    assert found(written) == [("turned-view", "look", 0)]


def test_half_a_character_in_a_label_is_told(tmp_path: Path) -> None:
    written = read(tmp_path, [task(annotation(rectangle(labels=("c\ud800",))))])
    assert (written.token, found(written)) == (["c?"], [("bad-name", "fixed", 1)])


@pytest.mark.parametrize("content", ["[", "7", '"text"'])
def test_a_file_that_holds_no_tasks_is_refused(tmp_path: Path, content: str) -> None:
    written = read(tmp_path, content)
    assert [entry[:2] for entry in found(written)] == [("malformed-file", "blocks")]


@pytest.mark.parametrize(
    ("content", "is_claimed"),
    [
        ([task(annotation(rectangle()))], True),
        ([task()], True),
        (task(annotation(rectangle())), True),
        ([{"image": "a.jpg", "label": [{"x": 1, "rectanglelabels": ["cat"]}]}], True),
        ([{"image": "a.jpg", "annotator": 1, "annotation_id": 1, "lead_time": 3.5}], True),
        ({"images": [], "annotations": [], "categories": []}, False),
        ([{"file_name": "a.jpg", "annotations": [{"bbox": [1, 2, 3, 4]}]}], False),
        ([{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": {}}]}], False),
        ({"shapes": [{"label": "cat", "points": []}], "imagePath": "a.jpg"}, False),
        ({"_via_img_metadata": {}, "_via_settings": {}}, False),
        ({"assets": {}, "tags": []}, False),
        ({"categories": {}, "items": [{"annotations": []}]}, False),
    ],
    ids=lambda value: str(value)[:60],
)
def test_exports_are_claimed_and_no_other_files(tmp_path: Path, content: Any, is_claimed: bool) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content, indent=1))
    assert labelstudio.claim(take_sample(SourceTree.walk(tmp_path), "a.json")) == is_claimed


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "r", "a.jpg", "\ud800", "labels"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["result", "x", "type"]), inner),
    max_leaves=8,
)


@st.composite
def almost_documents(draw: st.DrawFn) -> Any:
    place = {"x": 1, "y": 2, "width": 3, "height": 4}
    items = [rectangle(), bare("rectangle", "a", **place), bare("labels", "a", **place, labels=["cat"])]
    one, two = annotation(*items), annotation(rectangle(rotation=3), id=2, completed_by=2)
    whole = [task(one, two), task(one), {"image": "b.jpg", "label": [dict(items[0]["value"])], "annotation_id": 3}]
    places: list[Any] = [*whole, one, two, *items, *(item["value"] for item in items), whole[0]["data"]]
    for _ in range(draw(st.integers(1, 4))):
        changed = draw(st.sampled_from(places))
        changed[draw(st.sampled_from(sorted(changed)))] = draw(ANYTHING)
    return whole


@settings(max_examples=200, deadline=None, derandomize=True)
@given(almost_documents() | ANYTHING)
def test_any_value_anywhere_is_read_or_told(whole: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = read(Path(folder), whole)
    assert len(written.values) == 4 * len(written.token)
    assert np.isfinite(np.array(written.values)).all()
    assert not written.unreadable or any(finding.severity is Severity.BLOCKS for finding in written.findings)
    for text in [*written.token, *(finding.message for finding in written.findings), repr(written.attributes)]:
        text.encode()
