"""COCO JSON as written: images, classes and objects of one or more files, and whatever a hostile file holds.

Schema (COCO, "Data format"): images [{id, file_name, width, height}], categories [{id, name}], annotations [{id,
image_id, category_id, bbox [x, y, width, height] in px from the top left corner, area in px^2, iscrowd 0 or 1,
segmentation}]. A segmentation is a list of polygons [x1, y1, …] in px, or run lengths {size [height, width], counts}
down the columns, as numbers or compressed to letters. Captions: annotations [{id, image_id, caption}]. Keypoints:
`keypoints` and `num_keypoints` beside a box. Panoptic: annotations [{image_id, file_name, segments_info}]. Results: a
bare list [{image_id, category_id, bbox, score}].
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as run_lengths

from core.labels.findings import Severity
from core.labels.formats.coco import reader as coco
from core.labels.formats.written import CORNER_SIZE_PX, CORNER_SIZE_SHARE, CORNERS_PX, CORNERS_SHARE, Written
from core.labels.sources.sample import take_sample
from core.labels.sources.source_tree import SourceTree

SQUARE = [4, 5, 24, 5, 24, 35, 4, 35]


def document(**changes: Any) -> dict[str, Any]:
    """One image with one object of class `cat`, id 7."""
    whole = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
        "annotations": [annotation(area=600, iscrowd=0)],
        "categories": [{"id": 7, "name": "cat"}],
    }
    return {**whole, **changes}


def annotation(**changes: Any) -> dict[str, Any]:
    """An object of the document's image and class."""
    return {"id": 1, "image_id": 1, "category_id": 7, "bbox": [4, 5, 20, 30], **changes}


def objects(*annotations: Any) -> dict[str, Any]:
    return document(annotations=list(annotations))


