"""The AP that each cause of mistakes and each mix-up of two classes costs, down to the class or slice that costs most.

To repair a part of a cause, the other mistakes get another cause in `Repairs`. So every figure is the same AP that
`Repairs.delta_ap` computes for whole causes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from core.evaluation.advice.facts import Cost, Pair
from core.evaluation.matching.causes import CAUSES, Cause, causes_of_detections, causes_of_truths
from core.evaluation.matching.matching import Matching, Rows
from core.evaluation.matching.outcomes import Outcome, Outcomes
from core.evaluation.scores.delta_ap import DeltaAP, Repairs
from core.evaluation.slices.slicings import OF_OBJECTS, Slicing

Mask = npt.NDArray[np.bool_]

# Training again with another seed moves AP by about this much, so less is not worth the time.
LEAST_AP: Final = 0.01
# A detection with this score is so rarely wrong that its label is worth checking.
SURE: Final = 0.9
# The advice names a class or slice if it holds at least this share of the cost of a cause.
_CONCENTRATED: Final = 0.6
# A slice is named only if its objects are missed this many times as often as the others.
_TIMES_AS_OFTEN: Final = 2.0
# The likeliest classes are tried. Each costs the computation of one more AP.
_CLASSES_TRIED: Final = 3
_PAIRS_TRIED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One evaluation at one IoU, ready to compute the cost of a part of its mistakes.

    `names` (K) are the classes. Of M truths, `truth_classes` (M,) is the class id, `is_missed` (M,) whether nothing
    found it at any score and no other mistake explains it, `is_object` (M,) whether it is no crowd region. `repairs`,
    `delta_ap` and `matching` are of the same tables; `outcomes` is at the score of the counts.
    """

    names: Sequence[str]
    repairs: Repairs
    delta_ap: DeltaAP
    matching: Matching
    outcomes: Outcomes
    truth_classes: Rows
    is_missed: Mask
    is_object: Mask

    def gain_of_false_positives(self, cause: Cause, which: Mask) -> float:
        """The AP gained by repairing these false positives of the cause; `which` (N,) in the order of `repairs`."""
        code = CAUSES.index(cause)
        # With any other cause a false positive stays: only `cause` is repaired.
        codes = np.where((self.repairs.codes == code) & ~which, (code + 1) % len(CAUSES), self.repairs.codes)
        return self._gain(replace(self.repairs, codes=codes.astype(np.int8)), cause)

    def gain_of_missed(self, which: Mask) -> float:
        """The AP gained by finding these of the missed objects; `which` (M,)."""
        counts = np.bincount(self.truth_classes[self.is_missed & which], minlength=len(self.names))
        return self._gain(replace(self.repairs, missed=counts.astype(np.int64)), Cause.MISSED)

    def _gain(self, part: Repairs, cause: Cause) -> float:
        return (part.ap([cause]) or 0.0) - (self.delta_ap.ap or 0.0)


def make_bill(
    names: Sequence[str], repairs: Repairs, delta_ap: DeltaAP, matching: Matching, outcomes: Outcomes
) -> Bill:
    """The bill of an evaluation. All arguments must be of the same tables and IoU."""
    codes = causes_of_truths(matching, causes_of_detections(matching), 0.0)
    truth_classes = outcomes.truths["category_id"].to_numpy(dtype=np.int64)
    is_missed = codes == CAUSES.index(Cause.MISSED)
    return Bill(
        names=names,
        repairs=repairs,
        delta_ap=delta_ap,
        matching=matching,
        outcomes=outcomes,
        truth_classes=truth_classes,
        is_missed=is_missed,
        is_object=~matching.is_crowd,
    )


def find_costs(bill: Bill, slicings: Iterable[Slicing]) -> list[Cost]:
    """Each cause whose repair would add LEAST_AP or more, with the class and slice that hold most of it."""
    costly = [cause for cause in CAUSES if (bill.delta_ap.by_cause[cause] or 0.0) >= LEAST_AP]
    parts = [slicing for slicing in slicings if slicing.name in OF_OBJECTS]
    return [_missed(bill, parts) if cause is Cause.MISSED else _false_positives(bill, cause) for cause in costly]


