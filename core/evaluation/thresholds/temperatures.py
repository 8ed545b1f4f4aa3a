"""Temperatures: two numbers per class that turn scores into shares of right detections.

The calibrated score is sigmoid(logit(score) / temperature + offset). At a temperature above 1 the scores were too sure,
below 1 not sure enough; with an offset above 0 they were too low, below 0 too high. The detections of a class keep
their order, so its AP does not change. A detection is right if it is a true positive of the matching.

Source: Guo et al. 2017, on the logit of the score instead of a vector of logits; with the offset it is Platt 1999.
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
FARTHEST: Final = 20.0  # of an offset from 0: beyond, every score is 0 or 1
# Scores are moved off 0 and 1 by this: their logits would be infinite, and one wrong detection would decide the fit.
_EDGE: Final = 1e-6
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
class Calibrator:
    """The two numbers of a class."""

    temperature: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperatures:
    """`pooled` is for all classes together, `per_class` for each class: `pooled` for one without detections."""

    pooled: Calibrator
    per_class: tuple[Calibrator, ...]

    def calibrated(self, scores: Floats, category_ids: npt.NDArray[np.int64]) -> Floats:
        """(N,) the calibrated scores, 0 to 1, of detections with these scores (N,) and classes (N,)."""
        temperatures = np.array([of_class.temperature for of_class in self.per_class])
        offsets = np.array([of_class.offset for of_class in self.per_class])
        return calibrated_scores(scores, temperatures[category_ids], offsets[category_ids])


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreads:
    """How far the fit is expected from what it is drawn to, before any detection was seen.

    All classes together are drawn to inverse temperature 1 and offset 0, a class to the numbers of all. Inverses spread
    by a share of what they are drawn to, offsets absolutely. docs/benchmarks.md has the figures behind the defaults.
    """

    inverse: float = 0.25
    offset: float = 0.5
    inverse_of_class: float = 0.25
    offset_of_class: float = 0.25


def calibrated_scores(scores: Floats, temperatures: Floats | float, offsets: Floats | float = 0.0) -> Floats:
    """(N,) sigmoid(logit(score) / temperature + offset), 0 to 1; never NaN, and rising with the score.

    Args: scores (N,) 0 to 1, temperatures above 0 and offsets, (N,) or one for all.
    """
    return _sigmoid(_logits(scores) / temperatures + offsets)


def fit_temperatures(scored: Scored, classes: int, spreads: Spreads | None = None) -> Temperatures:
    """The numbers of K classes: the most likely ones under a prior, so that few detections move them little.

    All classes together are drawn towards scores as they are, each class towards all together: one with thousands of
    detections has the numbers that fit it best, one with a handful nearly those of all.
    """
    spreads = spreads or Spreads()
    logits = _logits(scored.scores)
    pooled = _fitted(logits, scored.is_right, np.array([1.0, 0.0]), np.array([spreads.inverse, spreads.offset]))
    of_class = np.array([spreads.inverse_of_class * pooled[0], spreads.offset_of_class])
    per_class = []
    for key in range(classes):
        is_its = scored.category_ids == key
        per_class.append(_calibrator(_fitted(logits[is_its], scored.is_right[is_its], pooled, of_class)))
    return Temperatures(pooled=_calibrator(pooled), per_class=tuple(per_class))


def _calibrator(weights: Floats) -> Calibrator:
    return Calibrator(temperature=float(1 / weights[0]), offset=float(weights[1]))


def _fitted(logits: Floats, is_right: Bools, centre: Floats, spread: Floats) -> Floats:
    """(2,) the inverse temperature and the offset with the least loss (`_loss`), within their bounds.

    Args: logits (N,), is_right (N,), centre (2,), spread (2,).
    """
    inputs = np.stack([logits, np.ones(len(logits))], axis=1)
    weights = _descended(inputs, is_right, centre, centre, spread, np.array([True, True]))
    inverse = min(max(weights[0], 1 / HIGHEST), 1 / LOWEST)
    if inverse != weights[0]:
        # The loss is convex: with the free minimum outside, the least one inside lies on the bound.
        start = np.array([inverse, weights[1]])
        weights = _descended(inputs, is_right, start, centre, spread, np.array([False, True]))
    return np.array([weights[0], min(max(weights[1], -FARTHEST), FARTHEST)])


def _descended(
    inputs: Floats, is_right: Bools, start: Floats, centre: Floats, spread: Floats, is_free: Bools
) -> Floats:
    """(2,) the weights with the least loss, those that are not free as in `start`: Newton's steps.

    A step that leads upwards is halved until it does not, so that the search always ends.
    """
    pull = spread**-2.0
    at = np.array(start)
    loss = _loss(inputs @ at, is_right, at - centre, pull)
    for _ in range(_STEPS):
        share = _sigmoid(inputs @ at)
        slope = (inputs.T @ (share - is_right) + pull * (at - centre))[is_free]
        curvature = inputs.T @ (inputs * (share * (1 - share))[:, None]) + np.diag(pull)
        step = np.zeros(2)
        step[is_free] = np.linalg.solve(curvature[np.ix_(is_free, is_free)], slope)
        while (after := _loss(inputs @ (at - step), is_right, at - step - centre, pull)) > loss:
            step = step / 2
        at, loss = at - step, after
        if np.abs(step).max() < _CLOSE:
            break
    return at


def _loss(logits: Floats, is_right: Bools, distance: Floats, pull: Floats) -> float:
    """The log loss of calibrated logits (N,) plus half the squared distance (2,) to the centre in spreads."""
    return float(np.logaddexp(0, np.where(is_right, -logits, logits)).sum() + pull @ distance**2 / 2)


def _logits(scores: Floats) -> Floats:
    inside = np.clip(scores, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _sigmoid(values: Floats) -> Floats:
    # Of the absolute value: the exponential of a large number would overflow.
    small = np.exp(-np.abs(values))
    return np.asarray(np.where(values >= 0, 1.0, small) / (1 + small))
