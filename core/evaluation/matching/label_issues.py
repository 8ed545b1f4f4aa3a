"""Labels that the model disputes, as a ranked table: they may be missing, of the wrong class, or badly drawn.

A label issue is a confident detection that the labels do not explain. It has the id of the detection, and a detection
is at most one label issue. Crowd regions and detections in them are never label issues.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.boxes import area_xyxy
from core.evaluation.matching.matching import Overlaps, find_overlaps, match, match_across
from core.tables import BOX_COLUMNS, boxes_xyxy, from_columns

MISSING: Final = "missing"
WRONG_CLASS: Final = "wrong_class"
POOR_BOX: Final = "poor_box"
KINDS: Final = (MISSING, WRONG_CLASS, POOR_BOX)
# A label of another class is in doubt if the boxes overlap by COCO's lowest threshold.
SAME_PLACE_IOU: Final = 0.5
# A box with less overlap with an object is about something else.
POOR_FROM_IOU: Final = 0.3
# From here on a box is good enough for AP50, and which of the two fits better is a matter of taste.
POOR_BELOW_IOU: Final = 0.6
LABEL_ISSUES: Final = {
    "suspect_id": "int64",  # the detection's id
    "kind": "str",  # of KINDS
    "image_id": "int64",
    "annotation_id": "int64",  # the object in doubt; 0 if a label may be missing
    "truth_class": "int64",  # the class of its label; -1 if a label may be missing
    "category_id": "int64",  # the class that the model predicts
    "x1": "float64",  # the box that the model predicts, in px
    "y1": "float64",
    "x2": "float64",
    "y2": "float64",
    "score": "float64",  # 0 to 1
    "iou": "float64",  # of that box with the object, 0 to 1; 0 if a label may be missing
}


def find_label_issues(truths: pd.DataFrame, detections: pd.DataFrame, overlaps: Overlaps, score: float) -> pd.DataFrame:
    """The label issues (columns LABEL_ISSUES) among detections of at least `score`, highest score first, then by id.

    *wrong_class*: the detection lies on an object of another class (IoU of 0.5 or more, by `match_across`) that no
    detection of the object's class finds at this score. *poor_box*: it matches an object of its class at an IoU of 0.3
    to 0.6, fits no other object of the class better, and no other detection of at least `score` fits the object.
    *missing*: it overlaps no object of any class by 0.3, and no *missing* one of a higher score by 0.5, so a second
    detection of the same object does not count.
    Args: core.tables.ANNOTATIONS, DETECTIONS, and the overlaps of these two.
    """
    boxes = boxes_xyxy(detections)
    sure = (detections["score"].to_numpy(dtype=np.float64) >= score) & (area_xyxy(boxes) > 0)
    across = match_across(match(truths, detections, overlaps, SAME_PLACE_IOU), score)
    poor = _poor_boxes(truths, detections, overlaps, sure, across)
    is_missing = sure & (_best_of_each(overlaps, len(detections)) < POOR_FROM_IOU)
    is_missing[is_missing] = ~_is_doubled(detections[is_missing])
    rows = np.flatnonzero(is_missing | (across >= 0) | (poor >= 0))
    truth_of = np.where(across >= 0, across, poor)[rows]
    kinds = np.where(across >= 0, WRONG_CLASS, np.where(poor >= 0, POOR_BOX, MISSING))[rows]
    disputing = detections.iloc[rows]
    table = from_columns(
        LABEL_ISSUES,
        {
            "suspect_id": disputing["detection_id"].to_numpy(),
            "kind": kinds,
            "annotation_id": np.append(truths["annotation_id"].to_numpy(), 0)[truth_of],
            "truth_class": np.append(truths["category_id"].to_numpy(), -1)[truth_of],
            "iou": _ious_of(overlaps, rows, truth_of, len(truths)),
            **{name: disputing[name].to_numpy() for name in ("image_id", "category_id", *BOX_COLUMNS, "score")},
        },
    )
    return table.sort_values(["score", "suspect_id"], ascending=[False, True], ignore_index=True)


def _poor_boxes(
    truths: pd.DataFrame,
    detections: pd.DataFrame,
    overlaps: Overlaps,
    sure: npt.NDArray[np.bool_],
    across: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """(N,) the row of the object whose box each detection disputes, -1 for none. Args: sure (N,), across (N,)."""
    matching = match(truths, detections, overlaps, POOR_FROM_IOU)
    classes = detections["category_id"].to_numpy(), truths["category_id"].to_numpy()
    is_same = classes[0][overlaps.detections] == classes[1][overlaps.truths]
    fits = is_same & (overlaps.ious >= POOR_BELOW_IOU)
    explained = np.zeros(len(detections), dtype=bool)
    explained[overlaps.detections[fits]] = True
    confirmed = np.zeros(len(truths) + 1, dtype=bool)
    confirmed[overlaps.truths[fits & sure[overlaps.detections]]] = True
    # An object is in doubt only once: if its class is, its box is not.
    confirmed[across[across >= 0]] = True
    is_poor = sure & (matching.truth_of >= 0) & ~matching.is_ignored & (across < 0)
    is_poor &= ~explained & ~confirmed[matching.truth_of]
    return np.where(is_poor, matching.truth_of, -1)


def _best_of_each(overlaps: Overlaps, detections: int) -> npt.NDArray[np.float64]:
    """(N,) the largest IoU of each detection with any object or crowd region, 0 if there is none."""
    best = np.zeros(detections)
    np.maximum.at(best, overlaps.detections, overlaps.ious)
    return best


def _is_doubled(detections: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """(N,) whether one of these detections with a higher score, of any class, lies at the same place."""
    pairs = find_overlaps(detections.assign(is_crowd=False), detections)
    rank = np.empty(len(detections), dtype=np.int64)
    rank[np.lexsort((detections["detection_id"], -detections["score"].to_numpy()))] = np.arange(len(detections))
    is_below = (pairs.ious >= SAME_PLACE_IOU) & (rank[pairs.detections] > rank[pairs.truths])
    doubled = np.zeros(len(detections), dtype=bool)
    doubled[pairs.detections[is_below]] = True
    return doubled


def _ious_of(
    overlaps: Overlaps, rows: npt.NDArray[np.int64], truth_of: npt.NDArray[np.int64], truths: int
) -> npt.NDArray[np.float64]:
    """(R,) the IoU of each detection row with its object, 0 for none. Args: rows (R,), truth_of (R,), -1 for none."""
    keys = overlaps.detections * (truths + 1) + overlaps.truths
    order = np.argsort(keys, kind="stable")
    wanted = rows * (truths + 1) + np.where(truth_of < 0, truths, truth_of)
    if not len(keys):
        return np.zeros(len(rows))
    pair = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    return np.where(keys[pair] == wanted, overlaps.ious[pair], 0.0)
