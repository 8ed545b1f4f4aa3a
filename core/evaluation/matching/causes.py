"""Why each false positive is one, and which missed object it explains: TIDE's six causes (product.md E5).

All of it is read off one `Matching`, so causes, counts, matrix and images cannot disagree: the false positives of the
five causes of detections add up to the counts' false positives, the missed objects to their false negatives. Imported
by core.evaluation.matching.outcomes, core.evaluation.scores.delta_ap, core.services and core.figures.

Our rule for crowd regions, where TIDE has none that agrees with COCO: a detection that lies in a crowd region of its
class is *ignored*, the fourth outcome, and has no cause; so has a crowd region itself. A region is no object that a
detection could be meant for: what lies in a crowd region of another class is judged as if the region were not there.

Source: Bolya et al., "TIDE: A General Toolbox for Identifying Object Detection Errors" (2020), and its program
tidecv. One difference: an IoU of exactly the ruling one has found its object here as in COCO, so it is never
`location`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from core.evaluation.matching.matching import Matching, Rows

Codes = npt.NDArray[np.int8]


class Cause(StrEnum):
    """Of a false positive the first of location, class, duplicate, background, both; of an object, missed.

    Class: it overlaps an object of another class enough. Location: one of its class, but not enough. Both: one of
    another class, and not enough. Duplicate: one of its class enough, which a stronger detection found. Background:
    none by more than BACKGROUND_IOU. Missed: an object that nobody found, and that no class or location mistake was
    meant for.
    """

    CLASS = "class"
    LOCATION = "location"
    BOTH = "both"
    DUPLICATE = "duplicate"
    BACKGROUND = "background"
    MISSED = "missed"


CAUSES: Final = tuple(Cause)
# TIDE's: with less, a detection is not about an object at all.
BACKGROUND_IOU: Final = 0.1
NONE: Final = -1
_CODE: Final = {cause: code for code, cause in enumerate(CAUSES)}


@dataclass(frozen=True, slots=True)
class BoxCauses:
    """Of N detections, at any score threshold.

    `codes` (N,) is the cause as a place in CAUSES, NONE for what is no false positive; `meant_for` (N,) the row of the
    object that it is about, -1 for none.
    """

    codes: Codes
    meant_for: Rows


def causes_of_detections(matching: Matching) -> BoxCauses:
    """The cause of every detection that is a false positive at the matching's IoU."""
    same, other, least = matching.same, matching.other, matching.least_iou
    rules = {
        Cause.LOCATION: (same.ious >= BACKGROUND_IOU) & (same.ious < least),
        Cause.CLASS: other.ious >= least,
        # One of its class that it overlaps enough and does not have is one that was found before.
        Cause.DUPLICATE: same.ious >= least,
        Cause.BACKGROUND: other.ious <= BACKGROUND_IOU,
    }
    codes = np.select(list(rules.values()), [_CODE[cause] for cause in rules], _CODE[Cause.BOTH]).astype(np.int8)
    codes[matching.truth_of >= 0] = NONE
    is_of_other = (codes == _CODE[Cause.CLASS]) | (codes == _CODE[Cause.BOTH])
    is_of_same = (codes == _CODE[Cause.LOCATION]) | (codes == _CODE[Cause.DUPLICATE])
    return BoxCauses(codes, np.where(is_of_other, other.truths, np.where(is_of_same, same.truths, -1)))


def explained_by(matching: Matching, causes: BoxCauses, score: float) -> Rows:
    """(M,) for each missed object the strongest detection that was meant for it, -1 for none and for other objects.

    Only class and location mistakes of at least `score` count (TIDE): repairing one of the others finds nothing.
    """
    is_repairable = np.isin(causes.codes, (_CODE[Cause.CLASS], _CODE[Cause.LOCATION])) & (matching.scores >= score)
    rows = np.flatnonzero(is_repairable)
    rows = rows[matching.is_free(score)[causes.meant_for[rows]]]
    weakest_first = rows[np.argsort(-matching.scores[rows], kind="stable")][::-1]
    explained = np.full(len(matching.is_crowd), -1, dtype=np.int64)
    # Of several values for one place the last one stays: the strongest.
    explained[causes.meant_for[weakest_first]] = weakest_first
    return explained


def causes_of_truths(matching: Matching, causes: BoxCauses, score: float) -> Codes:
    """(M,) the cause of each missed object at a score threshold as a place in CAUSES: of the mistake that was meant for
    it (class or location), else missed; NONE for found objects and crowd regions.
    """
    explained = explained_by(matching, causes, score)
    of_mistake = np.append(causes.codes, NONE)[explained]
    codes = np.where(explained >= 0, of_mistake, _CODE[Cause.MISSED])
    return np.where(matching.is_free(score), codes, NONE).astype(np.int8)
