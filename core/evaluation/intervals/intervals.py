"""The 95 % interval of AP, from bootstrap replicates.

It means: of 100 such intervals, 95 contain the AP that very many images of the same kind would give (docs/benchmarks.md
has the simulation). It does not use percentiles of the resamples, because these keep the optimism of AP on few images
and add to it (core.evaluation.intervals.bootstrap).
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals.bootstrap import Replicates
from core.evaluation.intervals.ranked_matches import Floats
from core.evaluation.predictions import Truth
from core.shapes import built

LEVEL: Final = 0.95
_NORMAL: Final = 1.96  # the normal distribution's quantile at LEVEL
# With fewer, the spread of the resamples says more about chance than about the detector.
FEWEST_IMAGES: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure as observed and its interval, 0 to 1 (a difference: -1 to 1); None if undefined.

    `above` is the share of the resamples in which the figure is above 0. For a difference it says how often the second
    is better. Resamples in which the two are equal count half.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    above: float | None = None

    @property
    def is_uncertain(self) -> bool:
        """Whether the figure comes from too few images for an interval and for a meaningful `above`."""
        return self.value is not None and (self.low is None or self.high is None)

    @property
    def half_width(self) -> float | None:
        """The number after ±; None without an interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    def to_json(self) -> dict[str, float | None]:
        """The interval as the command line gives it."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """AP and AP50 of a class, or of all (`name` ""), from the number of `images` with its objects."""

    name: str
    images: int
    ap: Interval
    ap50: Interval

    @property
    def has_too_few(self) -> bool:
        """Whether there are too few images for an interval."""
        return self.images < FEWEST_IMAGES

    def to_json(self) -> dict[str, Any]:
        """The estimate as files and the command line have it."""
        return {"name": self.name, "images": self.images, "ap": self.ap.to_json(), "ap50": self.ap50.to_json()}


def estimate_from_json(document: dict[str, Any]) -> Estimate:
    """The estimate that `Estimate.to_json` wrote; "name" may be missing. Raises ShapeError."""
    figures = {"ap": document["ap"], "ap50": document["ap50"]}
    return built(Estimate, {"name": document.get("name", ""), "images": document["images"], **figures})


def estimate(
    replicates: Replicates, names: list[str], images: npt.NDArray[np.int64], lowest: float = 0.0
) -> list[Estimate]:
    """All classes together, then each class.

    Args: names of the K classes; images (K + 1,) counts of images with any object, then with each class; lowest
    possible value of the figure, -1 for a difference.
    """
    telling, few = _telling(images), images < FEWEST_IMAGES

    def interval(measure: int, column: int) -> Interval:
        return _interval(replicates, (measure, column), telling[column], few[column], lowest)

    return [
        Estimate(name=name, images=int(images[column]), ap=interval(0, column), ap50=interval(1, column))
        for column, name in enumerate(["", *names])
    ]


def images_of_each(truth: Truth) -> npt.NDArray[np.int64]:
    """(K + 1,) counts of images with any object, then with each class, without crowd regions."""
    counted = truth.annotations[~truth.annotations["is_crowd"]]
    of_each = counted.groupby("category_id")["image_id"].nunique().reindex(range(len(truth.categories)), fill_value=0)
    return np.append(counted["image_id"].nunique(), of_each.to_numpy()).astype(np.int64)


def notes_on(estimates: list[Estimate]) -> list[str]:
    """A sentence for each figure without an interval."""
    return [
        f"{row.name or 'All classes'}: too few images for an interval ({row.images}; {FEWEST_IMAGES} are needed)."
        for row in estimates
        if row.has_too_few
    ]


def interval_from(values: Floats, observed: float, bias: float, images: float) -> tuple[float, float]:
    """The LEVEL interval of a figure: the observed value less its bias, plus and minus a quantile of its spread.

    Args: values (R,) of the resamples; observed and bias as in `Replicates`; images, the effective number (2 or more).
    Symmetric, because the tails of 1,000 resamples vary more than their spread, and come no closer to LEVEL in the
    simulation.
    """
    centre = observed - bias
    half = _quantile(images) * math.sqrt(images / (images - 1)) * float(values.std())
    return centre - half, centre + half


def _quantile(images: float) -> float:
    """Student's quantile at LEVEL, because few images estimate the spread badly. Cornish and Fisher's expansion.

    Half a degree of freedom per image: some images matter far more than others (a kurtosis of about 5 in the
    simulation), so the variance of n images is as uncertain as that of n / 2 normal values.
    """
    freedom = images / 2
    return _NORMAL * (1 + 1.21 / freedom + 1.44 / freedom**2)


def _telling(images: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(K + 1,) the effective number of images of each figure, from the counts `images` (K + 1,).

    For all classes together it is the harmonic mean over the classes that occur: the mean is as uncertain as its rarest
    classes, because the variance of a class goes with one over its images.
    """
    occurring = images[1:][images[1:] > 0].astype(np.float64)
    together = len(occurring) / np.sum(1 / occurring) if len(occurring) else 0.0
    return np.maximum(np.append(min(together, images[0]), images[1:]), 2.0)


def _interval(
    replicates: Replicates, at: tuple[int, int], telling: float, has_too_few: bool, lowest: float
) -> Interval:
    """The interval of the figure at (measure, column)."""
    observed = float(replicates.observed[at])
    values = replicates.values[:, at[0], at[1]]
    values = values[~np.isnan(values)]
    if np.isnan(observed) or not len(values):
        return Interval(value=None)
    above = float(np.mean((values > 0) + 0.5 * (values == 0)))
    if has_too_few:
        return Interval(value=observed, above=above)
    low, high = interval_from(values, observed, float(replicates.bias[at]), telling)
    return Interval(value=observed, low=max(low, lowest), high=min(high, 1.0), above=above)
