"""COCO's scores of masks, beside those of boxes. Runs on hotcoco; equal to pycocotools.

Detections with masks have one more column, `MASK`: COCO's compressed run lengths as JSON text.
"""

import json
from typing import Any, Final

import hotcoco
import numpy as np
import pandas as pd

from core.boxes import xyxy_to_xywh
from core.evaluation.predictions import Truth, only_of
from core.evaluation.scores.scores import Scores, table_of
from core.tables import boxes_xyxy

MASK: Final = "outline"


def score_masks(truth: Truth, detections: pd.DataFrame) -> Scores | None:
    """COCO's scores of masks on the truth's images; None if the detections have no masks.

    Args: detections that pass `check_detections`, with the column `MASK`. If an object or a detection lacks a mask,
    there are no scores, and a note says so. Source: pycocotools 2.0 with its default parameters, `segm`.
    """
    if MASK not in detections.columns:
        return None
    truths = only_of(truth.images, truth.annotations)
    lacking = int(((truths["segmentation"] == "") & ~truths["is_crowd"]).sum())
    if lacking:
        return Scores(notes=[f"AP of masks: {lacking:,} of {len(truths):,} objects have a box only."])
    if unread := int((detections[MASK] == "").sum()):
        return Scores(notes=[f"AP of masks: {unread:,} of {len(detections):,} detections have a box only."])
    return table_of(truth.images, truths, truth.categories, detections, _evaluator)


def _evaluator(
    images: list[dict[str, Any]], categories: list[dict[str, Any]], truths: pd.DataFrame, detections: pd.DataFrame
) -> Any:
    truth = hotcoco.COCO.from_arrays(
        images=images,
        categories=categories,
        image_ids=truths["image_id"].to_numpy(),
        category_ids=truths["category_id"].to_numpy(),
        boxes=xyxy_to_xywh(boxes_xyxy(truths)),
        ids=np.arange(1, len(truths) + 1),
        area=truths["area"].to_numpy(dtype=np.float64),
        iscrowd=truths["is_crowd"].to_numpy(dtype=np.int64),
        segmentation=[_shape(*row) for row in truths[["segmentation", "x1", "y1", "x2", "y2"]].itertuples(index=False)],
    )
    # No boxes: then the area is that of the mask, as in pycocotools.
    columns = detections[["image_id", "category_id", "score", MASK]]
    results = [
        {"image_id": int(image), "category_id": int(key), "score": float(score), "segmentation": json.loads(mask)}
        for image, key, score, mask in columns.itertuples(index=False)
    ]
    return hotcoco.COCOeval(truth, truth.load_res(results), "segm")


def _shape(segmentation: str, x1: float, y1: float, x2: float, y2: float) -> Any:
    # A crowd region may have only a box, which serves as the region to ignore.
    return json.loads(segmentation) if segmentation else [[x1, y1, x2, y1, x2, y2, x1, y2]]