def read(folder: Path, **files: Any) -> Written:
    """Reads files by their name without suffix; a text or bytes as they are, anything else as JSON."""
    for name, content in files.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content if isinstance(content, str | bytes) else json.dumps(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    tree = SourceTree.walk(folder)
    return coco.read(tree, tree.with_suffix(".json"))


def boxes(written: Written) -> list[list[float]]:
    return np.array(written.values).reshape(-1, 4).tolist()


def found(written: Written) -> list[tuple[str, str, int]]:
    return [(finding.check, str(finding.severity), finding.line) for finding in written.findings]


def object_count(written: Written) -> int:
    return len(written.token) + len(written.unreadable) + written.left_out.total()


def test_images_classes_and_objects_are_as_written(tmp_path: Path) -> None:
    written = read(tmp_path, ann=document(categories=[{"id": 7, "name": "cat"}, {"id": 2, "name": "dog"}]))
    entry = written.entries[0]
    assert (entry.file, entry.line, entry.image, entry.width, entry.height) == ("ann.json", 1, "a.jpg", 64, 48)
    assert (boxes(written), written.token, list(written.line)) == ([[4, 5, 20, 30]], ["cat"], [1])
    assert written.classes == [("cat", "7"), ("dog", "2")]
    assert written.findings == []
    group = written.groups[written.group[0]]
    assert (group.frame, group.rivals) == (CORNER_SIZE_PX, (CORNERS_PX, CORNER_SIZE_SHARE, CORNERS_SHARE))


@pytest.mark.parametrize("box", [[0.25, 0.25, 0.5, 0.5], [40, 25, -20, -15], [-5, -5, 250, 200]], ids=str)
def test_numbers_of_a_box_stay_as_written(tmp_path: Path, box: list[float]) -> None:
    assert boxes(read(tmp_path, ann=objects(annotation(bbox=box)))) == [box]


@pytest.mark.parametrize("key", ["x", 0, 10**30, -4, 2.0], ids=str)
def test_ids_of_any_kind_join(tmp_path: Path, key: Any) -> None:
    whole = document(
        images=[{"id": key, "file_name": "a.jpg"}],
        categories=[{"id": key, "name": "cat"}],
        annotations=[annotation(image_id=key, category_id=key)],
    )
    assert boxes(read(tmp_path, ann=whole)) == [[4, 5, 20, 30]]


def test_numbers_and_ids_as_text_are_read(tmp_path: Path) -> None:
    """As VIA writes them."""
    written = read(
        tmp_path,
        ann=document(
            images=[{"id": 1, "file_name": "a.jpg", "width": "64", "height": 48.0}],
            annotations=[annotation(image_id="1", category_id="7", bbox=["4", "5.0", 20, 30.0], area="600")],
        ),
    )
    assert (boxes(written), written.entries[0].width, written.entries[0].height) == ([[4, 5, 20, 30]], 64, 48)
    assert written.findings == []


FILLED = {"size": [48, 64], "counts": [5, 20, 3047]}
LETTERS = {"size": [48, 64], "counts": "5d0Wo2"}


@pytest.mark.parametrize(
    ("shape", "polygons", "runs"),
    [
        ([[4, 5, 24, 5, 24, 35]], [[4, 5, 24, 5, 24, 35]], None),
        (FILLED, None, FILLED),
        (LETTERS, None, LETTERS),
        ({"size": [480, 640], "counts": [5, 20, 307175]}, None, {"size": [480, 640], "counts": [5, 20, 307175]}),
        ([], None, None),
        (None, None, None),
    ],
    ids=["polygon", "counts", "compressed", "of another size than claimed", "empty", "null"],
)
def test_masks_are_kept_as_written(tmp_path: Path, shape: Any, polygons: Any, runs: Any) -> None:
    written = read(tmp_path, ann=objects(annotation(segmentation=shape, area=300, iscrowd=1)))
    assert written.polygons == ({0: polygons} if polygons else {})
    assert {row: json.loads(text) for row, text in written.run_lengths.items()} == ({0: runs} if runs else {})
    assert (written.areas, written.crowd, written.findings) == ({0: 300}, {0}, [])


WHOLE_SQUARE = [[4.0, 5.0, 24.0, 5.0, 24.0, 35.0, 4.0, 35.0]]


@pytest.mark.parametrize(
    "shape",
    [
        SQUARE,
        [[str(number) for number in SQUARE]],
        [[4, 5], [24, 5], [24, 35], [4, 35]],
        [[[4, 5], [24, 5], [24, 35], [4, 35]]],
    ],
    ids=["one flat list", "texts", "pairs", "a list of pairs"],
)
def test_a_polygon_in_a_wrong_form_is_mended_and_told(tmp_path: Path, shape: Any) -> None:
    written = read(tmp_path, ann=objects(annotation(segmentation=shape)))
    assert written.polygons == {0: WHOLE_SQUARE}
    assert found(written) == [("mended-segmentation", "fixed", 1)]


@pytest.mark.parametrize("seed", range(6))
def test_run_lengths_written_as_python_shows_bytes_are_mended(tmp_path: Path, seed: int) -> None:
    """`str(bytes)` doubles a backslash; the masks are random, so that their letters include it."""
    mask = np.asfortranarray(np.random.default_rng(seed).random((48, 64)) < 0.02, dtype=np.uint8)
    coded = run_lengths.encode(mask)["counts"]
    written = read(tmp_path, ann=objects(annotation(segmentation={"size": [48, 64], "counts": str(coded)})))
    assert json.loads(written.run_lengths[0]) == {"size": [48, 64], "counts": coded.decode()}
    assert found(written) == [("mended-segmentation", "fixed", 1)]


@pytest.mark.parametrize(
    "shape",
    [
        {"size": [48, 64], "counts": "b'not a run length'"},
        {"size": [48, 64], "counts": "b'"},
        {"size": [48, 64], "counts": [5, 20]},
        {"size": [48, 64]},
        {"counts": [1]},
        {"size": [2**40, 2**40], "counts": [2**80]},
        {"size": [48.0, 64], "counts": [3072]},
        [[1, 2, 3, 4]],
        [[1, 2], [3, 4]],
        [[1, 2, 3, 4, 5, float("nan")]],
        [[1, 2, 3, 4, 5, 1e9]],
        [[1, 2, 3, 4, 5, 10**400]],
        [[1, 2, 3, 4, 5, True]],
        [[[]]],
        "a text",
        7,
        True,
    ],
    ids=lambda shape: str(shape)[:30],
)
def test_a_mask_that_cannot_be_read_is_dropped_and_told_and_its_box_stays(tmp_path: Path, shape: Any) -> None:
    written = read(tmp_path, ann=objects(annotation(segmentation=shape)))
    assert (boxes(written), written.polygons, written.run_lengths) == ([[4, 5, 20, 30]], {}, {})
    assert found(written) == [("bad-segmentation", "look", 1)]


@pytest.mark.parametrize(
    "box", [{"bbox": [0, 0, 0, 0]}, {"bbox": []}, {"bbox": None}, {"bbox": [0.0, 0, "0", 0]}], ids=str
)
def test_an_empty_box_is_taken_from_a_sound_polygon(tmp_path: Path, box: dict[str, Any]) -> None:
    two = [annotation(id=key, segmentation=[SQUARE], **box) for key in (1, 2)]
    written = read(tmp_path, ann=objects(*two))
    assert boxes(written) == [[4, 5, 20, 30]] * 2
    assert found(written) == [("box-from-segmentation", "look", 1)]
    assert written.findings[0].message.startswith("ann.json: 2 objects have no box, or one of zeros")


def test_a_box_round_run_lengths_is_in_px_whatever_the_other_boxes_are_in(tmp_path: Path) -> None:
    written = read(
        tmp_path, ann=objects(annotation(bbox=[0.1, 0.1, 0.5, 0.5]), annotation(id=2, bbox=[], segmentation=FILLED))
    )
    assert boxes(written) == [[0.1, 0.1, 0.5, 0.5], [0, 5, 1, 20]]
    frames = [(written.groups[group].frame, len(written.groups[group].rivals)) for group in written.group]
    assert frames == [(CORNER_SIZE_PX, 3), (CORNER_SIZE_PX, 0)]


@pytest.mark.parametrize(
    "changes",
    [{"bbox": [0, 0, 0, 0], "segmentation": []}, {"bbox": []}, {"bbox": None, "segmentation": [[]]}],
    ids=["zeros", "an empty box", "an empty mask"],
)
def test_an_object_that_is_empty_in_every_way_stays_as_a_box_without_an_area(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    written = read(tmp_path, ann=objects(annotation(**changes)))
    assert (boxes(written), written.findings) == ([[0, 0, 0, 0]], [])


@pytest.mark.parametrize(
    ("changes", "check", "unreadable"),
    [
        ({"annotations": [annotation(bbox=[1, 2, 3])]}, "malformed-line", [(0, "cat")]),
        ({"annotations": [annotation(bbox=[1, 2, "x", 4])]}, "malformed-line", [(0, "cat")]),
        ({"annotations": [annotation(bbox=None)]}, "malformed-line", [(0, "cat")]),
        ({"annotations": [annotation(bbox=[float("nan"), 2, 3, 4])]}, "non-finite", [(0, "cat")]),
        ({"annotations": [annotation(bbox=[10**400, 2, 3, 4])]}, "non-finite", [(0, "cat")]),
        ({"annotations": [annotation(iscrowd=7)]}, "malformed-line", [(0, "cat")]),
        ({"annotations": [annotation(category_id=8)]}, "unknown-class", [(0, "8")]),
        ({"annotations": [annotation(category_id=[])]}, "unknown-class", [(0, "")]),
        ({"annotations": [annotation(image_id=2)]}, "unknown-image", [(-1, "cat")]),
        ({"annotations": ["no object"]}, "malformed-line", [(-1, "")]),
        ({"images": [{"id": 1}]}, "malformed-line", [(-1, "cat")]),
    ],
)
def test_an_object_that_cannot_be_read_blocks_and_is_counted(
    tmp_path: Path, changes: dict[str, Any], check: str, unreadable: list[tuple[int, str]]
) -> None:
    written = read(tmp_path, ann=document(**changes))
    assert found(written) == [(check, "blocks", 1)]
    assert (written.unreadable, written.token) == (unreadable, [])
    assert written.findings[0].message.startswith("ann.json, ")


@pytest.mark.parametrize(
    ("changes", "check", "severity"),
    [
        ({"annotations": [annotation(), annotation(bbox=[1, 1, 2, 2])]}, "duplicate-id", "fixed"),
        ({"annotations": [annotation(area=-4)]}, "bad-area", "fixed"),
        ({"images": [{"id": 1, "file_name": "a.jpg", "width": -4, "height": 3}]}, "size-differs", "fixed"),
        ({"categories": [{"id": 7, "name": "cat"}, {"id": 8, "name": "cat"}]}, "repeated-name", "look"),
        ({"categories": [{"id": 7, "name": "c\ud800t"}]}, "bad-name", "fixed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_beside_which_objects_can_be_read_is_told(
    tmp_path: Path, changes: dict[str, Any], check: str, severity: str
) -> None:
    written = read(tmp_path, ann=document(**changes))
    assert [entry[:2] for entry in found(written)] == [(check, severity)]
    assert len(written.token) == len(changes.get("annotations", [0]))


def test_no_name_holds_half_a_character(tmp_path: Path) -> None:
    half = "\ud800"
    whole = document(
        images=[{"id": half, "file_name": half, "extra": {"name": half}, half: half}],
        categories=[{"id": half, "name": half}],
        annotations=[annotation(image_id=half, category_id=half, **{half: half}), annotation(category_id=half + "x")],
    )
    written = read(tmp_path, ann=whole)
    assert len(written.token) == 1
    repr(written.entries[0]).encode()
    for text in (*written.token, *sum(written.classes, ()), *map(str, written.attributes.values())):
        text.encode()
    for finding in written.findings:
        finding.message.encode()


def test_more_faults_than_anyone_reads_become_one_finding_and_are_all_counted(tmp_path: Path) -> None:
    written = read(tmp_path, ann=objects(*[[]] * 30_000))
    assert len(written.findings) == 10_001
    assert written.findings[-1].message == "ann.json: 20,000 more records like these."
    assert len(written.unreadable) == 30_000


def test_the_objects_of_an_id_that_means_two_things_are_kept_back(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "a.jpg"}, {"id": "1", "file_name": "b.jpg"}]
    written = read(tmp_path, ann=document(images=images))
    assert [entry.is_annotated for entry in written.entries] == [False, False]
    assert [check for check, _, _ in found(written)] == ["ambiguous-id"] * 3
    assert written.unreadable == [(-1, "cat")]


def test_single_values_of_other_fields_are_attributes(tmp_path: Path) -> None:
    more = {"occluded": True, "attributes": {"rotation": 0.0, "colour": "red", "list": [1]}, "note": None, "score": 0.5}
    image = {"id": 1, "file_name": "a.jpg", "license": 3, "weather": "rain"}
    written = read(tmp_path, ann=document(images=[image], annotations=[annotation(**more), annotation(id=2)]))
    assert written.attributes == {0: {"occluded": "true", "rotation": "0.0", "colour": "red", "score": "0.5"}}
    assert written.entries[0].attributes == {"weather": "rain"}
    assert written.findings == []


@pytest.mark.parametrize(
    ("changes", "check", "words"),
    [
        (
            {"annotations": [annotation(iscrowd=1), annotation(id=2, iscrowd=1), annotation(id=3)]},
            "mostly-crowds",
            "2 of 3 objects are crowds",
        ),
        ({"annotations": [annotation(score=0.5)]}, "scored-labels", "all 1 objects have a score"),
        ({"annotations": [annotation(attributes={"rotation": 30})]}, "rotated-box", "1 objects have an attribute"),
        ({"annotations": []}, "no-objects", "lists 1 images and no object"),
        ({"annotations": [annotation(keypoints=[1, 2, 2], num_keypoints=1)]}, "left-out", "of 1 objects"),
    ],
    ids=["crowds", "scores", "rotation", "no object", "keypoints"],
)
def test_what_a_user_may_not_expect_is_told(tmp_path: Path, changes: dict[str, Any], check: str, words: str) -> None:
    written = read(tmp_path, ann=document(**changes))
    assert found(written) == [(check, "look", 0)]
    assert words in written.findings[0].message
    assert len(written.token) == len(changes["annotations"])


def test_an_image_without_objects_is_background_and_one_of_two_names_has_both(tmp_path: Path) -> None:
    images = [
        {"id": 1, "file_name": "a_jpg.rf.123.jpg", "extra": {"name": "a.jpg"}},
        {"id": 2, "coco_url": "http://images.cocodataset.org/val2017/000000397133.jpg"},
    ]
    written = read(tmp_path, ann=document(images=images))
    assert [(entry.image, entry.other_images) for entry in written.entries] == [
        ("a_jpg.rf.123.jpg", ("a.jpg",)),
        ("val2017/000000397133.jpg", ()),
    ]
    assert all(entry.is_annotated for entry in written.entries)
    assert written.findings == []


def test_several_files_join_their_classes_by_name_and_give_the_splits(tmp_path: Path) -> None:
    second = document(
        images=[{"id": 1, "file_name": "b.jpg"}],
        categories=[{"id": 3, "name": "dog"}, {"id": 1, "name": "cat"}],
        annotations=[annotation(category_id=1), annotation(id=2, category_id=3)],
    )
    written = read(tmp_path, **{"ann/instances_train2017": document(), "valid/_annotations.coco": second})
    assert written.classes == [("cat", "7"), ("dog", "3")]
    assert written.token == ["cat", "cat", "dog"]
    assert [entry.split for entry in written.entries] == ["train", "val"]
    assert [written.groups[group].key for group in written.group] == [
        "ann/instances_train2017.json", "valid/_annotations.coco.json", "valid/_annotations.coco.json",
    ]  # fmt: skip


def test_images_of_one_name_in_two_splits_keep_their_objects(tmp_path: Path) -> None:
    written = read(tmp_path, instances_train=document(), instances_val=document())
    assert ([entry.split for entry in written.entries], len(written.token)) == (["train", "val"], 2)
    assert written.findings == []


def test_objects_of_instances_and_keypoints_files_count_once(tmp_path: Path) -> None:
    """The persons of the keypoints file stand among the instances; one of its objects does not."""
    masked = [annotation(id=1, segmentation=[SQUARE]), annotation(id=2, bbox=[1, 1, 9, 9])]
    persons = [annotation(id=2, bbox=[1, 1, 9, 9]), annotation(id=1), annotation(id=3), annotation(bbox=[2, 2, 3, 3])]
    keypoints = objects(*[{**person, "keypoints": [1, 1, 2], "num_keypoints": 1} for person in persons])
    written = read(tmp_path, keypoints=keypoints, objects=objects(*masked))
    assert boxes(written) == [[4, 5, 20, 30], [1, 1, 9, 9], [4, 5, 20, 30], [2, 2, 3, 3]]
    assert [written.entries[entry].file for entry in written.entry] == ["objects.json"] * 2 + ["keypoints.json"] * 2
    assert written.left_out == {"also in objects.json": 2}
    assert [check for check, *_ in found(written)] == ["same-labels", "duplicate-id", "left-out"]
    assert object_count(written) == 6


def test_a_whole_file_beside_its_parts_counts_once(tmp_path: Path) -> None:
    images = [{"id": key, "file_name": f"{key}.jpg"} for key in (1, 2)]
    parts = [annotation(id=key, image_id=key) for key in (1, 2)]
    files = {
        "all": document(images=images, annotations=parts),
        "train": document(images=images[:1], annotations=parts[:1]),
        "val": document(images=images[1:], annotations=parts[1:]),
    }
    written = read(tmp_path, **files)
    assert (len(written.token), written.left_out) == (2, {"also in all.json": 2})
    assert [entry.split for entry in written.entries] == ["", "", "train", "val"]


OTHER_KINDS = {
    "captions": (
        {"images": document()["images"], "annotations": [{"id": 1, "image_id": 1, "caption": "A cat."}] * 3},
        "captions",
        3,
        1,
    ),
    "classes of images": (objects({"id": 1, "image_id": 1, "category_id": 7}), "classes of images", 1, 1),
    "panoptic": (
        objects({"image_id": 1, "file_name": "a.png", "segments_info": [{"id": 1, "category_id": 7}] * 4}),
        "panoptic segments",
        4,
        1,
    ),
    "results": ([{"image_id": 1, "category_id": 7, "bbox": [1, 1, 2, 2], "score": 0.5}] * 5, "predictions", 5, 0),
    "a list of images": ({"images": document()["images"], "categories": []}, "image lists", 0, 1),
}


@pytest.mark.parametrize(("content", "reason", "count", "entries"), OTHER_KINDS.values(), ids=OTHER_KINDS.keys())
def test_files_without_objects_are_recognised_left_out_and_named(
    tmp_path: Path, content: Any, reason: str, count: int, entries: int
) -> None:
    written = read(tmp_path, other=content)
    assert written.left_out_files == {"other.json": reason}
    assert (written.left_out.total(), written.left_out[reason], object_count(written)) == (count, count, count)
    assert found(written) == [("left-out", "look", 0)]
    assert [entry.is_annotated for entry in written.entries] == [False] * entries
    assert (written.classes, written.unreadable) == ([], [])


@pytest.mark.parametrize("missing", ["images", "categories"])
def test_a_file_without_one_of_the_lists_is_refused_by_name(tmp_path: Path, missing: str) -> None:
    written = read(tmp_path, ann={key: value for key, value in document().items() if key != missing})
    assert found(written) == [("malformed-file", "blocks", 0)]
    assert f"has no `{missing}`" in written.findings[0].message
    assert written.unreadable_files == {"ann.json"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('{"images": [],\n "annotations": [', 2),
        ('{"images":' + "[" * 100_000 + '"annotations"', 0),
        (b'{"images": "\xff\x00"}', 0),
        ("7", 0),
    ],
    ids=["cut off", "deep", "binary", "a number"],
)
def test_a_file_that_is_no_document_is_refused_with_its_place(tmp_path: Path, content: Any, line: int) -> None:
    written = read(tmp_path, broken=content, sound=document())
    assert found(written) == [("malformed-file", "blocks", line)]
    assert (written.unreadable_files, len(written.token)) == ({"broken.json"}, 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_unicode_of_any_width_is_read(tmp_path: Path, encoding: str) -> None:
    content = json.dumps(document(categories=[{"id": 7, "name": "Kätzchen"}]), ensure_ascii=False).encode(encoding)
    written = read(tmp_path, ann=content)
    assert (written.token, written.findings) == (["Kätzchen"], [])


@pytest.mark.parametrize(
    ("whole", "severity"),
    [
        (document(categories=[{"id": 7, "name": "Kätzchen für Zürich"}]), Severity.BLOCKS),
        (document(images=[{"id": 1, "file_name": "Grün/Straße.jpg"}]), Severity.BLOCKS),
        (document(info={"description": "Bäume und Häuser für alle"}), Severity.LOOK),
    ],
    ids=["a class", "an image", "a comment"],
)
def test_a_guessed_encoding_blocks_where_a_name_depends_on_it(
    tmp_path: Path, whole: dict[str, Any], severity: Severity
) -> None:
    written = read(tmp_path, ann=json.dumps(whole, ensure_ascii=False).encode("cp1252"))
    assert [(finding.check, finding.severity) for finding in written.findings] == [("encoding-guessed", severity)]
    assert len(written.token) == 1


@pytest.mark.parametrize(
    ("text", "is_claimed"),
    [
        (json.dumps(document()), True),
        (json.dumps(document(), indent=1), True),
        *[(json.dumps(content), True) for content, *_ in OTHER_KINDS.values()],
        (
            json.dumps({"annotations": [annotation(segmentation=[SQUARE])] * 9_000, "images": [], "x": "y" * 70_000}),
            True,
        ),
        (json.dumps({"images": [{"file_name": "a.jpg"}] * 9_000, "annotations": [annotation()] * 3_000}), True),
        ('{"images": [], "annotations": [', True),
        (json.dumps({"images": [1, 2]}), False),
        (json.dumps([{"file_name": "a.jpg", "image_id": 1, "annotations": [annotation(score=1)]}]), False),
        (json.dumps({"info": {}, "categories": {"label": {}}, "items": [{"id": "a", "annotations": []}]}), False),
        (json.dumps([{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": {}}]}]), False),
        (json.dumps({"shapes": [], "imagePath": "a.jpg"}), False),
        ("", False),
        ("[1, 2]", False),
    ],
)
def test_files_of_the_family_are_claimed_and_no_others(tmp_path: Path, text: str, is_claimed: bool) -> None:
    (tmp_path / "a.json").write_text(text)
    assert coco.claim(take_sample(SourceTree.walk(tmp_path), "a.json")) == is_claimed


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "1", "a.jpg", "\ud800", "b'1'"]),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from(["size", "counts", "x"]), inner),
    max_leaves=8,
)


@st.composite
def almost_documents(draw: st.DrawFn) -> Any:
    """A document in which some values are anything."""
    whole = document(annotations=[annotation(segmentation=[SQUARE]), annotation(id=2, segmentation=dict(FILLED))])
    for _ in range(draw(st.integers(1, 4))):
        place: Any = draw(st.sampled_from([whole, *whole["images"], *whole["annotations"], *whole["categories"]]))
        place[draw(st.sampled_from([*place, "keypoints", "caption", "attributes"]))] = draw(ANYTHING)
        if not all(isinstance(whole.get(key), list) for key in ("images", "annotations", "categories")):
            return whole
    return whole


@settings(max_examples=150, deadline=None, derandomize=True)
@given(almost_documents() | ANYTHING)
def test_any_value_anywhere_is_read_or_told(whole: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = read(Path(folder), ann=whole)
    assert len(written.values) == 4 * len(written.token) == 4 * len(written.entry)
    assert np.isfinite(np.array(written.values)).all()
    count = len(whole["annotations"]) if isinstance(whole, dict) and isinstance(whole.get("annotations"), list) else 0
    if not written.unreadable_files and not written.left_out_files:
        assert object_count(written) == count
    assert not written.unreadable or any(finding.severity is Severity.BLOCKS for finding in written.findings)
