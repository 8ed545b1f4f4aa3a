from pathlib import Path

import pytest

from core.services.evaluation import (
    ImageFilter,
    evaluate_files,
    image_boxes,
    image_rows,
    open_evaluation,
)
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.coco_files import write_results
from tests.factories.results import random_results


def test_the_boxes_of_an_image_say_what_became_of_them(by_hand: Settings) -> None:
    boxes = image_boxes(open_evaluation(by_hand, "found on truth"), 1, 0.5, 0.5, ImageFilter(cell=(0, 1)))
    short = [(box["kind"], box["id"], box["outcome"], box["score"], box["partner"], box["chosen"]) for box in boxes]
    assert short == [
        ("truth", 1, "matched_truth", 0.9, 1, False),
        ("truth", 2, "missed", None, None, True),
        ("detection", 1, "true_positive", 0.9, 1, False),
        ("detection", 2, "false_positive", 0.8, 2, True),
    ]
    assert boxes[3] == {
        "id": 2, "kind": "detection", "outcome": "false_positive", "category_id": 1, "name": "cat", "score": 0.8,
            "calibrated": None,
        "iou": 0.0, "box": [100.0, 100.0, 120.0, 120.0], "partner": 2, "confused_with": 0, "cause": "class",
        "chosen": True, "meant_for": 2, "overlap": 1.0,
    }  # fmt: skip
    assert [box["outcome"] for box in image_boxes(open_evaluation(by_hand, "found on truth"), 3, 0.5)] == [
        "ignored"
    ] * 2


@pytest.mark.parametrize("score", [0.0, 0.25, 0.5, 0.75])
def test_the_viewer_can_tell_every_outcome_from_the_score_alone(
    tmp_path: Path, settings: Settings, score: float
) -> None:
    results = random_results(5, images=4, crowd=0.2)
    key = evaluate_files(settings, *write_results(tmp_path, results), actor=ADA)
    opened = open_evaluation(settings, key)
    for row in image_rows(opened, score, 0.5).itertuples():
        boxes = image_boxes(opened, int(row.image_id), 0.5)
        shown = [box for box in boxes if box["kind"] == "detection" and box["score"] >= score]
        truths = [box for box in boxes if box["kind"] == "truth" and box["outcome"] != "ignored"]
        missed = [box for box in truths if box["score"] is None or box["score"] < score]
        counted = [sum(box["outcome"] == name for box in shown) for name in ("true_positive", "false_positive")]
        assert [*counted, len(missed), len(truths)] == [row.tp, row.fp, row.missed, row.truths]
