"""What each cause and each mix-up of two classes costs, narrowed to where it is concentrated.

A part of a cause is repaired alone by telling `Repairs` that the others have another cause, so everything is the same
AP that `lost_ap` computes for whole causes.
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

# A repeated training with another seed moves AP by about that much: less is not worth anybody's time.
LEAST_AP: Final = 0.01
# A detection as sure as this is wrong so seldom that its label is worth a look.
SURE: Final = 0.9
# Where so much of a cause's cost lies in one class or slice, that is what to work on.
_CONCENTRATED: Final = 0.6
# A slice is named only where its objects are missed so many times as often as the others.
_TIMES_AS_OFTEN: Final = 2.0
# Classes whose share in a cause is computed, the likeliest ones: each costs one more AP.
_CLASSES_TRIED: Final = 3
_PAIRS_TRIED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One evaluation at one IoU, ready to be asked what parts of its mistakes cost.

    `names` are the classes; `truth_kinds` (M,) the class of each object, `is_missed` (M,) whether nothing found it at
    any score and no other mistake explains it, `is_object` (M,) whether it is no crowd region. `repairs`, `lost` and
    `matching` belong together; `judged` is at the score that counts are given for.
    """

    names: Sequence[str]
    repairs: Repairs
    lost: DeltaAP
    matching: Matching
    outcomes: Outcomes
    truth_kinds: Rows
    is_missed: Mask
    is_object: Mask

    def gain_of_false_positives(self, cause: Cause, which: Mask) -> float:
        """The AP that repairing these false positives (a mask in the order of `repairs`) of the cause would add."""
        code = CAUSES.index(cause)
        # Any other cause keeps a false positive one: only `cause` is repaired.
        codes = np.where((self.repairs.codes == code) & ~which, (code + 1) % len(CAUSES), self.repairs.codes)
        return self._gain(replace(self.repairs, codes=codes.astype(np.int8)), cause)

    def gain_of_missed(self, which: Mask) -> float:
        """The AP that finding these (M,) of the missed objects would add."""
        counts = np.bincount(self.truth_kinds[self.is_missed & which], minlength=len(self.names))
        return self._gain(replace(self.repairs, missed=counts.astype(np.int64)), Cause.MISSED)

    def _gain(self, part: Repairs, cause: Cause) -> float:
        return (part.ap([cause]) or 0.0) - (self.lost.ap or 0.0)


def make_bill(names: Sequence[str], repairs: Repairs, lost: DeltaAP, matching: Matching, outcomes: Outcomes) -> Bill:
    """The bill of an evaluation; all of it must be of the same tables and IoU."""
    codes = causes_of_truths(matching, causes_of_detections(matching), 0.0)
    kinds = outcomes.truths["category_id"].to_numpy(dtype=np.int64)
    is_missed = codes == CAUSES.index(Cause.MISSED)
    return Bill(
        names=names,
        repairs=repairs,
        lost=lost,
        matching=matching,
        outcomes=outcomes,
        truth_kinds=kinds,
        is_missed=is_missed,
        is_object=~matching.is_crowd,
    )


def find_costs(bill: Bill, slicings: Iterable[Slicing]) -> list[Cost]:
    """Each cause whose repair would add LEAST_AP or more, with the class and slice that it is concentrated in."""
    costly = [cause for cause in CAUSES if (bill.lost.by_cause[cause] or 0.0) >= LEAST_AP]
    parts = [slicing for slicing in slicings if slicing.name in OF_OBJECTS]
    return [_missed(bill, parts) if cause is Cause.MISSED else _false_positives(bill, cause) for cause in costly]


