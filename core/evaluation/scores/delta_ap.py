"""How much AP each cause costs: the AP at the matching's IoU if its mistakes were repaired, minus the AP as it is.

All detections take part, whatever their score, because AP uses them all.

Source: TIDE's program tidecv (tests compare with it). A class or location mistake that is the strongest one meant for a
missed object becomes a find, the others disappear; both, duplicate and background disappear; missed objects are no
longer asked for. Two differences: like COCO, and unlike tidecv, classes without objects do not count in the mean, and
there is no cap on detections.
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
    """`ap` at the IoU, 0 to 1; what repairing each cause would add; what perfect precision and recall would add.

    None of it where there are no objects.
    """

    ap: float | None
    by_cause: dict[Cause, float | None]
    false_positives: float | None
    false_negatives: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """The detections by falling score, ready to be scored with some causes repaired; made by `prepare_repairs`.

    `kinds` (N,) class, `codes` (N,) cause or NONE, `repaired` (N,) the class as which a mistake becomes a find when
    it is repaired, -1 for one that then disappears. `objects` (K,) counts the objects of each class, `never_found`
    those that nobody found, `missed` those whose cause is missed.
    """

    kinds: Rows
    codes: Codes
    repaired: Rows
    objects: Rows
    never_found: Rows
    missed: Rows

    def ap(self, causes: Collection[Cause] = ()) -> float | None:
        """AP at the IoU with these causes repaired together, 0 to 1; None where there are no objects.

        Never below the AP as it is: a smaller number would only come from reading precision at 101 recalls.
        """
        plain = self._mean_ap(self.kinds, self.codes == NONE, self.objects)
        if plain is None or not causes:
            return plain
        # The last place is that of NONE, -1.
        is_repaired = np.array([cause in causes for cause in CAUSES] + [False])[self.codes]
        is_kept = ~is_repaired | (self.repaired >= 0)
        kinds = np.where(is_repaired, self.repaired, self.kinds)[is_kept]
        is_tp = (is_repaired | (self.codes == NONE))[is_kept]
        repaired = self._mean_ap(kinds, is_tp, self.objects - (self.missed if Cause.MISSED in causes else 0))
        return max(plain, 1.0 if repaired is None else repaired)

    def lost(self) -> DeltaAP:
        """What each cause costs."""
        ap = self.ap()
        if ap is None:
            return DeltaAP(ap=None, by_cause=dict.fromkeys(CAUSES), false_positives=None, false_negatives=None)
        is_tp = self.codes == NONE
        precise = self._mean_ap(self.kinds[is_tp], is_tp[is_tp], self.objects)
        complete = self._mean_ap(self.kinds, is_tp, self.objects - self.never_found)
        by_cause: dict[Cause, float | None] = {cause: (self.ap([cause]) or 0.0) - ap for cause in CAUSES}
        return DeltaAP(
            ap=ap,
            by_cause=by_cause,
            false_positives=(precise or 0.0) - ap,
            false_negatives=(1.0 if complete is None else complete) - ap,
        )

    def _mean_ap(self, kinds: Rows, is_tp: npt.NDArray[np.bool_], objects: Rows) -> float | None:
        """The mean over the classes with objects; None where no class has any.

        As in tidecv, a class whose objects are all repaired away counts 0 with detections, and not at all without.
        """
        # Of 8 or 16 bits: numpy then sorts by radix, which is what makes nine APs affordable.
        order = np.argsort(kinds.astype(np.min_scalar_type(len(objects))), kind="stable")
        edges = np.searchsorted(kinds[order], np.arange(len(objects) + 1))
        is_tp = is_tp[order]
        aps = []
        for kind in np.flatnonzero(self.objects):
            of_class = is_tp[edges[kind] : edges[kind + 1]]
            if objects[kind] or len(of_class):
                aps.append(_average_precision(of_class, int(objects[kind])))
        return float(np.mean(aps)) if aps else None


def prepare_repairs(truths: pd.DataFrame, detections: pd.DataFrame, matching: Matching, classes: int) -> Repairs:
    """What is needed to score repairs at the matching's IoU. `matching` must be of these two tables."""
    causes = causes_of_detections(matching)
    explained = explained_by(matching, causes, 0.0)
    never_found = matching.is_free(0.0)
    truth_kinds = truths["category_id"].to_numpy(dtype=np.int64)
    order = matching.order[~matching.is_ignored[matching.order]]
    return Repairs(
        kinds=detections["category_id"].to_numpy(dtype=np.int64)[order],
        codes=causes.codes[order],
        repaired=_repaired_kinds(causes, explained, truth_kinds)[order],
        objects=_count(truth_kinds[~matching.is_crowd], classes),
        never_found=_count(truth_kinds[never_found], classes),
        missed=_count(truth_kinds[never_found & (explained < 0)], classes),
    )


def _repaired_kinds(causes: BoxCauses, explained: Rows, truth_kinds: Rows) -> Rows:
    """(N,) the class of the object that each detection would find if it were repaired, -1 for none."""
    kinds = np.full(len(causes.codes), -1, dtype=np.int64)
    objects = np.flatnonzero(explained >= 0)
    kinds[explained[objects]] = truth_kinds[objects]
    return kinds


def _average_precision(is_tp: npt.NDArray[np.bool_], objects: int) -> float:
    """AP of one class from its detections by falling score. Source: pycocotools `accumulate`, 101 recalls."""
    places = np.flatnonzero(is_tp)
    if objects == 0 or not len(places):
        return 0.0
    # Precision is highest, and recall rises, at the finds alone.
    found = np.arange(1, len(places) + 1)
    best_beyond = np.maximum.accumulate((found / (places + 1))[::-1])[::-1]
    at = np.searchsorted(found / objects, RECALLS, side="left")
    return float(np.append(best_beyond, 0.0)[at].mean())


def _count(kinds: Rows, classes: int) -> Rows:
    return np.bincount(kinds, minlength=classes).astype(np.int64)
