"""Lists the boxes that a filter selects, in the order of review, and the part of the image to crop for each."""

from typing import Any, Final

import numpy as np
import pandas as pd

from core.boxes import area_xyxy, paired_iou_xyxy
from core.errors import NotFoundError
from core.services.evaluation.box_filter import ImageFilter
from core.services.evaluation.images import chosen_boxes
from core.services.evaluation.opened import OpenEvaluation
from core.tables import BOX_COLUMNS, boxes_xyxy

# Margin around a box: this share of its longer side, and at least so many px. An object needs its surroundings.
_MARGIN: Final = 0.5
_LEAST_MARGIN_PX: Final = 12.0
# Of a crop, if the image is large enough; the same shape lets rows of crops line up.
_ASPECT: Final = 4 / 3
_ORDER: Final = {"false_positive": 0, "missed": 1, "true_positive": 2}

Place = tuple[int, int, int, int]


def object_rows(evaluation: OpenEvaluation, score: float, iou: float, chosen: ImageFilter) -> pd.DataFrame:
    """One row per box: `image_id, file_name, kind, id, outcome, category_id, name, score, calibrated, iou, cause`, box.

    False positives come first, by falling score; then missed objects, largest first; then true positives, loosest box
    first. `score` of a missed object is NaN; `calibrated` is the score by the stored temperatures, NaN for none; `iou`
    is with the matched object, or for a false positive with the object of its cause (NaN for none). Ignores
    `chosen.sort`. Raises AppError as `image_rows`.
    """
    rows = chosen_boxes(evaluation, score, iou, chosen)
    outcomes = evaluation.outcomes(score, iou)
    detections = outcomes.detections.set_index("detection_id")
    objects = evaluation.truth.annotations.set_index("annotation_id")
    is_detection = (rows["kind"] == "detection").to_numpy()
    tables = ((detections, is_detection), (objects, ~is_detection))
    corners = np.zeros((len(rows), 4))
    for table, is_its in tables:
        corners[is_its] = table.loc[rows.loc[is_its, "id"], BOX_COLUMNS].to_numpy()
    scores, ious = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    calibrated = np.full(len(rows), np.nan)
    of_rows = detections.loc[rows.loc[is_detection, "id"]]
    if (by_temperature := evaluation.calibrated(of_rows)) is not None:
        calibrated[is_detection] = by_temperature
    scores[is_detection], ious[is_detection] = of_rows["score"], _overlaps(of_rows, objects)
    images = evaluation.truth.images.set_index("image_id")
    rows = rows.assign(
        file_name=images.loc[rows["image_id"], "file_name"].to_numpy(),
        name=np.array(evaluation.class_names, dtype=object)[rows["category_id"]] if len(rows) else "",
        score=scores,
        calibrated=calibrated,
        iou=ious,
        **dict(zip(BOX_COLUMNS, corners.T, strict=True)),
    )
    return _sorted(rows)


def objects_json(
    evaluation: OpenEvaluation, score: float, iou: float, chosen: ImageFilter, limit: int
) -> dict[str, Any]:
    """The document of `boxes` (docs/cli.md): counts all selected boxes and lists `limit` of them."""
    rows = object_rows(evaluation, score, iou, chosen)
    listed = [
        {
            "image": int(row["image_id"]),
            "file": row["file_name"],
            "kind": row["kind"],
            "id": int(row["id"]),
            "outcome": row["outcome"],
            "name": row["name"],
            **{name: None if np.isnan(row[name]) else float(row[name]) for name in ("score", "calibrated", "iou")},
            "cause": row["cause"] or None,
            "box": [float(row[corner]) for corner in BOX_COLUMNS],
        }
        for row in rows.head(max(0, limit)).to_dict("records")
    ]
    counts = {"found": len(rows), "pictures": int(rows["image_id"].nunique())}
    return {"evaluation": evaluation.id, "score": score, "iou": iou, **counts, "boxes": listed}


def crop_place(corners: tuple[float, float, float, float], width: int, height: int) -> Place:
    """The part of an image of width x height px (0: unknown) to show for a box: x1, y1, x2, y2 in whole px.

    Is the box with a margin, widened to one aspect if the image is large enough; at least 1 x 1 px.
    """
    x1, y1, x2, y2 = corners
    margin = max(_LEAST_MARGIN_PX, _MARGIN * max(x2 - x1, y2 - y1))
    wide, high = x2 - x1 + 2 * margin, y2 - y1 + 2 * margin
    wide, high = max(wide, high * _ASPECT), max(high, wide / _ASPECT)
    left, right = _within((x1 + x2) / 2, wide, width)
    top, bottom = _within((y1 + y2) / 2, high, height)
    return left, top, right, bottom


def box_place(evaluation: OpenEvaluation, image_id: int, kind: str, key: int) -> Place:
    """`crop_place` of a `detection` or `truth`, by its id. Raises NotFoundError if the image has no such box."""
    truths, detections = evaluation.on_images([image_id])
    table, name = (detections, "detection_id") if kind == "detection" else (truths, "annotation_id")
    rows = table[table[name] == key]
    if rows.empty or kind not in ("detection", "truth"):
        raise NotFoundError(f"Image {image_id} has no {kind} {key}.", "Choose a box of this image.")
    size = evaluation.truth.images.set_index("image_id").loc[image_id]
    x1, y1, x2, y2 = (float(rows.iloc[0][corner]) for corner in BOX_COLUMNS)
    return crop_place((x1, y1, x2, y2), int(size["width"]), int(size["height"]))


def _within(middle: float, length: float, size: int) -> tuple[int, int]:
    """Start and end along one side: of this length, moved and cut to lie within the image."""
    limit = float(size) if size > 0 else np.inf
    length = min(length, limit)
    start = np.floor(min(max(0.0, middle - length / 2), limit - length))
    return int(start), int(min(limit, np.ceil(start + length)))


def _overlaps(detections: pd.DataFrame, objects: pd.DataFrame) -> np.ndarray:
    """(N,) the IoU of each detection with its matched object, or with the object of its cause; NaN for neither."""
    is_right = (detections["outcome"] == "true_positive").to_numpy()
    ious = np.where(is_right, detections["iou"], np.nan)
    is_about = ~is_right & (detections["meant_for"] > 0).to_numpy()
    wrong = detections[is_about]
    ious[is_about] = paired_iou_xyxy(boxes_xyxy(wrong), boxes_xyxy(objects.loc[wrong["meant_for"]]))
    return ious


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    area = area_xyxy(boxes_xyxy(rows))
    outcome = rows["outcome"].map(_ORDER).to_numpy(dtype=np.int64)
    rank = np.select([outcome == 0, outcome == 1], [-rows["score"].to_numpy(), -area], rows["iou"].to_numpy())
    columns = ["image_id", "file_name", "kind", "id", "outcome", "category_id", "name", "score"]
    columns += ["calibrated", "iou", "cause"]
    # Ties are broken by image and id, so that the order is always the same.
    order = np.lexsort((rows["id"], rows["image_id"], rank, outcome))
    return rows.iloc[order][[*columns, *BOX_COLUMNS]].reset_index(drop=True)
