import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError
from core.evaluation.coco_files import read_detections, read_truth


def truth_document(**changes: Any) -> dict[str, Any]:
    return {
        "images": [
            {"id": 139, "file_name": "a.jpg", "width": 640, "height": 480},
            {"id": "x7", "file_name": "sub/b.jpg", "width": 64, "height": 48},
        ],
        "categories": [{"id": 18, "name": "dog"}, {"id": 3, "name": "car"}],
        "annotations": [
            {"id": 0, "image_id": 139, "category_id": 18, "bbox": [10, 20, 30, 40], "area": 900, "iscrowd": 0},
            {"id": 9, "image_id": "x7", "category_id": 3, "bbox": [0.5, 0, 4, 4], "iscrowd": 1},
        ],
        **changes,
    }


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def detection(**changes: Any) -> dict[str, Any]:
    return {"image_id": 139, "category_id": 18, "bbox": [10, 20, 30, 40], "score": 0.75, **changes}


def test_a_truth_becomes_tables_with_dense_ids(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path / "truth.json", truth_document())).truth
    assert truth.images[["image_id", "file_name", "width", "height"]].to_numpy().tolist() == [
        [1, "a.jpg", 640, 480],
        [2, "sub/b.jpg", 64, 48],
    ]
    assert truth.categories[["category_id", "name", "source_id"]].to_numpy().tolist() == [
        [0, "car", "3"],
        [1, "dog", "18"],
    ]
    names = ["annotation_id", "image_id", "category_id", "x1", "y1", "x2", "y2", "area", "is_crowd"]
    assert truth.annotations[names].to_numpy().tolist() == [
        [1, 1, 1, 10, 20, 40, 60, 900, False],
        [2, 2, 0, 0.5, 0, 4.5, 4, 16, True],
    ]


def test_detections_speak_of_the_truths_pictures_and_classes(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path / "truth.json", truth_document()))
    document = [detection(), detection(image_id="x7", category_id=3, bbox=[1, 1, 2, 0])]
    found, notes = read_detections(write(tmp_path / "found.json", document), truth)
    assert found.to_numpy().tolist() == [[1, 1, 1, 10, 20, 40, 60, 0.75], [2, 2, 0, 1, 1, 3, 1, 0.75]]
    assert notes == ["1 detections have a box of no width or height: they find nothing, and count as false alarms."]


@pytest.mark.parametrize(
    "last", [detection(image_id=139.0), detection(category_id=99)], ids=["a whole id as 139.0", "a strange class"]
)
def test_all_at_once_and_one_by_one_give_the_same_table(tmp_path: Path, last: dict[str, Any]) -> None:
    """Anything out of the ordinary sends the whole file the slow way."""
    truth = read_truth(write(tmp_path / "truth.json", truth_document()))
    usual = [detection(bbox=[0.1, 0.2, 0.3, 7]), detection(image_id="x7", score=1)]
    plain, _ = read_detections(write(tmp_path / "plain.json", usual), truth)
    mixed, _ = read_detections(write(tmp_path / "found.json", [*usual, last]), truth)
    assert mixed.head(2).to_numpy().tolist() == plain.to_numpy().tolist()
    assert plain.to_numpy().tolist() == [[1, 1, 1, 0.1, 0.2, 0.4, 7.2, 0.75], [2, 2, 1, 10, 20, 40, 60, 1]]


def test_detections_of_a_class_that_the_truth_lacks_are_counted(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path / "truth.json", truth_document()))
    document = [detection(category_id=99), detection(), detection(category_id=77), detection(category_id=99)]
    found, notes = read_detections(write(tmp_path / "found.json", document), truth)
    assert len(found) == 1
    assert notes == ["3 detections are left out: the truth has no class with the id 99, 77."]


def test_an_empty_result_file_holds_no_detections(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path / "truth.json", truth_document()))
    assert len(read_detections(write(tmp_path / "found.json", []), truth)[0]) == 0


