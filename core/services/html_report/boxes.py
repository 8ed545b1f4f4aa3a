"""The boxes of a report's images as short rows; core/report/assets/outcomes.js computes their outcomes at any score."""

from collections.abc import Sequence
from typing import Any

from core.evaluation.matching.causes import CAUSES
from core.evaluation.matching.outcomes import Outcome, TruthOutcome
from core.evaluation.thresholds.score_sweep import boxes_at_scores
from core.services.evaluation.opened import OpenEvaluation
from core.tables import BOX_COLUMNS

_OUTCOMES = tuple(Outcome)


def report_boxes(evaluation: OpenEvaluation, image_ids: Sequence[int], iou: float) -> dict[int, dict[str, Any]]:
    """Image id -> its boxes.

    `truths`: [id, class, box, score of its matched detection or None, whether it is a crowd region, calibrated score];
    `found`, by falling score: [id, class, box, score, IoU, index in Outcome, index in CAUSES or -1, matched object or
    0, object of its cause or 0, calibrated score]; `across`: pairs [detection, object] as in `BoxesAtScores`. A
    calibrated score is by the stored temperatures, None without. Boxes are [x1, y1, x2, y2] px.
    """
    truths, detections = evaluation.on_images(image_ids)
    boxes = boxes_at_scores(truths, detections, iou)
    on: dict[int, dict[str, Any]] = {key: {"truths": [], "found": [], "across": []} for key in image_ids}
    objects = boxes.outcomes.truths
    objects = objects.assign(calibrated=evaluation.calibrated(objects, "found_score"))
    for row in objects.to_dict("records"):
        on[row["image_id"]]["truths"].append(_truth(row))
    table = boxes.outcomes.detections
    table = table.assign(calibrated=evaluation.calibrated(table))
    for row in table.sort_values("score", ascending=False, kind="stable").to_dict("records"):
        on[row["image_id"]]["found"].append(_detection(row))
    image_of = dict(zip(detections["detection_id"], detections["image_id"], strict=True))
    for detection, annotation in boxes.across.tolist():
        on[image_of[detection]]["across"].append([detection, annotation])
    return on


def _truth(row: dict[str, Any]) -> list[Any]:
    score = float(row["found_score"]) if row["outcome"] == TruthOutcome.MATCHED else None
    is_crowd = row["outcome"] == TruthOutcome.CROWD
    calibrated = None if score is None else _calibrated(row)
    return [int(row["annotation_id"]), int(row["category_id"]), _box(row), score, int(is_crowd), calibrated]


def _detection(row: dict[str, Any]) -> list[Any]:
    is_right = row["outcome"] == Outcome.TRUE_POSITIVE
    return [
        int(row["detection_id"]),
        int(row["category_id"]),
        _box(row),
        # Not rounded: rounding could move a score across a threshold.
        float(row["score"]),
        round(float(row["iou"]), 4),
        _OUTCOMES.index(row["outcome"]),
        CAUSES.index(row["cause"]) if row["cause"] else -1,
        int(row["annotation_id"]) if is_right else 0,
        int(row["meant_for"]),
        _calibrated(row),
    ]


def _calibrated(row: dict[str, Any]) -> float | None:
    return None if row["calibrated"] is None else round(float(row["calibrated"]), 4)


def _box(row: dict[str, Any]) -> list[float]:
    return [round(float(row[name]), 1) for name in BOX_COLUMNS]
