"""The boxes on an image of an evaluation, as the viewer draws them."""

from collections.abc import Sequence
from typing import Any

from core.boxes import paired_iou_xyxy
from core.evaluation.ignored_regions import name_of_class
from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import Outcome, Outcomes, TruthOutcome, outcomes_at
from core.services.evaluation.box_filter import EVERYTHING, ImageFilter, counted_boxes, is_chosen
from core.services.evaluation.opened import OpenEvaluation
from core.services.evaluation.viewer_masks import with_masks
from core.tables import BOX_COLUMNS, boxes_xyxy


def image_boxes(
    evaluation: OpenEvaluation,
    image_id: int,
    iou: float,
    score: float | None = None,
    chosen: ImageFilter = EVERYTHING,
) -> list[dict[str, Any]]:
    """All boxes on an image for the viewer, truths first, then detections by falling score.

    Keys: `id` (annotation or detection id), `kind` (truth, detection), `outcome`, `category_id`, `name`, `score`,
    `calibrated` (`score` by the stored temperatures, or None), `iou`, `box` [x1, y1, x2, y2] px, `partner` (id of the
    other kind, or None), `confused_with` (category_id or None), `cause` (of a false positive, at every score; else
    None), `chosen` (whether the filter selects it at `score`).
    `outcome` is valid at every threshold t, so the viewer needs no further request. A detection with a score of at
    least t is true_positive, false_positive or ignored. A truth says matched_truth, missed or ignored at t = 0; its
    `score` is that of its matched detection, and it is missed if that is None or below t. A region without a class has
    the class -1 and the name of its kind.
    A false positive about an object has the object as `meant_for` and their IoU as `overlap`. A box with a mask has
    `mask` (core.services.evaluation.viewer_masks).
    Only `chosen`, `confused_with` and the partner across classes depend on `score` (the evaluation's by default).
    """
    boxes = boxes_on(evaluation, [image_id], iou, score, chosen)[image_id]
    return with_masks(evaluation, image_id, boxes)


def boxes_on(
    evaluation: OpenEvaluation,
    image_ids: Sequence[int],
    iou: float,
    score: float | None = None,
    chosen: ImageFilter = EVERYTHING,
) -> dict[int, list[dict[str, Any]]]:
    """Image id -> boxes as `image_boxes` gives them, without masks. Many images take little longer than one."""
    score = evaluation.score if score is None else score
    outcomes, everything = _on_images(evaluation, image_ids, iou, score, 0.0)
    boxes = counted_boxes(outcomes, len(evaluation.truth.categories))
    wanted = boxes[is_chosen(evaluation, boxes, chosen)] if chosen.narrows_boxes else boxes.iloc[:0]
    keys = set(zip(wanted["kind"], wanted["id"], strict=True))
    # A true positive includes its object.
    keys |= {("truth", key) for key in wanted.loc[wanted["outcome"] == "true_positive", "annotation_id"]}
    names = evaluation.class_names
    on: dict[int, list[dict[str, Any]]] = {image_id: [] for image_id in image_ids}
    truths = everything.truths.assign(calibrated=evaluation.calibrated(everything.truths, "found_score"))
    for row in truths.to_dict("records"):
        on[row["image_id"]].append(_truth_box(row, names, keys))
    overlaps = _overlaps(everything)
    at_score = {row["detection_id"]: row for row in outcomes.detections.to_dict("records")}
    detections = everything.detections.assign(calibrated=evaluation.calibrated(everything.detections))
    for row in detections.sort_values("score", ascending=False, kind="stable").to_dict("records"):
        # Only detections from the threshold on compete for a truth of another class.
        counted = at_score.get(row["detection_id"])
        if row["outcome"] == Outcome.FALSE_POSITIVE:
            row["annotation_id"] = 0 if counted is None else int(counted["annotation_id"])
            row["confused_with"] = -1 if counted is None else int(counted["confused_with"])
        on[row["image_id"]].append(_detection_box(row, names, keys) | overlaps.get(row["detection_id"], {}))
    return on


def _overlaps(outcomes: Outcomes) -> dict[int, dict[str, Any]]:
    """Id of a false positive about an object -> the object's id and the IoU with it."""
    mistakes = outcomes.detections[outcomes.detections["meant_for"] > 0]
    objects = outcomes.truths.set_index("annotation_id").loc[mistakes["meant_for"]]
    ious = paired_iou_xyxy(boxes_xyxy(mistakes), boxes_xyxy(objects))
    return {
        int(key): {"meant_for": int(truth), "overlap": float(iou)}
        for key, truth, iou in zip(mistakes["detection_id"], mistakes["meant_for"], ious, strict=True)
    }


def _truth_box(row: dict[str, Any], names: list[str], chosen: set[tuple[str, int]]) -> dict[str, Any]:
    outcomes = {TruthOutcome.MATCHED: "matched_truth", TruthOutcome.MISSED: "missed", TruthOutcome.CROWD: "ignored"}
    is_matched = row["outcome"] == TruthOutcome.MATCHED
    return _box("truth", row["annotation_id"], row, names, chosen) | {
        "outcome": outcomes[TruthOutcome(row["outcome"])],
        "score": float(row["found_score"]) if is_matched else None,
        "calibrated": float(row["calibrated"]) if is_matched and row["calibrated"] is not None else None,
        "iou": None,
        "partner": int(row["detection_id"]) if is_matched else None,
        "confused_with": None,
        "cause": None,
    }


def _detection_box(row: dict[str, Any], names: list[str], chosen: set[tuple[str, int]]) -> dict[str, Any]:
    return _box("detection", row["detection_id"], row, names, chosen) | {
        "outcome": row["outcome"],
        "score": float(row["score"]),
        "calibrated": None if row["calibrated"] is None else float(row["calibrated"]),
        "iou": float(row["iou"]),
        "partner": int(row["annotation_id"]) or None,
        "confused_with": int(row["confused_with"]) if row["confused_with"] >= 0 else None,
        "cause": row["cause"] or None,
    }


def _box(kind: str, key: int, row: dict[str, Any], names: list[str], chosen: set[tuple[str, int]]) -> dict[str, Any]:
    return {
        "id": int(key),
        "kind": kind,
        "category_id": int(row["category_id"]),
        "name": name_of_class(names, int(row["category_id"])),
        "box": [float(row[name]) for name in BOX_COLUMNS],
        "chosen": (kind, int(key)) in chosen,
    }


def _on_images(evaluation: OpenEvaluation, image_ids: Sequence[int], iou: float, *scores: float) -> list[Outcomes]:
    """The outcomes on some images at each score; matching one image does not depend on others."""
    truths, detections = evaluation.on_images(image_ids)
    matching = match(truths, detections, find_overlaps(truths, detections), iou)
    return [outcomes_at(truths, detections, matching, score) for score in scores]
