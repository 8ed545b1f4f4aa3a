from pathlib import Path
from typing import Any

import pytest

from core.errors import AppError
from core.evaluation.readers.coco_files import read_truth
from core.evaluation.readers.coco_results import read_detections
from tests.evaluation.readers.test_coco_files import detection, truth_document, write


def test_detections_speak_of_the_truths_images_and_classes(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path / "truth.json", truth_document()))
    document = [detection(), detection(image_id="x7", category_id=3, bbox=[1, 1, 2, 0])]
    found, notes = read_detections(write(tmp_path / "found.json", document), truth)
    assert found.to_numpy().tolist() == [[1, 1, 1, 10, 20, 40, 60, 0.75], [2, 2, 0, 1, 1, 3, 1, 0.75]]
    assert notes == ["1 detections have a box of no width or height: they find nothing, and count as false positives."]


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


BAD_DETECTIONS = {
    "an object": ({}, "no JSON list"),
    "no record": ([5], "detection 1: 5 is no object"),
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
def test_detections_that_cannot_be_evaluated_are_refused(tmp_path: Path, document: Any, complaint: str) -> None:
    truth = read_truth(write(tmp_path / "truth.json", truth_document()))
    with pytest.raises(AppError, match=complaint) as refused:
        read_detections(write(tmp_path / "found.json", document), truth)
    assert refused.value.remedy
