"""Detections, looked at before anything is computed from them. Imported by the rest of core.evaluation and core.desk.

hotcoco loads NaN boxes, missing scores and unknown pictures or classes with no more than a warning, so the tables are
checked here first: a wrong value is an error that names its row.
"""

import numpy as np
import pandas as pd

from core.boxes import Boxes
from core.errors import AppError
from core.tables import DETECTIONS, conform

_REMEDY = "Correct the detector's output, and evaluate again."


def check_detections(images: pd.DataFrame, categories: pd.DataFrame, detections: pd.DataFrame) -> pd.DataFrame:
    """The detections with exactly the columns of core.tables.DETECTIONS, all of them fit for evaluation.

    Raises AppError naming the first bad row: a missing column, a coordinate or score that is no finite number, a score
    outside 0 to 1, swapped corners, a picture or class that the other two tables do not have.
    """
    missing = [name for name in DETECTIONS if name not in detections.columns]
    if missing:
        raise AppError(f"The detections have no {', '.join(missing)}.", _REMEDY)
    numbers = detections[["x1", "y1", "x2", "y2", "score"]].to_numpy(dtype=np.float64, na_value=np.nan)
    _refuse(detections, ~np.isfinite(numbers).all(axis=1), "has a coordinate or score that is no finite number")
    _refuse(detections, (numbers[:, 4] < 0) | (numbers[:, 4] > 1), "has a score outside 0 to 1")
    _refuse(detections, _has_swapped_corners(numbers[:, :4]), "has swapped corners")
    unknown_image = ~detections["image_id"].isin(images["image_id"]).to_numpy()
    _refuse(detections, unknown_image, "is on a picture that is not evaluated here")
    unknown_class = ~detections["category_id"].isin(categories["category_id"]).to_numpy()
    _refuse(detections, unknown_class, "is of a class that is not evaluated here")
    return conform(detections, DETECTIONS)


def only_of(images: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of annotations or detections that lie on these images, numbered anew."""
    return table[table["image_id"].isin(images["image_id"])].reset_index(drop=True)


def _has_swapped_corners(boxes: Boxes) -> np.ndarray:
    return np.asarray((boxes[:, 2] < boxes[:, 0]) | (boxes[:, 3] < boxes[:, 1]))


def _refuse(detections: pd.DataFrame, is_bad: np.ndarray, what: str) -> None:
    if not is_bad.any():
        return
    row = int(np.argmax(is_bad))
    others = int(is_bad.sum()) - 1
    more = f" ({others:,} more like it)" if others else ""
    values = ", ".join(f"{name} {detections[name].iloc[row]}" for name in ("image_id", "category_id", "score"))
    raise AppError(f"Detection {detections['detection_id'].iloc[row]} ({values}) {what}{more}.", _REMEDY)
