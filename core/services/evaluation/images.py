"""Filters and sorts the images of an evaluation by their mistakes."""

from typing import Final

import numpy as np
import pandas as pd

from core.errors import AppError
from core.evaluation.matching.outcomes import TruthOutcome
from core.services.evaluation.attributes import images_with_attribute
from core.services.evaluation.box_filter import EVERYTHING, ImageFilter, counted_boxes, hits_of, slice_of
from core.services.evaluation.opened import OpenEvaluation

# The column of each order; figures sort falling, names rising.
SORTS: Final = {"mistakes": "mistakes", "missed": "missed", "false_alarms": "fp", "name": "file_name"}


def image_rows(evaluation: OpenEvaluation, score: float, iou: float, chosen: ImageFilter = EVERYTHING) -> pd.DataFrame:
    """One row per image: `image_id, file_name, split, width, height, truths, tp, fp, missed, mistakes, hits`.

    Counts are of all classes; `hits` counts the boxes that the filter selects (all detections and missed objects if it
    selects none). Raises AppError for an unknown sort, outcome, cause, slice or attribute.
    """
    outcomes = evaluation.outcomes(score, iou)
    rows = evaluation.truth.images[["image_id", "file_name", "split", "width", "height"]].copy()
    boxes = counted_boxes(outcomes, len(evaluation.truth.categories))
    truths = outcomes.truths[outcomes.truths["outcome"] != TruthOutcome.CROWD]
    rows["truths"] = _count_on(rows, truths)
    for name, outcome in (("tp", "true_positive"), ("fp", "false_positive"), ("missed", "missed")):
        rows[name] = _count_on(rows, boxes[boxes["outcome"] == outcome])
    rows["mistakes"] = rows["fp"] + rows["missed"]
    rows["hits"] = _count_on(rows, hits_of(evaluation, boxes, chosen))
    if chosen.slice:
        slicing, part = slice_of(evaluation, chosen.slice)
        rows = rows if slicing.images is None else rows[slicing.images == part]
    if chosen.narrows_boxes:
        rows = rows[rows["hits"] > 0]
    if chosen.attribute:
        having = images_with_attribute(evaluation, chosen.attribute, chosen.value, chosen.category_id)
        rows = rows[rows["image_id"].isin(having)]
    if chosen.text:
        rows = rows[rows["file_name"].str.contains(chosen.text, case=False, regex=False)]
    return _sorted(rows, chosen.sort)


def chosen_boxes(evaluation: OpenEvaluation, score: float, iou: float, chosen: ImageFilter) -> pd.DataFrame:
    """The boxes that the filter selects and `hits` counts: `image_id, kind, id, outcome, category_id, cause`.

    `kind` is detection or truth (a missed object). Raises AppError as `image_rows`.
    """
    images = image_rows(evaluation, score, iou, chosen)
    boxes = counted_boxes(evaluation.outcomes(score, iou), len(evaluation.truth.categories))
    hits = hits_of(evaluation, boxes, chosen)
    hits = hits[hits["image_id"].isin(images["image_id"])]
    return hits[["image_id", "kind", "id", "outcome", "category_id", "cause"]].reset_index(drop=True)


def _count_on(images: pd.DataFrame, boxes: pd.DataFrame) -> np.ndarray:
    """(N,) the number of boxes on each image."""
    counts = boxes["image_id"].value_counts()
    return np.asarray(counts.reindex(images["image_id"], fill_value=0).to_numpy(), dtype=np.int64)


def _sorted(rows: pd.DataFrame, sort: str) -> pd.DataFrame:
    if sort not in SORTS:
        raise AppError(f"Images cannot be sorted by {sort!r}.", f"Choose one of {', '.join(SORTS)}.")
    column = SORTS[sort]
    # Ties are broken by name, so that the order is always the same.
    return rows.sort_values([column, "file_name"], ascending=[sort == "name", True]).reset_index(drop=True)
