"""TIDE's six causes: why each false positive is one, and which missed object it explains.

Causes, counts, matrix and images derive from one `Matching`, so they agree: the false positives of the five causes of
detections add up to the false positives of the counts, the missed objects to their false negatives.

TIDE has no rule for crowd regions that agrees with COCO. Ours: a detection in a crowd region of its class is *ignored*
and has no cause. Nor has the region, and no detection is meant for it. A crowd region of another class has no effect.

Source: Bolya et al., "TIDE: A General Toolbox for Identifying Object Detection Errors" (2020), and its program
tidecv. One difference: an IoU of exactly the threshold is a match, as in COCO, so it is never `location`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from core.evaluation.matching.matching import Matching, Rows

Codes = npt.NDArray[np.int8]


class Cause(StrEnum):
    """The cause of a false positive (the first that applies, in the order below), or of a missed object.

    Location: it overlaps an object of its class, but by less than the IoU threshold. Class: it overlaps an object of
    another class by the threshold. Duplicate: it overlaps an object of its class by the threshold, but a stronger
    detection found that object. Background: it overlaps no object by more than BACKGROUND_IOU. Both: every other one,
    which overlaps an object of another class by less than the threshold. Missed: an object that nothing found, and for
    which no class or location mistake was meant.
    """

    CLASS = "class"
    LOCATION = "location"
    BOTH = "both"
    DUPLICATE = "duplicate"
    BACKGROUND = "background"
    MISSED = "missed"


CAUSES: Final = tuple(Cause)
# From TIDE: with less overlap, a detection is not about an object at all.
BACKGROUND_IOU: Final = 0.1
NONE: Final = -1
_CODE: Final = {cause: code for code, cause in enumerate(CAUSES)}


@dataclass(frozen=True, slots=True)
class BoxCauses:
    """The causes of N detections, valid at any score threshold.

    `codes` (N,) is the cause as an index into CAUSES, NONE for a detection that is no false positive. `meant_for` (N,)
    is the row of the object that the detection is about, -1 for none.
    """

    codes: Codes
    meant_for: Rows


def causes_of_detections(matching: Matching) -> BoxCauses:
    """The cause of every detection that is a false positive at the matching's IoU."""
    same, other, least = matching.same, matching.other, matching.least_iou
    rules = {
        Cause.LOCATION: (same.ious >= BACKGROUND_IOU) & (same.ious < least),
        Cause.CLASS: other.ious >= least,
        # It has no match, so a stronger detection found this object before.
        Cause.DUPLICATE: same.ious >= least,
        Cause.BACKGROUND: other.ious <= BACKGROUND_IOU,
    }
    codes = np.select(list(rules.values()), [_CODE[cause] for cause in rules], _CODE[Cause.BOTH]).astype(np.int8)
    codes[matching.truth_of >= 0] = NONE
    is_of_other = (codes == _CODE[Cause.CLASS]) | (codes == _CODE[Cause.BOTH])
    is_of_same = (codes == _CODE[Cause.LOCATION]) | (codes == _CODE[Cause.DUPLICATE])
    return BoxCauses(codes, np.where(is_of_other, other.truths, np.where(is_of_same, same.truths, -1)))


def explained_by(matching: Matching, causes: BoxCauses, score: float) -> Rows:
    """(M,) for each missed object the strongest detection meant for it, -1 for none and for other objects.

    Only class and location mistakes of at least `score` count, as in TIDE: repairing other mistakes finds no object.
    """
    is_repairable = np.isin(causes.codes, (_CODE[Cause.CLASS], _CODE[Cause.LOCATION])) & (matching.scores >= score)
    rows = np.flatnonzero(is_repairable)
    rows = rows[matching.is_free(score)[causes.meant_for[rows]]]
    weakest_first = rows[np.argsort(-matching.scores[rows], kind="stable")][::-1]
    explained = np.full(len(matching.is_crowd), -1, dtype=np.int64)
    # numpy keeps the last of several values for one index: the strongest.
    explained[causes.meant_for[weakest_first]] = weakest_first
    return explained


def causes_of_truths(matching: Matching, causes: BoxCauses, score: float) -> Codes:
    """(M,) the cause of each missed object at a score threshold, as an index into CAUSES.

    That of the class or location mistake meant for it, else missed. NONE for found objects and crowd regions.
    """
    explained = explained_by(matching, causes, score)
    of_mistake = np.append(causes.codes, NONE)[explained]
    codes = np.where(explained >= 0, of_mistake, _CODE[Cause.MISSED])
    return np.where(matching.is_free(score), codes, NONE).astype(np.int8)
