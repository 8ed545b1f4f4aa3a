"""Estimates how much AP twice the images would add, from runs on shares of the images.

AP grows with the number of images n by a law between a straight line over log n and a curve that levels off. The model
is AP = a + c f(n), with f(n) = (1 - (n / N)^-g) / g, where N is the largest n and g, from 0 (the line) to 1.5, says how
soon the curve levels off (a power law, Hestness et al. 2017, arXiv:1712.00409). Three shares cannot tell g, so every g
counts as far as the runs fit it: a mixture over g of Student's t distributions of c (linear regression with a flat
prior). So the interval holds the chance of training and of the choice of images, as far as a few seeds show it, and the
doubt about the law. It does not hold the chance of the validation images, which all runs share. Simulated curves of
four laws and two noises had the true gain inside in 91 to 100 of 100 intervals (docs/benchmarks.md).
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FACTOR: Final = 2  # times the images
GAIN: Final = "gain"
LITTLE: Final = "little"
CANNOT_SAY: Final = "cannot say"
# An interval below this holds nothing that is worth the labelling: 1 AP.
LITTLE_AP: Final = 0.01
_LEVELLING: Final = (0.0, 0.5, 1.0, 1.5)
_DRAWS: Final = 8_000
_TAILS: Final = (0.025, 0.5, 0.975)
# Runs that agree better than this (standard deviation, AP) agree by luck.
_LEAST_NOISE: Final = 0.001
_FEWEST_RUNS: Final = 5
_FEWEST_LEVELS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """The AP, 0 to 1, that FACTOR times the images add: the middle of the estimate and its 95 % interval.

    `verdict`: GAIN (the interval is above 0), LITTLE (it is narrow and ends below LITTLE_AP) or CANNOT_SAY; `reason` is
    for the last.
    """

    verdict: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The gain as the command line gives it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A class on one share of the images. `images` (with the class) and `objects` are means over the seeds.

    `mean`, `low` and `high` are AP, 0 to 1, over the seeds; None before the first run has ended.
    """

    share: float
    images: float
    objects: float
    mean: float | None
    low: float | None
    high: float | None
    values: tuple[float | None, ...]  # by seed


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCurve:
    """The curve of a class, or of all (`name` ""), and the gain of twice its images."""

    name: str
    index: int  # the class index; -1 for all
    levels: tuple[Level, ...]
    validation_objects: int
    gain: Gain


def gain_of_more(images: Sequence[float], aps: Sequence[float]) -> Gain:
    """The gain of FACTOR times the largest number of images.

    Args: images (R,) of each run, above 0; aps (R,) its AP, 0 to 1.
    """
    counts, values = np.asarray(images, dtype=np.float64), np.asarray(aps, dtype=np.float64)
    # Images of a class differ a little from seed to seed, so levels are told apart by a quarter.
    levels = len(set(np.round(np.log2(counts / counts.max()) * 2).tolist())) if len(counts) else 0
    if len(counts) < _FEWEST_RUNS or levels < _FEWEST_LEVELS:
        return Gain(verdict=CANNOT_SAY, reason="too few runs have ended")
    low, middle, high = (float(value) for value in _quantiles(counts / counts.max(), values))
    top = 1.0 - float(values[counts >= 0.75 * counts.max()].mean())  # AP ends at 1
    low, middle, high = (min(value, top) for value in (low, middle, high))
    reason = ""
    if low > 0:
        verdict = GAIN
    elif high < LITTLE_AP and low > -2 * LITTLE_AP:
        verdict = LITTLE
    else:
        verdict, reason = CANNOT_SAY, "the curve is flat within the differences between seeds"
    return Gain(verdict=verdict, value=middle, low=low, high=high, reason=reason)


def _quantiles(share: Floats, values: Floats) -> Floats:
    """(3,) the quantiles _TAILS of the gain. Args: share (R,) of the largest number of images; values (R,) AP."""
    random = np.random.default_rng(0)  # fixed, so that the same runs always give the same answer
    freedom = len(values) - 3  # of a slope, a level and g
    slopes, errors, evidence = (np.empty(len(_LEVELLING)) for _ in range(3))
    for index, levelling in enumerate(_LEVELLING):
        x = _law(share, levelling)
        x = x - x.mean()
        spread = float(x @ x)
        slopes[index] = x @ values / spread
        left = float(((values - values.mean() - slopes[index] * x) ** 2).sum())
        left = max(left, freedom * _LEAST_NOISE**2)
        errors[index] = math.sqrt(left / freedom / spread)
        evidence[index] = -freedom / 2 * math.log(left) - math.log(spread) / 2
    weights = np.exp(evidence - evidence.max())
    chosen = random.choice(len(_LEVELLING), _DRAWS, p=weights / weights.sum())
    drawn = slopes[chosen] + errors[chosen] * random.standard_t(freedom, _DRAWS)
    ahead = np.array([float(_law(np.array([float(FACTOR)]), levelling)[0]) for levelling in _LEVELLING])
    return np.quantile(drawn * ahead[chosen], _TAILS)


def _law(share: Floats, levelling: float) -> Floats:
    """(R,) f of the module's docstring at each share (R,): 0 at the largest number of images, slope 1 over log n."""
    return np.log(share) if levelling == 0 else (1 - share**-levelling) / levelling
