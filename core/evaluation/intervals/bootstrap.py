"""AP over and over, each time on other images out of those there are.

Images are drawn, not boxes: the boxes of one image share its light, its crowding and its difficulty. The draws
depend on the seed and the number of images alone, so two evaluations on the same images see the same draws, and
their replicates are paired.

A resample is a random half of the images, each with twice its weight, and the next one is the other half. That is a
bootstrap with exchangeable weights (Praestgaard and Wellner 1993; also known as the delete-half jackknife): its spread
is that of drawing n of n with replacement. Two things make it right for AP where the usual draw is not:
- AP takes, at each recall, the best precision from there on; of few images the best is a lucky one, so AP of few
  images is too high. Drawn with replacement, the copies hide most of that. Halves hold no image twice: how much
  higher AP is on halves says how much too high it is on all of them (`Replicates.bias`).
- For the same reason the usual spread is some per cent too small with few images.
docs/benchmarks.md has the simulation by which this was chosen (benchmarks/bootstrap_coverage.py).
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
# Draws of one generator, an even number; also what is done between two reports of progress.
_BLOCK: Final = 20
_MOST_RESAMPLES: Final = 100_000
# What n images are too high by falls with n to the power of -2/3: the rate of a curve that is made monotone
# (Grenander 1956; Kim and Pollard 1990), as the best precision from a recall on is.
_RATE: Final = 2 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicates:
    """AP and AP50 (MEASURES) of R resamples and as observed: all classes first, then each of the K classes.

    `values` (R, 2, K + 1) and `observed` (2, K + 1), 0 to 1; NaN where a class has no object in the images. `bias`
    (2, K + 1) is how much too high the observed is on average, as against endlessly many images.
    """

    observed: Floats
    values: Floats
    bias: Floats

    def minus(self, other: "Replicates") -> "Replicates":
        """The differences, resample by resample; both must be of the same images, seed and classes."""
        return Replicates(
            observed=self.observed - other.observed, values=self.values - other.values, bias=self.bias - other.bias
        )

    def of_classes(self, columns: list[int]) -> "Replicates":
        """All classes together, and of the single ones only these, in this order."""
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
    """Draw and score `resamples` times. The result depends on the seed, not on the number of threads.

    Raises AppError for a number of resamples or a seed that cannot be asked for.
    """
    check_resamples(resamples, seed)
    estimator = estimator_for(ranked)
    observed = _figures(estimator, np.ones(ranked.images))
    values = np.empty((resamples, *observed.shape))

    def score(block: int) -> int:
        first = block * _BLOCK
        for place, weights in enumerate(_halves(ranked.images, np.random.default_rng([seed, block])), first):
            if place < resamples:
                values[place] = _figures(estimator, weights)
        return min(first + _BLOCK, resamples)

    # Threads, not processes: numpy lets go of the interpreter in its loops, and nothing has to be copied.
    with ThreadPoolExecutor(threads) as pool:
        for done in pool.map(score, range(-(-resamples // _BLOCK))):
            progress(done / resamples, f"Drawing images anew, {done:,} of {resamples:,}")
    return Replicates(observed=observed, values=values, bias=_bias(observed, values))


def check_resamples(resamples: int, seed: int) -> None:
    """Raises AppError for a number of resamples or a seed that cannot be asked for."""
    if not 100 <= resamples <= _MOST_RESAMPLES:
        raise AppError(f"{resamples:,} resamples give no interval.", f"Choose 100 to {_MOST_RESAMPLES:,}.")
    if seed < 0:
        raise AppError(f"The seed is {seed}.", "Choose 0 or more.")


def _halves(images: int, random: np.random.Generator) -> Iterator[Floats]:
    """A block of resamples, (P,) weights each: a random half, then the other, so that luck cancels in their mean."""
    for _ in range(_BLOCK // 2):
        half = np.zeros(images)
        half[random.permutation(images)[: images // 2]] = 2.0
        yield half
        yield 2.0 - half


def _bias(observed: Floats, values: Floats) -> Floats:
    """(2, K + 1) what the observed is too high by, from how much higher the halves are; 0 where that is undefined.

    If n images are too high by c n^-r, halves are by 2^r times that: bias = (mean of halves - observed) / (2^r - 1).
    """
    is_defined = ~np.isnan(values)
    mean = np.where(is_defined, values, 0.0).sum(axis=0) / np.maximum(is_defined.sum(axis=0), 1)
    return np.asarray(np.nan_to_num((mean - observed) / (2**_RATE - 1)))


def _figures(estimator: ApEstimator, weights: Floats) -> Floats:
    """(2, K + 1) as in `Replicates`."""
    aps = estimator.class_aps(weights)
    single = np.stack([aps.mean(axis=1), aps[:, 0]])
    is_defined = ~np.isnan(single[0])
    together = single[:, is_defined].mean(axis=1) if is_defined.any() else np.full(2, np.nan)
    return np.column_stack([together, single])
