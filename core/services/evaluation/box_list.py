"""The boxes that a filter of an evaluation asks for, one by one, in the order to look at them; where to cut them
out."""

from typing import Any, Final

import numpy as np
import pandas as pd

from core.boxes import area_xyxy, paired_iou_xyxy
from core.errors import NotFoundError
from core.services.evaluation.box_filter import ImageFilter
from core.services.evaluation.images import chosen_boxes
from core.services.evaluation.opened import OpenEvaluation
from core.tables import BOX_COLUMNS, boxes_xyxy

# Round a box so much of its longer side is shown, and at least so many px: an object is known by what is round it.
_MARGIN: Final = 0.5
_LEAST_MARGIN_PX: Final = 12.0
# Of what is cut out, where the image is large enough for it; one shape lets rows of crops line up.
_ASPECT: Final = 4 / 3
_ORDER: Final = {"false_positive": 0, "missed": 1, "true_positive": 2}

Place = tuple[int, int, int, int]


def object_rows(evaluation: OpenEvaluation, score: float, iou: float, chosen: ImageFilter) -> pd.DataFrame:
    """One row a box: `image_id, file_name, kind, id, outcome, category_id, name, score, iou, cause, x1, y1, x2, y2`.

    False positives first, by falling score; then missed objects, the largest first; then found ones, the loosest box
    first. `score` of a missed object is NaN; `iou` is with the object found, or of a false positive with the object
    that its cause is about (NaN for none). `chosen.sort` is not used. Raises AppError as `image_rows`.
    """
    rows = chosen_boxes(evaluation, score, iou, chosen)
    outcomes = evaluation.outcomes(score, iou)
    found = outcomes.detections.set_index("detection_id")
    objects = evaluation.truth.annotations.set_index("annotation_id")
    is_found = (rows["kind"] == "detection").to_numpy()
    tables = ((found, is_found), (objects, ~is_found))
    corners = np.zeros((len(rows), 4))
    for table, is_its in tables:
        corners[is_its] = table.loc[rows.loc[is_its, "id"], BOX_COLUMNS].to_numpy()
    scores, ious = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    of_found = found.loc[rows.loc[is_found, "id"]]
    scores[is_found], ious[is_found] = of_found["score"], _overlaps(of_found, objects)
    images = evaluation.truth.images.set_index("image_id")
    rows = rows.assign(
        file_name=images.loc[rows["image_id"], "file_name"].to_numpy(),
        name=np.array(evaluation.class_names, dtype=object)[rows["category_id"]] if len(rows) else "",
        score=scores,
        iou=ious,
        **dict(zip(BOX_COLUMNS, corners.T, strict=True)),
    )
    return _sorted(rows)


def objects_json(
    evaluation: OpenEvaluation, score: float, iou: float, chosen: ImageFilter, limit: int
) -> dict[str, Any]:
    """The document of `boxes` (docs/cli.md): all that the filter asks for are counted, `limit` of them listed."""
    rows = object_rows(evaluation, score, iou, chosen)
    listed = [
        {
            "image": int(row["image_id"]),
            "file": row["file_name"],
            "kind": row["kind"],
            "id": int(row["id"]),
            "outcome": row["outcome"],
            "name": row["name"],
            "score": None if np.isnan(row["score"]) else float(row["score"]),
            "iou": None if np.isnan(row["iou"]) else float(row["iou"]),
            "cause": row["cause"] or None,
            "box": [float(row[corner]) for corner in BOX_COLUMNS],
        }
        for row in rows.head(max(0, limit)).to_dict("records")
    ]
    counts = {"found": len(rows), "pictures": int(rows["image_id"].nunique())}
    return {"evaluation": evaluation.id, "score": score, "iou": iou, **counts, "boxes": listed}


def crop_place(corners: tuple[float, float, float, float], width: int, height: int) -> Place:
    """The part of an image of width x height px (0: not known) to show for a box: x1, y1, x2, y2 in whole px.

    The box with a margin, in one shape where the image is large enough for that; at least 1 x 1 px of it.
    """
    x1, y1, x2, y2 = corners
    margin = max(_LEAST_MARGIN_PX, _MARGIN * max(x2 - x1, y2 - y1))
    wide, high = x2 - x1 + 2 * margin, y2 - y1 + 2 * margin
    wide, high = max(wide, high * _ASPECT), max(high, wide / _ASPECT)
    left, right = _within((x1 + x2) / 2, wide, width)
    top, bottom = _within((y1 + y2) / 2, high, height)
    return left, top, right, bottom


def box_place(evaluation: OpenEvaluation, image_id: int, kind: str, key: int) -> Place:
    """`crop_place` of a detection or of a `truth`. Raises NotFoundError where there is none with this id there."""
    truths, found = evaluation.on_images([image_id])
    table, name = (found, "detection_id") if kind == "detection" else (truths, "annotation_id")
    rows = table[table[name] == key]
    if rows.empty or kind not in ("detection", "truth"):
        raise NotFoundError(f"Image {image_id} has no {kind} {key}.", "Choose a box of this image.")
    size = evaluation.truth.images.set_index("image_id").loc[image_id]
    x1, y1, x2, y2 = (float(rows.iloc[0][corner]) for corner in BOX_COLUMNS)
    return crop_place((x1, y1, x2, y2), int(size["width"]), int(size["height"]))


def _within(middle: float, length: float, size: int) -> tuple[int, int]:
    """From where to where, along one side: as long as asked for, moved and cut so that it lies in the image."""
    limit = float(size) if size > 0 else np.inf
    length = min(length, limit)
    start = np.floor(min(max(0.0, middle - length / 2), limit - length))
    return int(start), int(min(limit, np.ceil(start + length)))


def _overlaps(found: pd.DataFrame, objects: pd.DataFrame) -> np.ndarray:
    """(N,) the IoU of each detection with the object it found, or with the one that its cause is about; NaN."""
    is_right = (found["outcome"] == "true_positive").to_numpy()
    ious = np.where(is_right, found["iou"], np.nan)
    is_about = ~is_right & (found["meant_for"] > 0).to_numpy()
    wrong = found[is_about]
    ious[is_about] = paired_iou_xyxy(boxes_xyxy(wrong), boxes_xyxy(objects.loc[wrong["meant_for"]]))
    return ious


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    area = area_xyxy(boxes_xyxy(rows))
    outcome = rows["outcome"].map(_ORDER).to_numpy(dtype=np.int64)
    rank = np.select([outcome == 0, outcome == 1], [-rows["score"].to_numpy(), -area], rows["iou"].to_numpy())
    columns = ["image_id", "file_name", "kind", "id", "outcome", "category_id", "name", "score", "iou", "cause"]
    # Ties fall by image and id, so that the order is the same each time.
    order = np.lexsort((rows["id"], rows["image_id"], rank, outcome))
    return rows.iloc[order][[*columns, *BOX_COLUMNS]].reset_index(drop=True)
