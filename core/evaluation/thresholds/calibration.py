"""How well scores serve as probabilities, and false positives on images without objects.

The matches are those of core.evaluation.matching, so that calibration, counts and images agree at any IoU and without
COCO's cap. hotcoco computes the figures from them. A test compares them to hotcoco's evaluation.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from hotcoco import metrics

from core.evaluation.matching.matching import Matching
from core.evaluation.thresholds.curves import THRESHOLDS

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """`bins` has one row per score interval: `low, high, detections, confidence, precision`.

    `confidence` is the mean score of its detections, `precision` the share that is right; both NaN in an empty bin.
    `ece` is the expected calibration error: the mean distance of the two over all detections, 0 to 1; None without
    detections.
    """

    bins: pd.DataFrame
    ece: float | None

    def to_json(self) -> dict[str, Any]:
        """Bins and error as JSON values, None where a bin is empty."""
        rows = self.bins.astype(object).where(self.bins.notna(), None).to_dict("records")
        return {"ece": self.ece, "detections": int(self.bins["detections"].sum()), "bins": rows}


@dataclass(frozen=True, slots=True)
class Background:
    """False positives on images without any object. `curve` is by threshold: `score, false_alarms, per_picture`."""

    images: int
    curve: pd.DataFrame

    def to_json(self, score: float) -> dict[str, Any]:
        """The figures at a score threshold (nearest step of 0.01); `per_picture` is null without such images."""
        row = self.curve.iloc[(self.curve["score"] - score).abs().argmin()]
        per_image = float(row["per_picture"]) if self.images else None
        return {"pictures": self.images, "false_alarms": int(row["false_alarms"]), "per_picture": per_image}


def calibrate(
    detections: pd.DataFrame,
    matching: Matching,
    category_id: int | None = None,
    calibrated: npt.NDArray[np.float64] | None = None,
) -> Calibration:
    """The calibration at the matching's IoU over all scores, of one class or (None) of all.

    Args: detections (N,) of the matching; calibrated (N,), scores to take instead of theirs, 0 to 1. Detections in
    crowd regions are left out.
    Source: Naeini et al. 2015, ten bins of equal width; the last one includes 1.
    """
    is_counted = ~matching.is_ignored
    if category_id is not None:
        is_counted &= detections["category_id"].to_numpy() == category_id
    scores = (matching.scores if calibrated is None else calibrated)[is_counted]
    is_right = matching.truth_of[is_counted] >= 0
    rows = [
        {
            "low": round(row["bin_lower"], 10),
            "high": round(row["bin_upper"], 10),
            "detections": row["count"],
            "confidence": row["avg_confidence"] if row["count"] else np.nan,
            "precision": row["avg_accuracy"] if row["count"] else np.nan,
        }
        for row in metrics.calibration_curve(scores, is_right, BINS)
    ]
    return Calibration(
        pd.DataFrame(rows), metrics.calibration_error(scores, is_right, BINS)[0] if len(scores) else None
    )


def background_false_positives(images: pd.DataFrame, truths: pd.DataFrame, detections: pd.DataFrame) -> Background:
    """The detections on images without any object or crowd region, at each score threshold."""
    empty = images.loc[~images["image_id"].isin(truths["image_id"]), "image_id"]
    scores = np.sort(detections.loc[detections["image_id"].isin(empty), "score"].to_numpy(dtype=np.float64))
    false_positives = len(scores) - np.searchsorted(scores, THRESHOLDS, side="left")
    per_image = false_positives / len(empty) if len(empty) else np.full(len(false_positives), np.nan)
    return Background(
        len(empty), pd.DataFrame({"score": THRESHOLDS, "false_alarms": false_positives, "per_picture": per_image})
    )
