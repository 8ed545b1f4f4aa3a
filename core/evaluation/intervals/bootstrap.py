"""Bootstrap of AP: AP on many resamples of the evaluated images.

It draws images, not boxes, because the boxes of one image share its light, its crowding and its difficulty. The draws
depend only on the seed and the number of images. So two evaluations on the same images have the same draws, and their
replicates are paired.

A resample is a random half of the images with twice the weight, and the next resample is the other half. This is a
bootstrap with exchangeable weights (Praestgaard and Wellner 1993; also known as the delete-half jackknife). Its spread
is that of drawing n of n with replacement. It suits AP for two reasons:
- AP takes, at each recall, the best precision from there on. On few images the best is a lucky one, so AP is too high.
  Drawing with replacement hides most of that in copies. Halves hold no image twice: how much higher AP is on halves
  tells how much too high it is on all images (`Replicates.bias`).
- For the same reason the spread of the usual draw is some per cent too small with few images.
docs/benchmarks.md has the simulation that decided this (benchmarks/error_bars/bootstrap_coverage.py).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import AppError
from core.evaluation.intervals.ranked_matches import Floats, RankedMatches
from core.evaluation.intervals.weighted_ap import ApEstimator, estimator_for
from core.progress import Progress

RESAMPLES: Final = 1000
MEASURES: Final = ("ap", "ap50")
# Draws of one generator, and between two reports of progress. An even number.
_BLOCK: Final = 20
_MOST_RESAMPLES: Final = 100_000
# The bias of AP on n images falls with n to the power of -2/3: the rate of a curve made monotone (Grenander 1956; Kim
# and Pollard 1990), and the best precision from a recall on is one.
_RATE: Final = 2 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicates:
    """AP and AP50 (MEASURES) of R resamples and as observed: all classes first, then each of the K classes.

    `values` (R, 2, K + 1) and `observed` (2, K + 1) are 0 to 1; NaN where a class has no object in the images. `bias`
    (2, K + 1) is how much too high the observed figure is on average, compared to endlessly many images.
    """

    observed: Floats
    values: Floats
    bias: Floats

    def minus(self, other: "Replicates") -> "Replicates":
        """The differences by resample. Both must be of the same images, seed and classes."""
        return Replicates(
            observed=self.observed - other.observed, values=self.values - other.values, bias=self.bias - other.bias
        )

    def of_classes(self, columns: list[int]) -> "Replicates":
        """All classes together, then only these classes (column numbers from 0), in this order."""
        chosen = [0, *(column + 1 for column in columns)]
        return Replicates(
            observed=self.observed[:, chosen], values=self.values[:, :, chosen], bias=self.bias[:, chosen]
        )


def bootstrap(
    ranked: RankedMatches,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: Progress = lambda share, doing: None,
    threads: int = 2,
) -> Replicates:
    """Draws and scores `resamples` times. The result depends on the seed, not on the number of threads.

    Raises AppError as `check_resamples`.
    """
    check_resamples(resamples, seed)
    estimator = estimator_for(ranked)
    observed = _figures(estimator, np.ones(ranked.images))
    values = np.empty((resamples, *observed.shape))

    def score(block: int) -> int:
        first = block * _BLOCK
        for index, weights in enumerate(_halves(ranked.images, np.random.default_rng([seed, block])), first):
            if index < resamples:
                values[index] = _figures(estimator, weights)
        return min(first + _BLOCK, resamples)

    # Threads, not processes: numpy releases the interpreter lock in its loops, and nothing is copied.
    with ThreadPoolExecutor(threads) as pool:
        for done in pool.map(score, range(-(-resamples // _BLOCK))):
            progress(done / resamples, f"Resampling images, {done:,} of {resamples:,}")
    return Replicates(observed=observed, values=values, bias=_bias(observed, values))


def check_resamples(resamples: int, seed: int) -> None:
    """Raises AppError for fewer than 100 or too many resamples, or a negative seed."""
    if not 100 <= resamples <= _MOST_RESAMPLES:
        raise AppError(f"{resamples:,} resamples give no interval.", f"Choose 100 to {_MOST_RESAMPLES:,}.")
    if seed < 0:
        raise AppError(f"The seed is {seed}.", "Choose 0 or more.")


def _halves(images: int, random: np.random.Generator) -> Iterator[Floats]:
    """A block of resamples, (P,) weights each: a random half, then the other, so that chance cancels in their mean."""
    for _ in range(_BLOCK // 2):
        half = np.zeros(images)
        half[random.permutation(images)[: images // 2]] = 2.0
        yield half
        yield 2.0 - half


def _bias(observed: Floats, values: Floats) -> Floats:
    """(2, K + 1) how much too high the observed figures are, from those of the halves; 0 where undefined.

    If AP on n images is too high by c n^-r, on halves it is by 2^r times that, so
    bias = (mean of halves - observed) / (2^r - 1).
    Args: observed (2, K + 1), values (R, 2, K + 1).
    """
    is_defined = ~np.isnan(values)
    mean = np.where(is_defined, values, 0.0).sum(axis=0) / np.maximum(is_defined.sum(axis=0), 1)
    return np.asarray(np.nan_to_num((mean - observed) / (2**_RATE - 1)))


def _figures(estimator: ApEstimator, weights: Floats) -> Floats:
    """(2, K + 1) AP and AP50 as in `Replicates`, for weights (P,) of the images."""
    aps = estimator.class_aps(weights)
    single = np.stack([aps.mean(axis=1), aps[:, 0]])
    is_defined = ~np.isnan(single[0])
    together = single[:, is_defined].mean(axis=1) if is_defined.any() else np.full(2, np.nan)
    return np.column_stack([together, single])
