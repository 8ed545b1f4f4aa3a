"""COCO's AP with a weight for each image, from existing matches.

A weight of 2 has the effect of two copies of the image. So whole-number weights are a resample of the images, and
weights of 1 give the AP of core.evaluation.scores.scores (tests compare to 1e-6). Everything is 0 to 1.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals.ranked_matches import COCO_IOUS, Floats, Indices, RankedMatches
from core.evaluation.thresholds.curves import RECALLS


@dataclass(frozen=True, slots=True, kw_only=True)
class ApEstimator:
    """Computes AP of one evaluation for many sets of weights. Made by `estimator_for`; thread-safe, because read-only.

    Uses only the T true positives: between two of them precision falls, so the best precision at a recall or beyond is
    always at a true positive. `image_of_true` (T,) is the index of its image, `segment_of` (T,) the segment of its
    class and IoU as in `RankedMatches`, `filled` the segments that have true positives.
    """

    ranked: RankedMatches
    image_of_true: Indices
    segment_of: Indices
    filled: Indices

    def class_aps(self, weights: Floats) -> Floats:
        """(K, 10) AP of each class at each of COCO's IoUs; NaN for a class without objects in the weighted images.

        Args: weights (P,), 0 or more, of the images in `image_order`.
        Source: pycocotools `accumulate`: at each of 101 recalls the best precision at that recall or beyond.
        """
        ranked, ious = self.ranked, len(COCO_IOUS)
        objects = weights @ ranked.truth_counts
        aps = np.zeros(ranked.classes * ious)
        if len(self.filled):
            tp = self._true_positives(weights)
            precision = tp / np.maximum(self._counted(weights), np.finfo(np.float64).tiny)
            recall = tp / np.where(objects > 0, objects, 1.0)[self.segment_of // ious]
            parts = self._best_beyond(precision) * self._recalls_gained(recall)
            aps[self.filled] = np.add.reduceat(parts, ranked.true_start[self.filled]) / len(RECALLS)
        table = aps.reshape(ranked.classes, ious)
        table[objects <= 0] = np.nan
        return table

    def _true_positives(self, weights: Floats) -> Floats:
        """(T,) the summed weight of the true positives of a segment so far; weights (P,)."""
        so_far = np.append(0.0, np.cumsum(weights[self.image_of_true]))
        return so_far[1:] - so_far[self.ranked.true_start][self.segment_of]

    def _counted(self, weights: Floats) -> Floats:
        """(T,) the summed weight of the detections of the class so far, without ignored ones; weights (P,)."""
        ranked, ious = self.ranked, len(COCO_IOUS)
        so_far = np.append(0.0, np.cumsum(weights[ranked.image_of]))
        before = np.repeat(so_far[ranked.class_start[:-1]], ious)
        counted = so_far[1:][ranked.true_at]
        if len(ranked.ignored_at):
            ignored = np.append(0.0, np.cumsum(weights[ranked.image_of[ranked.ignored_at]]))
            before = before - ignored[ranked.ignored_start[:-1]]
            counted -= ignored[ranked.ignored_before]
        return counted - before[self.segment_of]

    def _best_beyond(self, precision: Floats) -> Floats:
        """(T,) the best precision from each true positive to the end of its segment; precision (T,)."""
        # Each segment is lifted above the next one, so that one running maximum from the end serves them all.
        lift = 2.0 * (len(self.ranked.true_start) - self.segment_of)
        return np.maximum.accumulate((precision + lift)[::-1])[::-1] - lift

    def _recalls_gained(self, recall: Floats) -> npt.NDArray[np.int64]:
        """(T,) how many of the 101 recalls each true positive is the first to reach; recall (T,)."""
        nearest = np.rint(recall * (len(RECALLS) - 1)).astype(np.int64)
        # Compares floats as pycocotools does: its 0.07 is not quite 7 / 100.
        reached = nearest + (RECALLS[nearest] <= recall)
        gained = np.diff(reached, prepend=0)
        first = self.ranked.true_start[self.filled]
        gained[first] = reached[first]
        return gained


def estimator_for(ranked: RankedMatches) -> ApEstimator:
    """The estimator of these matches."""
    lengths = np.diff(ranked.true_start)
    segment_of = np.repeat(np.arange(len(lengths)), lengths)
    return ApEstimator(
        ranked=ranked,
        image_of_true=ranked.image_of[ranked.true_at],
        segment_of=segment_of,
        filled=np.flatnonzero(lengths),
    )
