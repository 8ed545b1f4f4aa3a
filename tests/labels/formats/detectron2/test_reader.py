"""Detectron2 dataset dicts as JSON.

Schema (Detectron2, "Use Custom Datasets", Standard Dataset Dicts): a list of {file_name, height, width, image_id,
annotations [{bbox, bbox_mode, category_id, segmentation, keypoints, iscrowd}]}. bbox_mode is structures.BoxMode:
XYXY_ABS 0, XYWH_ABS 1, XYXY_REL 2, XYWH_REL 3 (shares of the image), XYWHA_ABS 4 (centre, size, and degrees against the
clock). category_id counts from 0; names are in the metadata. Segmentations are COCO's.
"""

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
from core.labels.formats.detectron2 import reader as detectron2
from core.labels.formats.written import (
    CORNER_SIZE_PX,
    CORNER_SIZE_SHARE,
    CORNERS_PX,
    CORNERS_SHARE,
    Frame,
    Group,
    Written,
)
from core.labels.sources.sample import take_sample
from core.labels.sources.source_tree import SourceTree

SQUARE = [40, 20, 70, 20, 70, 50, 40, 50]


def record(*annotations: Any, **changes: Any) -> dict[str, Any]:
    whole = {"file_name": "/home/x/pics/a.jpg", "image_id": 0, "height": 60, "width": 80}
    return {**whole, "annotations": list(annotations), **changes}


def box(*numbers: Any, **changes: Any) -> dict[str, Any]:
    return {"bbox": list(numbers), "bbox_mode": 0, "category_id": 1, **changes}


