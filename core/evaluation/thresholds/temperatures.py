"""Temperatures: one number per class that turns scores into shares of right detections.

The calibrated score is sigmoid(logit(score) / temperature). Above 1, scores were too sure; below 1, not sure enough.
The detections of a class keep their order, so its AP does not change. A detection is right if it is a true positive of
the matching.

Source: Guo et al. 2017, on the logit of the score instead of a vector of logits.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Of the matching that temperatures are fitted to, whatever the IoU of the page: a model has one calibrated score.
FIT_IOU: Final = 0.5
LOWEST: Final = 0.1
HIGHEST: Final = 10.0
# Scores are moved off 0 and 1 by this: their logits would be infinite, and one wrong detection would decide the fit.
_EDGE: Final = 1e-6
# The spread of inverse temperatures that is expected before any detection was seen, as a share of what they are drawn
# to: all classes together to 1, a class to that of all. docs/benchmarks.md has the figures behind it.
SPREAD: Final = 0.25
_STEPS: Final = 100
_CLOSE: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """N detections that count: `scores` (N,) 0 to 1, `is_right` (N,), `category_ids` (N,)."""

    scores: Floats
    is_right: Bools
    category_ids: npt.NDArray[np.int64]

    def where(self, chosen: Bools) -> "Scored":
        """Those that a mask (N,) chooses."""
        return Scored(
            scores=self.scores[chosen], is_right=self.is_right[chosen], category_ids=self.category_ids[chosen]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperatures:
    """`pooled` is that of all classes together, `per_class` that of each class: `pooled` for one without detections."""

    pooled: float
    per_class: tuple[float, ...]

    def calibrated(self, scores: Floats, category_ids: npt.NDArray[np.int64]) -> Floats:
        """(N,) the calibrated scores, 0 to 1, of detections with these scores (N,) and classes (N,)."""
        return calibrated_scores(scores, np.asarray(self.per_class, dtype=np.float64)[category_ids])


def calibrated_scores(scores: Floats, temperatures: Floats | float) -> Floats:
    """(N,) sigmoid(logit(score) / temperature), 0 to 1; never NaN, and rising with the score.

    Args: scores (N,) 0 to 1, temperatures (N,) or one for all, above 0.
    """
    return _sigmoid(_logits(scores) / temperatures)


def fit_temperatures(scored: Scored, classes: int, spread: float = SPREAD) -> Temperatures:
    """The temperatures of K classes: the most likely ones under a prior, so that few detections move them little.

    All classes together are drawn towards 1, each class towards all together: one with thousands of detections has the
    temperature that fits it best, one with a handful nearly that of all.
    Args: spread, how far the inverse temperature of a class is expected from that of all, as a share of it.
    """
    logits = _logits(scored.scores)
    pooled = _inverse(logits, scored.is_right, 1.0, SPREAD)
    per_class = []
    for key in range(classes):
        is_its = scored.category_ids == key
        per_class.append(1 / _inverse(logits[is_its], scored.is_right[is_its], pooled, spread))
    return Temperatures(pooled=1 / pooled, per_class=tuple(per_class))


def _inverse(logits: Floats, is_right: Bools, centre: float, spread: float) -> float:
    """The inverse temperature with the lowest log loss plus ((inverse - centre) / (spread * centre))² / 2.

    Args: logits (N,), is_right (N,).
    Both parts are convex, so the slope rises and has one zero. Newton's steps find it; a step that leaves the interval
    around the zero is replaced by half of that interval, so that the search always ends.
    """
    low, high = 1 / HIGHEST, 1 / LOWEST
    pull = 1 / (spread * centre) ** 2
    at = min(max(centre, low), high)
    for _ in range(_STEPS):
        share = _sigmoid(at * logits)
        slope = float(logits @ (share - is_right)) + pull * (at - centre)
        low, high = (at, high) if slope < 0 else (low, at)
        step = at - slope / (float(logits**2 @ (share * (1 - share))) + pull)
        after = step if low <= step <= high else (low + high) / 2
        if abs(after - at) < _CLOSE * at:
            break
        at = after
    return after


def _logits(scores: Floats) -> Floats:
    inside = np.clip(scores, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _sigmoid(values: Floats) -> Floats:
    # Of the absolute value: the exponential of a large number would overflow.
    small = np.exp(-np.abs(values))
    return np.asarray(np.where(values >= 0, 1.0, small) / (1 + small))
