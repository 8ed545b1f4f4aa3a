"""How far AP would be off on other images of the same kind: an interval from bootstrap replicates. What it says: were
AP measured on very many images of the same kind, it would lie in there; for
95 of 100 such intervals that is so (docs/benchmarks.md has the simulation). Not plain percentiles of the resamples:
these keep the optimism that AP of few images has, and add to it (core.evaluation.intervals.bootstrap).
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
# Below it the spread of the resamples says more about the luck of the draw than about the detector.
FEWEST_IMAGES: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure as observed and the interval it lies in, 0 to 1 (a difference: -1 to 1); None for what there is not.

    `above` is the share of the resamples in which the figure is above 0: of a difference, how often the second is
    better. Resamples in which the two are equal count half.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    above: float | None = None

    @property
    def is_uncertain(self) -> bool:
        """Whether there is a figure, but from too few images for an interval or for `above` to mean anything."""
        return self.value is not None and (self.low is None or self.high is None)

    @property
    def half_width(self) -> float | None:
        """What stands behind ±; None without an interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    def to_json(self) -> dict[str, float | None]:
        """As the command line contract has it."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """AP and AP50 of a class, or of all (`name` ""), from `images` images that show it."""

    name: str
    images: int
    ap: Interval
    ap50: Interval

    @property
    def has_too_few(self) -> bool:
        """Whether it is seen in too few images for an interval."""
        return self.images < FEWEST_IMAGES

    def to_json(self) -> dict[str, Any]:
        """As it is kept, and as the command line has it."""
        return {"name": self.name, "images": self.images, "ap": self.ap.to_json(), "ap50": self.ap50.to_json()}


def estimate_from_json(document: dict[str, Any]) -> Estimate:
    """What `Estimate.to_json` wrote; "name" may be missing. Raises ShapeError."""
    figures = {"ap": document["ap"], "ap50": document["ap50"]}
    return built(Estimate, {"name": document.get("name", ""), "images": document["images"], **figures})


def estimate(
    replicates: Replicates, names: list[str], images: npt.NDArray[np.int64], lowest: float = 0.0
) -> list[Estimate]:
    """All classes together, then each class.

    Args: names of the K classes; images (K + 1,) that show any object, then an object of each class; lowest is what
    the figure can be at least, -1 for a difference.
    """
    telling, few = _telling(images), images < FEWEST_IMAGES

    def interval(measure: int, column: int) -> Interval:
        return _interval(replicates, (measure, column), telling[column], few[column], lowest)

    return [
        Estimate(name=name, images=int(images[column]), ap=interval(0, column), ap50=interval(1, column))
        for column, name in enumerate(["", *names])
    ]


def images_of_each(truth: Truth) -> npt.NDArray[np.int64]:
    """(K + 1,) images that show any object, and one of each class; crowd regions do not count."""
    counted = truth.annotations[~truth.annotations["is_crowd"]]
    of_each = counted.groupby("category_id")["image_id"].nunique().reindex(range(len(truth.categories)), fill_value=0)
    return np.append(counted["image_id"].nunique(), of_each.to_numpy()).astype(np.int64)


def notes_on(estimates: list[Estimate]) -> list[str]:
    """A sentence for each figure without an interval."""
    return [
        f"{one.name or 'All classes'}: too few images for an interval ({one.images}; {FEWEST_IMAGES} are needed)."
        for one in estimates
        if one.has_too_few
    ]


def interval_from(values: Floats, observed: float, bias: float, images: float) -> tuple[float, float]:
    """The LEVEL interval of a figure: the observed value less its bias, plus and minus a quantile of its spread.

    Args: values (R,) of the resamples; observed and bias as in `Replicates`; images (2 or more) that tell of it.
    Symmetric: the tails of 1,000 resamples are shakier than their spread, and no closer to LEVEL in the simulation.
    """
    centre = observed - bias
    half = _quantile(images) * math.sqrt(images / (images - 1)) * float(values.std())
    return centre - half, centre + half


def _quantile(images: float) -> float:
    """Student's quantile at LEVEL, as few images tell their own spread badly. Cornish and Fisher's expansion.

    Half a degree of freedom an image: some images matter far more than others, with a kurtosis of about 5 in the
    simulation, and the variance of n such is as uncertain as that of n / 2 of a normal distribution.
    """
    freedom = images / 2
    return _NORMAL * (1 + 1.21 / freedom + 1.44 / freedom**2)


def _telling(images: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(K + 1,) how many images stand behind each figure. The mean over classes is as shaky as its rarest ones.

    For all classes the harmonic mean of the classes that occur: errors of a class go with one over its images.
    """
    occurring = images[1:][images[1:] > 0].astype(np.float64)
    together = len(occurring) / np.sum(1 / occurring) if len(occurring) else 0.0
    return np.maximum(np.append(min(together, images[0]), images[1:]), 2.0)


def _interval(
    replicates: Replicates, at: tuple[int, int], telling: float, has_too_few: bool, lowest: float
) -> Interval:
    """Of the figure at (measure, column)."""
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