def read(folder: Path, content: Any) -> Written:
    (folder / "train.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return detectron2.read(SourceTree.walk(folder), ["train.json"])


def boxes(written: Written) -> list[list[float]]:
    return np.array(written.values).reshape(-1, 4).tolist()


def found(written: Written) -> list[tuple[str, str, int]]:
    return [(finding.check, str(finding.severity), finding.line) for finding in written.findings]


def test_records_are_images_and_classes_are_numbers(tmp_path: Path) -> None:
    written = read(
        tmp_path, [record(box(10, 10, 50, 40), box(1, 2, 3, 4, category_id=0, iscrowd=1)), record(file_name="b.jpg")]
    )
    images = [(entry.image, entry.width, entry.height, entry.split, entry.is_annotated) for entry in written.entries]
    assert images == [("/home/x/pics/a.jpg", 80, 60, "train", True), ("b.jpg", 80, 60, "train", True)]
    assert (written.token, written.is_indexed, written.classes) == (["1", "0"], True, [])
    assert (boxes(written), list(written.line), written.crowd) == ([[10, 10, 50, 40], [1, 2, 3, 4]], [1, 1], {1})
    assert written.findings == []


@pytest.mark.parametrize(
    ("mode", "frame"),
    [
        (0, CORNERS_PX),
        (1, CORNER_SIZE_PX),
        (2, CORNERS_SHARE),
        (3, CORNER_SIZE_SHARE),
        (1.0, CORNER_SIZE_PX),
        ("1", CORNER_SIZE_PX),
        ("BoxMode.XYXY_ABS", CORNERS_PX),
        ("<BoxMode.XYWH_ABS: 1>", CORNER_SIZE_PX),
        ("XYWH_REL", CORNER_SIZE_SHARE),
        (None, None),
    ],
    ids=str,
)
def test_the_mode_of_a_box_gives_its_frame(tmp_path: Path, mode: Any, frame: Frame | None) -> None:
    written = read(tmp_path, [record(box(0.1, 0.2, 0.3, 0.4, bbox_mode=mode))])
    group = written.groups[written.group[0]]
    assert (boxes(written), group.frame) == ([[0.1, 0.2, 0.3, 0.4]], frame)
    assert set(group.rivals) == {CORNERS_PX, CORNER_SIZE_PX, CORNERS_SHARE, CORNER_SIZE_SHARE} - {frame}
    assert group.key.startswith("train.json, ")
    assert group.what


def test_each_mode_is_a_group(tmp_path: Path) -> None:
    missing = {"bbox": [5, 40, 20, 15], "category_id": 0}
    written = read(tmp_path, [record(box(1, 1, 2, 2), box(3, 3, 4, 4, bbox_mode=1), missing), record(box(5, 5, 6, 6))])
    assert list(written.group) == [0, 1, 2, 0]
    assert [group.what for group in written.groups] == [
        "boxes with bbox_mode XYXY_ABS", "boxes with bbox_mode XYWH_ABS", "boxes with no bbox_mode",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", [4, "BoxMode.XYWHA_ABS", None], ids=str)
def test_a_turned_box_is_the_upright_one_round_it_and_keeps_its_polygon(tmp_path: Path, mode: Any) -> None:
    """By hand: 20 x 10 about (60, 10), turned by 30 degrees, is 20 cos 30 + 10 sin 30 wide."""
    written = read(tmp_path, [record(box(60, 10, 20, 10, 30, bbox_mode=mode))])
    width, height = 10 * math.sqrt(3) + 5, 10 + 5 * math.sqrt(3)
    expected = [60 - width / 2, 10 - height / 2, 60 + width / 2, 10 + height / 2]
    np.testing.assert_allclose(boxes(written)[0], expected)
    # Against the clock: the right end is higher on the screen than the left one.
    corners = np.array(written.polygons[0][0]).reshape(4, 2)
    assert corners[1:3, 1].mean() < corners[[0, 3], 1].mean()
    assert written.groups[0] == Group(
        key="train.json, XYWHA_ABS", frame=CORNERS_PX, what="boxes with bbox_mode XYWHA_ABS"
    )
    assert found(written) == [("rotated-box", "look", 0)]


def test_masks_are_kept_in_the_unit_of_their_boxes(tmp_path: Path) -> None:
    runs = {"size": [60, 80], "counts": [0, 4800]}
    annotations = [
        box(40, 20, 70, 50, segmentation=[SQUARE]),
        box(0.5, 0.3, 0.9, 0.8, bbox_mode=2, segmentation=[SQUARE]),
        box(0, 0, 80, 60, segmentation=runs),
        box(0, 0, 80, 60, segmentation={"size": [60, 80], "counts": "b'P[2'"}),
        box(0, 0, 80, 60, segmentation=[]),
    ]
    written = read(tmp_path, [record(*annotations), record(annotations[1], width=None)])
    scaled = [side / (80, 60)[index % 2] for index, side in enumerate(SQUARE)]
    assert written.polygons == {0: [list(map(float, SQUARE))], 1: [pytest.approx(scaled)]}
    assert json.loads(written.run_lengths[2]) == runs
    assert [entry[0] for entry in found(written)] == ["bad-segmentation", "bad-segmentation"]


@pytest.mark.parametrize("bbox", [None, [], [0, 0, 0, 0]], ids=str)
def test_an_object_without_a_box_gets_the_one_round_its_mask(tmp_path: Path, bbox: Any) -> None:
    written = read(tmp_path, [record({"bbox": bbox, "category_id": 1, "bbox_mode": 1, "segmentation": [SQUARE]})])
    assert (boxes(written), written.groups[0].frame) == ([[40, 20, 70, 50]], CORNERS_PX)
    assert found(written) == [("box-from-segmentation", "look", 0)]


@pytest.mark.parametrize(
    ("annotation", "check", "token"),
    [
        (box(1, 1, 9), "malformed-line", "1"),
        (box(1, 1, 9, 9, 9), "malformed-line", "1"),
        (box(1, 1, 9, 9, bbox_mode=4), "malformed-line", "1"),
        (box(1, 1, 9, 9, bbox_mode=5), "malformed-line", "1"),
        (box(1, 1, 9, 9, bbox_mode="XYXYX_ABS"), "malformed-line", "1"),
        (box(1, 1, 9, 9, bbox_mode=True), "malformed-line", "1"),
        (box(1, 1, 9, float("nan")), "non-finite", "1"),
        (box(1, 1, 9, 10**400), "non-finite", "1"),
        (box(1, 1, 9, 1e9), "non-finite", "1"),
        (box(1, 1, 9, [[]]), "malformed-line", "1"),
        (box(1, 1, 9, 9, category_id=None), "unknown-class", ""),
        (box(1, 1, 9, 9, category_id=1.5), "unknown-class", ""),
        (box(1, 1, 9, 9, iscrowd=2), "malformed-line", "1"),
        ({"category_id": 1}, "malformed-line", "1"),
        (7, "malformed-line", ""),
    ],
    ids=lambda value: str(value)[:60],
)
def test_an_object_that_cannot_be_read_blocks_with_its_place(
    tmp_path: Path, annotation: Any, check: str, token: str
) -> None:
    written = read(tmp_path, [record(), record(box(1, 1, 2, 2), annotation)])
    assert found(written) == [(check, "blocks", 2)]
    assert written.findings[0].message.startswith("train.json, record 2, object 2: ")
    assert (written.unreadable, len(written.token)) == ([(1, token)], 1)


@pytest.mark.parametrize("name", [None, "", 7, [], "a\0b"], ids=repr)
def test_objects_of_a_record_without_an_image_are_counted(tmp_path: Path, name: Any) -> None:
    written = read(tmp_path, [record(box(1, 1, 2, 2), box(1, 1, 2, 2), file_name=name), 7])
    assert found(written) == [("malformed-line", "blocks", 1), ("malformed-line", "blocks", 2)]
    assert (written.entries, written.unreadable) == ([], [(-1, "1"), (-1, "1")])


def test_a_record_without_annotations_is_not_labelled_and_one_with_none_is_background(tmp_path: Path) -> None:
    records = [record(), record(annotations=None), record(annotations=7)]
    written = read(tmp_path, records)
    assert [entry.is_annotated for entry in written.entries] == [True, False, False]
    assert found(written) == [("malformed-line", "blocks", 3)]


def test_other_fields_are_attributes_and_keypoints_are_told(tmp_path: Path) -> None:
    written = read(tmp_path, [record(box(1, 1, 2, 2, occluded=True, keypoints=[1, 1, 2]), weather="rain")])
    assert (written.attributes, written.entries[0].attributes) == ({0: {"occluded": "true"}}, {"weather": "rain"})
    assert found(written) == [("left-out", "look", 0)]


@pytest.mark.parametrize("content", ["{}", "[", "7"])
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, content: str) -> None:
    written = read(tmp_path, content)
    assert [entry[:2] for entry in found(written)] == [("malformed-file", "blocks")]
    assert written.unreadable_files == {"train.json"}


def test_a_thousand_faults_of_a_kind_are_named_and_all_are_counted(tmp_path: Path) -> None:
    written = read(tmp_path, [record(*[7] * 1_500)])
    assert (len(written.findings), len(written.unreadable)) == (1_001, 1_500)
    assert written.findings[-1].message == "train.json: 500 more records like these."


@pytest.mark.parametrize(
    ("content", "is_claimed"),
    [
        ([record(box(1, 1, 2, 2))], True),
        ([record()], True),
        ({"images": [record()], "annotations": [], "categories": []}, False),
        ([{"image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "score": 0.5}], False),
        ([{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": {}}]}], False),
        ([{"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": []}]}], False),
        ([], False),
    ],
)
def test_lists_of_records_are_claimed_and_no_others(tmp_path: Path, content: Any, is_claimed: bool) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content, indent=1))
    assert detectron2.claim(take_sample(SourceTree.walk(tmp_path), "a.json")) == is_claimed


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "1", "a.jpg", "\ud800", "XYWH_ABS"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["size", "counts", "bbox"]), inner),
    max_leaves=8,
)


