"""AP over and over, each time on pictures drawn anew with replacement. Imported by core.evaluation.intervals and desk.

Pictures are drawn, not boxes: the boxes of one picture share its light, its crowding and its difficulty. The draws
depend on the seed and the number of pictures alone, so two evaluations on the same pictures see the same draws, and
their replicates are paired.

AP of few pictures is too high on average: at each recall it takes the best precision from there on, and with few
detections the best is a lucky one. The bootstrap sees less than half of that, because its own best is taken of a curve
that has been smoothed by repetition. Halves of the pictures show it as it is: see `_bias`.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from core.errors import AppError
from core.evaluation.ranked_matches import Floats, RankedMatches
from core.evaluation.weighted_ap import ApEstimator, estimator_for

Progress = Callable[[float, str], None]

RESAMPLES: Final = 1000
MEASURES: Final = ("ap", "ap50")
# Draws of one generator; also what is done between two reports of progress.
_BLOCK: Final = 20
_MOST_RESAMPLES: Final = 100_000
_HALVINGS: Final = 100
# What n pictures are too high by falls with n to the power of -2/3: the rate of a curve that is made monotone
# (Grenander 1956; Kim and Pollard 1990), as the best precision from a recall on is. Simulated too: docs/benchmarks.md.
_RATE: Final = 2 / 3


@dataclass(frozen=True, slots=True)
class Replicates:
    """AP and AP50 (MEASURES) of R resamples and as observed: all classes first, then each of the K classes.

    `values` (R, 2, K + 1) and `observed` (2, K + 1), 0 to 1; NaN where a class has no object in the pictures. `bias`
    (2, K + 1) is how much too high the observed is on average, as against endlessly many pictures.
    """

    observed: Floats
    values: Floats
    bias: Floats

    def minus(self, other: "Replicates") -> "Replicates":
        """The differences, resample by resample; both must be of the same pictures, seed and classes."""
        return Replicates(self.observed - other.observed, self.values - other.values, self.bias - other.bias)

    def of_classes(self, columns: list[int]) -> "Replicates":
        """All classes together, and of the single ones only these, in this order."""
        chosen = [0, *(column + 1 for column in columns)]
        return Replicates(self.observed[:, chosen], self.values[:, :, chosen], self.bias[:, chosen])


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
    observed = _figures(estimator, np.ones(ranked.pictures))
    values = np.empty((resamples, *observed.shape))
    halves = np.empty((_HALVINGS, 2, *observed.shape))

    def score(block: int) -> None:
        random = np.random.default_rng([seed, block])
        for place in range(block * _BLOCK, min((block + 1) * _BLOCK, resamples)):
            values[place] = _figures(estimator, _draw(ranked.pictures, random))

    def halve(block: int) -> None:
        random = np.random.default_rng([seed, block, 1])
        for place in range(block * _BLOCK, min((block + 1) * _BLOCK, _HALVINGS)):
            for side, weights in enumerate(_halve(ranked.pictures, random)):
                halves[place, side] = _figures(estimator, weights)

    tasks = [(score, block) for block in range(-(-resamples // _BLOCK))]
    tasks += [(halve, block) for block in range(-(-_HALVINGS // _BLOCK))]
    # Threads, not processes: numpy lets go of the interpreter in its loops, and nothing has to be copied.
    with ThreadPoolExecutor(threads) as pool:
        for done, _ in enumerate(pool.map(lambda task: task[0](task[1]), tasks), 1):
            share = done / len(tasks)
            progress(share, f"Drawing pictures anew, {round(share * resamples):,} of {resamples:,}")
    return Replicates(observed, values, _bias(observed, halves))


def check_resamples(resamples: int, seed: int) -> None:
    """Raises AppError for a number of resamples or a seed that cannot be asked for."""
    if not 100 <= resamples <= _MOST_RESAMPLES:
        raise AppError(f"{resamples:,} resamples give no interval.", f"Choose 100 to {_MOST_RESAMPLES:,}.")
    if seed < 0:
        raise AppError(f"The seed is {seed}.", "Choose 0 or more.")


def _draw(pictures: int, random: np.random.Generator) -> Floats:
    """(P,) how often each picture is drawn."""
    drawn: npt.NDArray[np.int64] = random.integers(pictures, size=pictures)
    return np.bincount(drawn, minlength=pictures).astype(np.float64)


def _halve(pictures: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    """(P,) a random half of the pictures, and the other half: luck of the draw cancels out in their mean."""
    half = np.zeros(pictures)
    half[random.permutation(pictures)[: pictures // 2]] = 1.0
    return half, 1.0 - half


def _bias(observed: Floats, halves: Floats) -> Floats:
    """What the observed is too high by, from how much higher halves of the pictures are. (2, K + 1), 0 if undefined.

    If n pictures are too high by c n^-r, halves are by 2^r times that: bias = (mean of halves - observed) / (2^r - 1).
    """
    is_defined = ~np.isnan(halves)
    total = np.where(is_defined, halves, 0.0).sum(axis=(0, 1))
    mean = total / np.maximum(is_defined.sum(axis=(0, 1)), 1)
    return np.asarray(np.nan_to_num((mean - observed) / (2**_RATE - 1)))


def _figures(estimator: ApEstimator, weights: Floats) -> Floats:
    """(2, K + 1) as in `Replicates`."""
    aps = estimator.class_aps(weights)
    single = np.stack([aps.mean(axis=1), aps[:, 0]])
    is_defined = ~np.isnan(single[0])
    together = single[:, is_defined].mean(axis=1) if is_defined.any() else np.full(2, np.nan)
    return np.column_stack([together, single])
