"""Two evaluations image by image: on how many images each is better, and the exact sign test.

For data with too few images for an interval (core.evaluation.intervals.intervals): resamples of few images say more
about chance than about the detectors, while a count of images claims no more than it shows. B is better on an image if
its F1 is higher, at the same score and IoU for both.

Sources: F1 of one image is the Dice coefficient of detections and objects. Sign test: Dixon and Mood, The
statistical sign test, 1946; it leaves equal images out. Comparing two models by it: Demsar, Statistical comparisons of
classifiers over multiple data sets, 2006, section 3.1.4.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.matching.outcomes import Outcome, Outcomes, TruthOutcome
from core.evaluation.thresholds.curves import ALL

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """On how many images B is better than A, equal, and worse."""

    better: int
    equal: int
    worse: int

    @property
    def images(self) -> int:
        """The number of images in all."""
        return self.better + self.equal + self.worse

    @property
    def p(self) -> float:
        """The p-value of the exact two-sided sign test, 0 to 1."""
        return sign_test(self.better, self.worse)

    def to_json(self) -> dict[str, Any]:
        """The counts and p-value as the command line gives them."""
        return {"better": self.better, "equal": self.equal, "worse": self.worse, "p": self.p, "measure": "f1"}


def sign_test(better: int, worse: int) -> float:
    """The probability of a split at least as uneven if both are equally likely to be better; 1 without any image."""
    images = better + worse
    tail = term = 1
    # Each binomial coefficient from the one before: math.comb would start again for each of 50,000 images.
    for index in range(min(better, worse)):
        term = term * (images - index) // (index + 1)
        tail += term
    # Integers up to here, so nothing is rounded with any number of images.
    return min(1.0, 2 * tail / 2**images)


def compare_images(a: Floats, b: Floats) -> Paired:
    """Compares the F1 (N,) of A and of B on each image, 0 to 1. Leaves out images where both are NaN.

    NaN in one of the two means that there is no object and no detection, which is right and counts as an F1 of 1.
    """
    is_counted = ~(np.isnan(a) & np.isnan(b))
    left, right = (np.nan_to_num(side[is_counted], nan=1.0) for side in (a, b))
    better, worse = int((right > left).sum()), int((right < left).sum())
    return Paired(better=better, equal=int(is_counted.sum()) - better - worse, worse=worse)


def image_f1(outcomes: Outcomes, images: npt.ArrayLike, category_id: int = ALL) -> Floats:
    """(N,) F1 of each image at the score and IoU of the outcomes, of one class or ALL; NaN without any box.

    Args: images (N,) ids. Crowd regions, and detections in them, do not count.
    """
    detections, truths = outcomes.detections, outcomes.truths
    if category_id != ALL:
        detections, truths = (table[table["category_id"] == category_id] for table in (detections, truths))
    tp, fp = (
        _count_on(images, detections[detections["outcome"] == outcome])
        for outcome in (Outcome.TRUE_POSITIVE, Outcome.FALSE_POSITIVE)
    )
    missed = _count_on(images, truths[truths["outcome"] == TruthOutcome.MISSED])
    total = 2 * tp + fp + missed
    return np.divide(2 * tp, total, out=np.full(len(total), np.nan), where=total > 0)


def _count_on(images: npt.ArrayLike, boxes: pd.DataFrame) -> Floats:
    """(N,) the number of these boxes on each image; `images` (N,) ids."""
    counts = boxes["image_id"].value_counts().reindex(np.asarray(images), fill_value=0)
    return np.asarray(counts.to_numpy(), dtype=np.float64)