@st.composite
def almost_documents(draw: st.DrawFn) -> Any:
    whole = [record(box(1, 1, 9, 9, segmentation=[SQUARE]), box(1, 1, 9, 9, 30, bbox_mode=4)), record()]
    for _ in range(draw(st.integers(1, 4))):
        place: Any = draw(st.sampled_from([*whole, *whole[0]["annotations"]]))
        place[draw(st.sampled_from(sorted(place)))] = draw(ANYTHING)
        if not isinstance(whole[0]["annotations"], list):
            break
        if not all(isinstance(value, dict) for value in whole[0]["annotations"]):
            break
        if not whole[0]["annotations"]:
            break
    return whole


@settings(max_examples=150, deadline=None, derandomize=True)
@given(almost_documents() | ANYTHING)
def test_any_value_anywhere_is_read_or_told(whole: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = read(Path(folder), whole)
    assert len(written.values) == 4 * len(written.token)
    assert np.isfinite(np.array(written.values)).all()
    records = whole if isinstance(whole, list) else []
    lists = [value.get("annotations") for value in records if isinstance(value, dict)]
    assert len(written.token) + len(written.unreadable) == sum(len(v) for v in lists if isinstance(v, list))
    assert not written.unreadable or any(finding.severity is Severity.BLOCKS for finding in written.findings)
    for finding in written.findings:
        finding.message.encode()
