"""Two evaluations image by image: on how many images each is better, and the exact sign test.

For data with too few images for an interval (core.evaluation.intervals.intervals): resamples of few images say more
about the
luck of the draw than about the detectors, while a count of images claims no more than it shows. B is better on an image
where its F1 is higher, at one score and IoU for both.

Sources: F1 of one image is the Dice coefficient of what is found and what is there. Sign test: Dixon and Mood, The
statistical sign test, 1946; equal images are left out. Comparing two models by it: Demsar, Statistical comparisons of
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
        """All of them."""
        return self.better + self.equal + self.worse

    @property
    def p(self) -> float:
        """The p-value of the exact two-sided sign test, 0 to 1."""
        return sign_test(self.better, self.worse)

    def to_json(self) -> dict[str, Any]:
        """As the command line contract has it."""
        return {"better": self.better, "equal": self.equal, "worse": self.worse, "p": self.p, "measure": "f1"}


def sign_test(better: int, worse: int) -> float:
    """How likely a split at least as uneven would be if both were as likely to be better; 1 without any image."""
    images = better + worse
    tail = term = 1
    # Each binomial coefficient from the one before: math.comb would begin anew for each of 50,000 images.
    for place in range(min(better, worse)):
        term = term * (images - place) // (place + 1)
        tail += term
    # Whole numbers up to here: no rounding, however many images there are.
    return min(1.0, 2 * tail / 2**images)


def compare_images(a: Floats, b: Floats) -> Paired:
    """Count the images by (N,) F1 of A and of B, 0 to 1; images where both are NaN are left out.

    NaN in one of the two stands for nothing to find and nothing found, which is right: an F1 of 1.
    """
    is_counted = ~(np.isnan(a) & np.isnan(b))
    left, right = (np.nan_to_num(side[is_counted], nan=1.0) for side in (a, b))
    better, worse = int((right > left).sum()), int((right < left).sum())
    return Paired(better=better, equal=int(is_counted.sum()) - better - worse, worse=worse)


def image_f1(outcomes: Outcomes, images: npt.ArrayLike, category_id: int = ALL) -> Floats:
    """(N,) F1 of each image at the score and IoU it was judged at, of one class or ALL; NaN where it shows nothing.

    Args: images (N,) ids. Crowd regions, and detections in them, do not count.
    """
    found, truths = outcomes.detections, outcomes.truths
    if category_id != ALL:
        found, truths = (table[table["category_id"] == category_id] for table in (found, truths))
    tp, fp = (
        _count_on(images, found[found["outcome"] == one]) for one in (Outcome.TRUE_POSITIVE, Outcome.FALSE_POSITIVE)
    )
    missed = _count_on(images, truths[truths["outcome"] == TruthOutcome.MISSED])
    total = 2 * tp + fp + missed
    return np.divide(2 * tp, total, out=np.full(len(total), np.nan), where=total > 0)


def _count_on(images: npt.ArrayLike, boxes: pd.DataFrame) -> Floats:
    """(N,) how many of the boxes lie on each image."""
    counts = boxes["image_id"].value_counts().reindex(np.asarray(images), fill_value=0)
    return np.asarray(counts.to_numpy(), dtype=np.float64)