def find_pairs(bill: Bill, matrix: npt.NDArray[np.int64]) -> list[Pair]:
    """The pairs of classes that are mixed up most in both directions, by the confusion matrix (K + 1, K + 1)."""
    mixed = np.minimum(matrix, matrix.T)[:-1, :-1]
    both = np.where(mixed > 0, matrix[:-1, :-1] + matrix.T[:-1, :-1], 0)
    firsts, seconds = np.nonzero(np.triu(both, 1))
    order = np.argsort(-both[firsts, seconds], kind="stable")[:_PAIRS_TRIED]
    objects = np.bincount(bill.truth_classes[bill.is_object], minlength=len(bill.names))
    pairs = zip(firsts[order].tolist(), seconds[order].tolist(), strict=True)
    return [
        Pair(
            classes=(first, second),
            names=(bill.names[first], bill.names[second]),
            first_as_second=int(matrix[first, second]),
            second_as_first=int(matrix[second, first]),
            objects=int(objects[first] + objects[second]),
            gain=bill.gain_of_false_positives(Cause.CLASS, _is_between(bill, first, second)),
        )
        for first, second in pairs
    ]


def _is_between(bill: Bill, first: int, second: int) -> Mask:
    """(N,) in the order of `repairs`: whether a detection of one of the two classes lies on an object of the other."""
    order = bill.matching.order[~bill.matching.is_ignored[bill.matching.order]]
    lies_on = np.append(bill.truth_classes, -1)[bill.matching.other.truths[order]]
    return np.isin(bill.repairs.classes, (first, second)) & np.isin(lies_on, (first, second))


def _false_positives(bill: Bill, cause: Cause) -> Cost:
    gain = bill.delta_ap.by_cause[cause] or 0.0
    weights = np.bincount(bill.repairs.classes[bill.repairs.codes == CAUSES.index(cause)], minlength=len(bill.names))
    category_id = -1
    for likely in _likeliest(bill, weights):
        part = bill.gain_of_false_positives(cause, bill.repairs.classes == likely)
        if part >= max(_CONCENTRATED * gain, LEAST_AP):
            category_id, gain = likely, part
            break
    detections = bill.outcomes.detections
    is_of_class = (detections["category_id"] == category_id) | (category_id < 0)
    counted = detections[(detections["outcome"] != Outcome.IGNORED) & is_of_class]
    false_positives = counted[counted["cause"] == cause]
    sure = int((false_positives["score"] >= SURE).sum())
    return Cost(
        cause=cause,
        gain=gain,
        count=len(false_positives),
        of=len(counted),
        class_name=bill.names[category_id] if category_id >= 0 else "",
        sure=sure,
    )


def _missed(bill: Bill, slicings: Sequence[Slicing]) -> Cost:
    gain, category_id, which = bill.delta_ap.by_cause[Cause.MISSED] or 0.0, -1, bill.is_object
    for likely in _likeliest(bill, np.bincount(bill.truth_classes[bill.is_missed], minlength=len(bill.names))):
        part = bill.gain_of_missed(bill.truth_classes == likely)
        if part >= max(_CONCENTRATED * gain, LEAST_AP):
            gain, category_id, which = part, likely, bill.is_object & (bill.truth_classes == likely)
            break
    key = title = ""
    for slicing, index, inside in _telling_parts(bill, which, slicings):
        part = bill.gain_of_missed(inside)
        if part >= max(_CONCENTRATED * gain, LEAST_AP):
            gain, which = part, inside
            key, title = slicing.parts[index].key, slicing.parts[index].title
            break
    name = bill.names[category_id] if category_id >= 0 else ""
    return Cost(
        cause=Cause.MISSED,
        gain=gain,
        count=int((bill.is_missed & which).sum()),
        of=int(which.sum()),
        class_name=name,
        slice_key=key,
        slice_title=title,
    )


def _telling_parts(bill: Bill, which: Mask, slicings: Sequence[Slicing]) -> Iterator[tuple[Slicing, int, Mask]]:
    """The parts in which these objects are missed far more often than outside, the smallest part first; which (M,)."""
    parts: list[tuple[int, int, Slicing, int, Mask]] = []
    for slicing in slicings:
        for index in range(len(slicing.parts)):
            inside = which & (slicing.truths == index)
            outside = which & ~inside
            if not inside.any() or not outside.any():
                continue
            rates = bill.is_missed[inside].mean(), bill.is_missed[outside].mean()
            if rates[0] >= _TIMES_AS_OFTEN * rates[1] and rates[0] > 0:
                parts.append((int(inside.sum()), len(parts), slicing, index, inside))
    for _, _, slicing, index, inside in sorted(parts, key=lambda part: part[:2]):
        yield slicing, index, inside


def _likeliest(bill: Bill, boxes: npt.NDArray[np.int64]) -> list[int]:
    """The classes with the most of these `boxes` (K,) per object, because AP is a mean over classes."""
    if len(bill.names) < 2:
        return []
    shares = boxes / np.maximum(bill.repairs.objects, 1)
    order = np.argsort(-shares, kind="stable")[:_CLASSES_TRIED]
    return [int(category_id) for category_id in order if boxes[category_id]]
