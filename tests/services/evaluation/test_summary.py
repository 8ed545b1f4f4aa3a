import json
from pathlib import Path

import numpy as np
import pytest

from core.services.evaluation import evaluate_files, open_evaluation, summarise
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.coco_files import write_results
from tests.factories.results import random_results


def test_the_summary_is_the_contract_of_the_command_line(by_hand: Settings) -> None:
    document = summarise(open_evaluation(by_hand, "found on truth"), None, None)
    figures = ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar100"]
    more = ["score", "iou", "confusion", "ap_at_iou", "causes", "perfect", "repaired", "calibration", "background"]
    assert list(document) == ["evaluation", "images", *figures, "segm", "per_class", *more, "notes"]
    # By hand: right at 0.9 and 0.3, wrong at 0.8 and 0.7; 0.6 lies in a crowd region, so image 3 is not empty.
    assert document["calibration"]["ece"] == pytest.approx((0.1 + 0.8 + 0.7 + 0.7) / 4)
    assert document["calibration"]["detections"] == 4
    assert document["background"] == {"pictures": 0, "false_alarms": 0, "per_picture": None}
    per_class = ["name", "ap", "ap50", "ap75", "precision", "recall", "f1", "tp", "fp", "fn", "truths"]
    assert [list(row) for row in document["per_class"]] == [per_class] * 2
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert (document["images"], document["score"], document["iou"]) == (3, 0.5, 0.5)
    assert document["confusion"] == {
        "labels": ["dog", "cat", "background"],
        "matrix": [[1, 1, 0], [0, 0, 1], [1, 0, 0]],
    }
    dog, cat = document["per_class"]
    assert [dog[name] for name in ("tp", "fp", "fn", "truths", "precision", "recall")] == [1, 1, 1, 2, 0.5, 0.5]
    assert [cat[name] for name in ("tp", "fp", "fn", "truths", "precision", "recall")] == [0, 1, 1, 1, 0.0, 0.0]


def test_score_and_iou_change_counts_and_never_ap(by_hand: Settings) -> None:
    opened = open_evaluation(by_hand, "found on truth")
    weak, strict = summarise(opened, 0.2, 0.5), summarise(opened, 0.95, 0.9)
    assert weak["confusion"]["matrix"] == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert strict["confusion"]["matrix"] == [[0, 0, 2], [0, 0, 1], [0, 0, 0]]
    assert weak["ap"] == strict["ap"]
    assert "dog: no counted detection with a score of at least 0.95, so there is no precision." in strict["notes"]


def test_a_perfect_matrix_is_a_diagonal(tmp_path: Path, settings: Settings) -> None:
    results = random_results(8, crowd=0.0)
    truth, _ = write_results(tmp_path, results)
    found = [{**row, "score": 1} for row in json.loads(truth.read_text())["annotations"]]
    (tmp_path / "found.json").write_text(json.dumps(found))
    document = summarise(open_evaluation(settings, evaluate_files(settings, truth, tmp_path / "found.json", actor=ADA)))
    matrix = np.array(document["confusion"]["matrix"])
    assert matrix.sum() == np.trace(matrix) == len(results.annotations)
    assert document["ap"] == 1.0