def find_pairs(bill: Bill, matrix: npt.NDArray[np.int64]) -> list[Pair]:
    """The classes that are taken for each other most, by the confusion matrix (K + 1, K + 1), in both directions."""
    mixed = np.minimum(matrix, matrix.T)[:-1, :-1]
    both = np.where(mixed > 0, matrix[:-1, :-1] + matrix.T[:-1, :-1], 0)
    firsts, seconds = np.nonzero(np.triu(both, 1))
    order = np.argsort(-both[firsts, seconds], kind="stable")[:_PAIRS_TRIED]
    objects = np.bincount(bill.truth_kinds[bill.is_object], minlength=len(bill.names))
    pairs = zip(firsts[order].tolist(), seconds[order].tolist(), strict=True)
    return [
        Pair(
            classes=(one, other),
            names=(bill.names[one], bill.names[other]),
            first_as_second=int(matrix[one, other]),
            second_as_first=int(matrix[other, one]),
            objects=int(objects[one] + objects[other]),
            gain=bill.gain_of_false_positives(Cause.CLASS, _is_between(bill, one, other)),
        )
        for one, other in pairs
    ]


def _is_between(bill: Bill, one: int, other: int) -> Mask:
    """In the order of `repairs`: whether a detection of one of the classes lies on an object of the other."""
    order = bill.matching.order[~bill.matching.is_ignored[bill.matching.order]]
    lies_on = np.append(bill.truth_kinds, -1)[bill.matching.other.truths[order]]
    return np.isin(bill.repairs.kinds, (one, other)) & np.isin(lies_on, (one, other))


def _false_positives(bill: Bill, cause: Cause) -> Cost:
    gain = bill.lost.by_cause[cause] or 0.0
    weights = np.bincount(bill.repairs.kinds[bill.repairs.codes == CAUSES.index(cause)], minlength=len(bill.names))
    kind = -1
    for likely in _likeliest(bill, weights):
        part = bill.gain_of_false_positives(cause, bill.repairs.kinds == likely)
        if part >= max(_CONCENTRATED * gain, LEAST_AP):
            kind, gain = likely, part
            break
    found = bill.outcomes.detections
    found = found[(found["outcome"] != Outcome.IGNORED) & ((found["category_id"] == kind) | (kind < 0))]
    false_positives = found[found["cause"] == cause]
    sure = int((false_positives["score"] >= SURE).sum())
    return Cost(
        cause=cause,
        gain=gain,
        count=len(false_positives),
        of=len(found),
        class_name=bill.names[kind] if kind >= 0 else "",
        sure=sure,
    )


def _missed(bill: Bill, slicings: Sequence[Slicing]) -> Cost:
    gain, kind, which = bill.lost.by_cause[Cause.MISSED] or 0.0, -1, bill.is_object
    for likely in _likeliest(bill, np.bincount(bill.truth_kinds[bill.is_missed], minlength=len(bill.names))):
        part = bill.gain_of_missed(bill.truth_kinds == likely)
        if part >= max(_CONCENTRATED * gain, LEAST_AP):
            gain, kind, which = part, likely, bill.is_object & (bill.truth_kinds == likely)
            break
    key = title = ""
    for slicing, place, inside in _telling_parts(bill, which, slicings):
        part = bill.gain_of_missed(inside)
        if part >= max(_CONCENTRATED * gain, LEAST_AP):
            gain, which = part, inside
            key, title = slicing.parts[place].key, slicing.parts[place].title
            break
    name = bill.names[kind] if kind >= 0 else ""
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
    """The parts in which these objects are missed far more often than outside, those of few objects first."""
    found: list[tuple[int, int, Slicing, int, Mask]] = []
    for slicing in slicings:
        for place in range(len(slicing.parts)):
            inside = which & (slicing.truths == place)
            outside = which & ~inside
            if not inside.any() or not outside.any():
                continue
            rates = bill.is_missed[inside].mean(), bill.is_missed[outside].mean()
            if rates[0] >= _TIMES_AS_OFTEN * rates[1] and rates[0] > 0:
                found.append((int(inside.sum()), len(found), slicing, place, inside))
    for _, _, slicing, place, inside in sorted(found, key=lambda one: one[:2]):
        yield slicing, place, inside


def _likeliest(bill: Bill, boxes: npt.NDArray[np.int64]) -> list[int]:
    """The classes that a cause may be concentrated in: most boxes (K,) an object, for AP is a mean over classes."""
    if len(bill.names) < 2:
        return []
    shares = boxes / np.maximum(bill.repairs.objects, 1)
    order = np.argsort(-shares, kind="stable")[:_CLASSES_TRIED]
    return [int(kind) for kind in order if boxes[kind]]
