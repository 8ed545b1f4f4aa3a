"""The difference between two recipes, each trained with several seeds and evaluated on the same images.

The paired bootstrap over images (core.evaluation.intervals.bootstrap) holds models fixed, so it does not know that
another seed gives another difference. Here each seed gives a pair; the mean of their differences has the image part
from the resamples of that mean, and the seed part from Student's t of the pairs. Both half widths add in squares.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Final

import numpy as np
import numpy.typing as npt

from core.evaluation.intervals.bootstrap import MEASURES, Replicates
from core.evaluation.intervals.intervals import Interval, estimate
from core.evaluation.intervals.ranked_matches import Floats

# Student's t at 95 %, two-sided, by the number of seeds: with n - 1 degrees of freedom.
_STUDENT: Final = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}
SEEDS: Final = tuple(_STUDENT)


def difference_over_seeds(pairs: Sequence[Replicates], images: npt.NDArray[np.int64]) -> tuple[Interval, Interval]:
    """AP and AP50 of the second recipe minus the first, all classes, with 95 % intervals.

    Args: pairs, the differences of each seed (second minus first), of the same images and draws; 2 to 5 of them. images
    (K + 1,), counts of images with any object, then with each class; with too few of them there is no interval.
    """
    names = [""] * (len(images) - 1)
    row = estimate(_mean(pairs), names, images, lowest=-1.0)[0]
    spreads = [[float(pair.observed[measure, 0]) for pair in pairs] for measure in range(len(MEASURES))]
    return _widened(row.ap, spreads[0]), _widened(row.ap50, spreads[1])


def _mean(pairs: Sequence[Replicates]) -> Replicates:
    def mean(arrays: Sequence[Floats]) -> Floats:
        return reduce(np.add, arrays) / len(arrays)

    return Replicates(
        observed=mean([pair.observed for pair in pairs]),
        values=mean([pair.values for pair in pairs]),
        bias=mean([pair.bias for pair in pairs]),
    )


def _widened(interval: Interval, by_seed: Sequence[float]) -> Interval:
    """The interval over images, widened by the chance of the seeds."""
    if interval.low is None or interval.high is None:
        return interval
    of_seeds = _STUDENT[len(by_seed)] * float(np.std(by_seed, ddof=1)) / math.sqrt(len(by_seed))
    centre, of_images = (interval.low + interval.high) / 2, (interval.high - interval.low) / 2
    half = math.hypot(of_images, of_seeds)
    return replace(interval, low=max(-1.0, centre - half), high=min(1.0, centre + half))
