"""Confusion matrices and counts of causes at every score threshold, precomputed for the static HTML report.

Everything comes from one `Matching`, as in `core.evaluation.matching.outcomes` for one threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.matching.matching import Matching, find_overlaps, match
from core.evaluation.matching.outcomes import Outcomes, confusion_matrix, count_causes, outcomes_at
from core.evaluation.thresholds.curves import THRESHOLDS
from core.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsAtScores:
    """The counts at T score thresholds for K classes.

    `scores` (T,) rising, 0 to 1; `confusion` (T, K + 1, K + 1) as `confusion_matrix`; `causes` and `objects` (T, 6) as
    `count_causes`, in the order of CAUSES.
    """

    scores: npt.NDArray[np.float64]
    confusion: npt.NDArray[np.int64]
    causes: npt.NDArray[np.int64]
    objects: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BoxesAtScores:
    """The boxes of some images, from which the outcome at any threshold follows.

    `outcomes` is at score 0: outcome, cause and `meant_for` of a detection hold at every threshold that it reaches.
    `across` (P, 2) holds the pairs (detection_id, annotation_id) of different classes in the order of their choice: at
    a threshold, each detection that reaches it and has no object yet takes the object, if that is free.
    """

    outcomes: Outcomes
    across: npt.NDArray[np.int64]


def scores_with(score: float) -> npt.NDArray[np.float64]:
    """(T,) the steps of the score slider and this score, rising."""
    return np.union1d(THRESHOLDS, [score])


def count_at_scores(
    truths: pd.DataFrame,
    detections: pd.DataFrame,
    matching: Matching,
    classes: int,
    scores: Sequence[float] | npt.NDArray[np.float64],
    progress: Progress,
) -> CountsAtScores:
    """Confusion matrix and counts of causes at each of `scores` (T,). `matching` must be of these two tables."""
    matrices, causes, objects = [], [], []
    for index, score in enumerate(scores):
        progress(index / len(scores), f"Counting at score {score:.2f}")
        outcomes = outcomes_at(truths, detections, matching, float(score))
        counted = count_causes(outcomes)
        matrices.append(confusion_matrix(outcomes, classes))
        causes.append([row.count for row in counted])
        objects.append([row.objects for row in counted])
    return CountsAtScores(
        scores=np.asarray(scores), confusion=np.stack(matrices), causes=np.array(causes), objects=np.array(objects)
    )


def boxes_at_scores(truths: pd.DataFrame, detections: pd.DataFrame, iou: float) -> BoxesAtScores:
    """The boxes of these tables at an IoU. Images are matched separately, so the tables may hold only some."""
    matching = match(truths, detections, find_overlaps(truths, detections), iou)
    across = matching.across
    pairs = (
        detections["detection_id"].to_numpy(dtype=np.int64)[across.detections],
        truths["annotation_id"].to_numpy(dtype=np.int64)[across.truths],
    )
    return BoxesAtScores(outcomes_at(truths, detections, matching, 0.0), np.stack(pairs, axis=1))
