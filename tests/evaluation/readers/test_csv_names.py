from pathlib import Path
from typing import Any

import pytest

from core.evaluation.readers.coco_files import CocoTruth, read_truth
from core.evaluation.readers.csv_names import AMBIGUOUS, UNKNOWN, class_finder, image_finder
from tests.evaluation.readers.test_coco_files import truth_document, write


@pytest.fixture
def truth(tmp_path: Path) -> CocoTruth:
    """Images 1 to 3: two of one name in two folders, and one whose name is the first one's id; classes 0 to 2."""
    images: list[dict[str, Any]] = [{"id": 7, "file_name": "day/a.jpg"}, {"id": 8, "file_name": "night/a.jpg"}]
    images.append({"id": 9, "file_name": "7"})
    categories = [{"id": 1, "name": "Car"}, {"id": 2, "name": "car"}, {"id": 3, "name": "1"}]
    document = truth_document(images=images, categories=categories, annotations=[])
    return read_truth(write(tmp_path / "truth.json", document))


def test_images_go_by_name_then_id_or_the_other_way_round(truth: CocoTruth) -> None:
    texts = ["night/a.jpg", " day\\a.jpg", "a.jpg", "8", "7", "7.0", "x", ""]
    by_name, by_id = (image_finder(truth, by_id)(texts).tolist() for by_id in (False, True))
    assert by_name == [2, 1, AMBIGUOUS, 2, 3, 1, UNKNOWN, UNKNOWN]
    assert by_id == [2, 1, AMBIGUOUS, 2, 1, 1, UNKNOWN, UNKNOWN]


def test_classes_go_by_exact_name_then_in_any_case_then_id(truth: CocoTruth) -> None:
    texts = ["Car", "car ", "CAR", "1", "2", "3.0", "van"]
    by_name, by_id = (class_finder(truth, by_id)(texts).tolist() for by_id in (False, True))
    assert by_name == [0, 1, AMBIGUOUS, 2, 1, 2, UNKNOWN]
    assert by_id == [0, 1, AMBIGUOUS, 0, 1, 2, UNKNOWN]


def test_no_texts_are_nothing(truth: CocoTruth) -> None:
    assert image_finder(truth, False)([]).tolist() == []
