"""Delta AP of each cause: AP at the matching's IoU with its mistakes repaired, minus AP as it is.

Uses detections of all scores, as AP does.

Source: TIDE's program tidecv (tests compare with it). Repairing a class or location mistake turns it into a true
positive if it is the strongest one meant for a missed object, and removes it otherwise. Repairing *both*, *duplicate*
and *background* removes the detection. Repairing *missed* removes the object. Two differences from tidecv: classes
without objects do not count in the mean, as in COCO, and there is no cap on detections.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.matching.causes import CAUSES, NONE, BoxCauses, Cause, Codes, causes_of_detections, explained_by
from core.evaluation.matching.matching import Matching, Rows
from core.evaluation.thresholds.curves import RECALLS


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaAP:
    """`ap` at the IoU, the AP gained by repairing each cause, and by perfect precision or recall.

    All 0 to 1. All None if there are no objects.
    """

    ap: float | None
    by_cause: dict[Cause, float | None]
    false_positives: float | None
    false_negatives: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """Detections by falling score, ready to compute AP with some causes repaired. Made by `prepare_repairs`.

    Of N detections, `classes` (N,) is the class id, `codes` (N,) the cause or NONE, `repaired` (N,) the class as which
    a repaired mistake becomes a true positive, -1 for a detection that repair removes. `objects` (K,) counts the
    objects of each class, `never_found` (K,) those that nothing found, `missed` (K,) those whose cause is missed.
    """

    classes: Rows
    codes: Codes
    repaired: Rows
    objects: Rows
    never_found: Rows
    missed: Rows

    def ap(self, causes: Collection[Cause] = ()) -> float | None:
        """AP at the IoU with these causes repaired together, 0 to 1; None if there are no objects.

        Never below the AP without repairs: a smaller number could only come from reading precision at 101 recalls.
        """
        plain = self._mean_ap(self.classes, self.codes == NONE, self.objects)
        if plain is None or not causes:
            return plain
        # The last element is for NONE, -1.
        is_repaired = np.array([cause in causes for cause in CAUSES] + [False])[self.codes]
        is_kept = ~is_repaired | (self.repaired >= 0)
        classes = np.where(is_repaired, self.repaired, self.classes)[is_kept]
        is_tp = (is_repaired | (self.codes == NONE))[is_kept]
        repaired = self._mean_ap(classes, is_tp, self.objects - (self.missed if Cause.MISSED in causes else 0))
        return max(plain, 1.0 if repaired is None else repaired)

    def delta_ap(self) -> DeltaAP:
        """The AP gained by repairing each cause alone."""
        ap = self.ap()
        if ap is None:
            return DeltaAP(ap=None, by_cause=dict.fromkeys(CAUSES), false_positives=None, false_negatives=None)
        is_tp = self.codes == NONE
        precise = self._mean_ap(self.classes[is_tp], is_tp[is_tp], self.objects)
        complete = self._mean_ap(self.classes, is_tp, self.objects - self.never_found)
        by_cause: dict[Cause, float | None] = {cause: (self.ap([cause]) or 0.0) - ap for cause in CAUSES}
        return DeltaAP(
            ap=ap,
            by_cause=by_cause,
            false_positives=(precise or 0.0) - ap,
            false_negatives=(1.0 if complete is None else complete) - ap,
        )

    def _mean_ap(self, classes: Rows, is_tp: npt.NDArray[np.bool_], objects: Rows) -> float | None:
        """Mean AP over the classes with objects; None if no class has any.

        Args: classes and is_tp, (N,) of the detections by falling score; objects, (K,) of the classes.

        As in tidecv, a class whose objects are all removed by repair counts 0 with detections, and not at all without.
        """
        # With 8 or 16 bits numpy sorts by radix, which makes nine APs affordable.
        order = np.argsort(classes.astype(np.min_scalar_type(len(objects))), kind="stable")
        edges = np.searchsorted(classes[order], np.arange(len(objects) + 1))
        is_tp = is_tp[order]
        aps = []
        for category_id in np.flatnonzero(self.objects):
            of_class = is_tp[edges[category_id] : edges[category_id + 1]]
            if objects[category_id] or len(of_class):
                aps.append(_average_precision(of_class, int(objects[category_id])))
        return float(np.mean(aps)) if aps else None


def prepare_repairs(truths: pd.DataFrame, detections: pd.DataFrame, matching: Matching, classes: int) -> Repairs:
    """The repairs at the matching's IoU. `matching` must be of these two tables; `classes` is their number."""
    causes = causes_of_detections(matching)
    explained = explained_by(matching, causes, 0.0)
    never_found = matching.is_free(0.0)
    truth_classes = truths["category_id"].to_numpy(dtype=np.int64)
    order = matching.order[~matching.is_ignored[matching.order]]
    return Repairs(
        classes=detections["category_id"].to_numpy(dtype=np.int64)[order],
        codes=causes.codes[order],
        repaired=_repaired_classes(causes, explained, truth_classes)[order],
        objects=_count(truth_classes[~matching.is_crowd], classes),
        never_found=_count(truth_classes[never_found], classes),
        missed=_count(truth_classes[never_found & (explained < 0)], classes),
    )


def _repaired_classes(causes: BoxCauses, explained: Rows, truth_classes: Rows) -> Rows:
    """(N,) the class of the object that each detection would find after its repair, -1 for none."""
    classes = np.full(len(causes.codes), -1, dtype=np.int64)
    objects = np.flatnonzero(explained >= 0)
    classes[explained[objects]] = truth_classes[objects]
    return classes


def _average_precision(is_tp: npt.NDArray[np.bool_], objects: int) -> float:
    """AP of one class; `is_tp` (N,) by falling score. Source: pycocotools `accumulate`, 101 recalls."""
    ranks = np.flatnonzero(is_tp)
    if objects == 0 or not len(ranks):
        return 0.0
    # Recall rises, and precision has its maxima, only at true positives.
    tp = np.arange(1, len(ranks) + 1)
    best_beyond = np.maximum.accumulate((tp / (ranks + 1))[::-1])[::-1]
    at = np.searchsorted(tp / objects, RECALLS, side="left")
    return float(np.append(best_beyond, 0.0)[at].mean())


def _count(category_ids: Rows, classes: int) -> Rows:
    return np.bincount(category_ids, minlength=classes).astype(np.int64)