BAD_TRUTHS = {
    "a list": ([], "no JSON object"),
    "no categories": ({"images": [], "annotations": []}, "'categories'"),
    "images that are no objects": (truth_document(images=[1]), "'images'"),
    "an image twice": (truth_document(images=[{"id": 1}, {"id": 1}]), "images 2: id 1 is there twice"),
    "an image without id": (truth_document(images=[{"file_name": "a"}]), "images 1: id null"),
    "an id that is a list": (truth_document(categories=[{"id": [1]}]), r"categories 1: id \[1\]"),
    "an unknown image": (truth_document(images=[{"id": 139}]), 'annotation 2: image_id "x7"'),
    "an unknown class": (truth_document(categories=[{"id": 18}]), "annotation 2: category_id 3"),
    "no box": (truth_document(annotations=[{"image_id": 139, "category_id": 3}]), "annotation 1: bbox null"),
    "a box of three": (truth_document(annotations=[detection(bbox=[1, 2, 3])]), r"bbox \[1, 2, 3\]"),
    "a negative width": (truth_document(annotations=[detection(bbox=[1, 2, -3, 4])]), "bbox"),
    "NaN in a box": (truth_document(annotations=[detection(bbox=[float("nan"), 2, 3, 4])]), "bbox"),
    "a text in a box": (truth_document(annotations=[detection(bbox=["1", 2, 3, 4])]), "bbox"),
    "a huge number in a box": (truth_document(annotations=[detection(bbox=[10**400, 2, 3, 4])]), "bbox"),
    "a negative area": (truth_document(annotations=[detection(area=-1)]), "area -1"),
}


@pytest.mark.parametrize(("document", "complaint"), BAD_TRUTHS.values(), ids=BAD_TRUTHS.keys())
def test_a_truth_that_cannot_be_judged_by_is_refused(tmp_path: Path, document: Any, complaint: str) -> None:
    with pytest.raises(AppError, match=complaint) as refused:
        read_truth(write(tmp_path / "truth.json", document))
    assert refused.value.message.startswith("truth.json")
    assert refused.value.remedy


BAD_DETECTIONS = {
    "an object": ({}, "no JSON list"),
    "no record": ([5], "detection 1 is no JSON object"),
    "no score": ([detection(), {**detection(), "score": None}], "detection 2: score null"),
    "a score above one": ([detection(score=98)], "score 98"),
    "true as a score": ([detection(score=True)], "score true"),
    "a text as a score": ([detection(score="0.5")], "score"),
    "a huge number in a box": ([detection(bbox=[10**400, 2, 3, 4])], "bbox"),
    "a negative height": ([detection(bbox=[1, 2, 3, -4])], "bbox"),
    "a NaN score": ([detection(score=float("nan"))], "score NaN"),
    "an unknown image": ([detection(image_id=7)], "image_id 7"),
    "an image id that is an object": ([detection(image_id={"a": 1})], "image_id"),
    "no box": ([detection(bbox=None)], "bbox null"),
    "an infinite box": ([detection(bbox=[0, 0, float("inf"), 1])], "bbox"),
}


@pytest.mark.parametrize(("document", "complaint"), BAD_DETECTIONS.values(), ids=BAD_DETECTIONS.keys())
def test_detections_that_cannot_be_judged_are_refused(tmp_path: Path, document: Any, complaint: str) -> None:
    truth = read_truth(write(tmp_path / "truth.json", truth_document()))
    with pytest.raises(AppError, match=complaint) as refused:
        read_detections(write(tmp_path / "found.json", document), truth)
    assert refused.value.remedy


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"not json", b"[" * 100_000, b'{"images": ' + b"9" * 10_000 + b"}"],
    ids=["empty", "binary", "text", "nested too deeply", "a number of 10,000 digits"],
)
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "truth.json").write_bytes(content)
    with pytest.raises(AppError, match=r"truth\.json is no JSON"):
        read_truth(tmp_path / "truth.json")


def test_a_missing_file_and_a_file_over_the_limit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="cannot be read: No such file"):
        read_truth(tmp_path / "missing.json")
    with pytest.raises(AppError, match="20 are allowed"):
        read_truth(write(tmp_path / "truth.json", truth_document()), limit_bytes=20)


def test_names_with_half_characters_can_be_stored(tmp_path: Path) -> None:
    document = truth_document(categories=[{"id": 18, "name": "d\ud800g"}, {"id": 3, "name": "car"}])
    truth = read_truth(write(tmp_path / "truth.json", document)).truth
    truth.categories.to_parquet(tmp_path / "categories.parquet")
    assert truth.categories["name"].tolist() == ["car", "d?g"]
