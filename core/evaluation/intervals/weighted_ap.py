"""COCO's AP with a weight for each image, from matches that are there already.

A weight of 2 gives what two copies of the image would, so whole-number weights are a resample of the images, and
weights of 1 the AP of core.evaluation.scores.scores (tests compare to 1e-6). Everything is 0 to 1.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals.ranked_matches import COCO_IOUS, Floats, Places, RankedMatches
from core.evaluation.thresholds.curves import RECALLS


@dataclass(frozen=True, slots=True, kw_only=True)
class ApEstimator:
    """Computes AP of one evaluation again and again. Make it by `estimator_for`; thread-safe, nothing is written.

    Only true positives are looked at: between two of them precision falls, so that the best precision at a recall or
    beyond is always that of a true positive. `image_of_true` (T,) is its image, `stretch_of` (T,) its class and IoU
    as `RankedMatches` orders them, `filled` the stretches that have any.
    """

    ranked: RankedMatches
    image_of_true: Places
    stretch_of: Places
    filled: Places

    def class_aps(self, weights: Floats) -> Floats:
        """(K, 10) AP of each class at each of COCO's IoUs; NaN for a class without objects in the weighted images.

        Args: weights (P,) of the images in `image_order`, 0 or more.
        Source: pycocotools `accumulate`: at each of 101 recalls the best precision at that recall or beyond.
        """
        ranked, ious = self.ranked, len(COCO_IOUS)
        objects = weights @ ranked.truth_counts
        aps = np.zeros(ranked.classes * ious)
        if len(self.filled):
            found = self._found(weights)
            precision = found / np.maximum(self._counted(weights), np.finfo(np.float64).tiny)
            recall = found / np.where(objects > 0, objects, 1.0)[self.stretch_of // ious]
            parts = self._best_beyond(precision) * self._recalls_gained(recall)
            aps[self.filled] = np.add.reduceat(parts, ranked.true_start[self.filled]) / len(RECALLS)
        table = aps.reshape(ranked.classes, ious)
        table[objects <= 0] = np.nan
        return table

    def _found(self, weights: Floats) -> Floats:
        """(T,) the weight of the true positives of a stretch so far."""
        so_far = np.append(0.0, np.cumsum(weights[self.image_of_true]))
        return so_far[1:] - so_far[self.ranked.true_start][self.stretch_of]

    def _counted(self, weights: Floats) -> Floats:
        """(T,) the weight of all detections of the class so far, without ignored ones."""
        ranked, ious = self.ranked, len(COCO_IOUS)
        so_far = np.append(0.0, np.cumsum(weights[ranked.image_of]))
        before = np.repeat(so_far[ranked.class_start[:-1]], ious)
        counted = so_far[1:][ranked.true_at]
        if len(ranked.ignored_at):
            ignored = np.append(0.0, np.cumsum(weights[ranked.image_of[ranked.ignored_at]]))
            before = before - ignored[ranked.ignored_start[:-1]]
            counted -= ignored[ranked.ignored_before]
        return counted - before[self.stretch_of]

    def _best_beyond(self, precision: Floats) -> Floats:
        """(T,) the best precision from here to the end of the stretch."""
        # Each stretch lies above the one behind it, so that one running maximum from the end serves them all.
        lift = 2.0 * (len(self.ranked.true_start) - self.stretch_of)
        return np.maximum.accumulate((precision + lift)[::-1])[::-1] - lift

    def _recalls_gained(self, recall: Floats) -> npt.NDArray[np.int64]:
        """(T,) how many of the 101 recalls are reached here for the first time."""
        nearest = np.rint(recall * (len(RECALLS) - 1)).astype(np.int64)
        # Compared in floats as pycocotools does: its 0.07 is not quite 7 / 100.
        reached = nearest + (RECALLS[nearest] <= recall)
        gained = np.diff(reached, prepend=0)
        first = self.ranked.true_start[self.filled]
        gained[first] = reached[first]
        return gained


def estimator_for(ranked: RankedMatches) -> ApEstimator:
    """What `ApEstimator` needs to know besides."""
    lengths = np.diff(ranked.true_start)
    stretch_of = np.repeat(np.arange(len(lengths)), lengths)
    return ApEstimator(
        ranked=ranked,
        image_of_true=ranked.image_of[ranked.true_at],
        stretch_of=stretch_of,
        filled=np.flatnonzero(lengths),
    )
