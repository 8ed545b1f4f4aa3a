"""The difference of two recipes over several seeds, against a simulation of images and of seeds."""

import numpy as np
import pytest

from core.evaluation.intervals.bootstrap import Replicates
from core.evaluation.intervals.several_seeds import SEEDS, difference_over_seeds

IMAGES = np.array([60, 60])


def _pair(difference: float, spread: float = 0.01, bias: float = 0.0) -> Replicates:
    random = np.random.default_rng(0)
    values = difference + random.normal(0, spread, (400, 1, 1)) * np.ones((1, 2, 2))
    return Replicates(observed=np.full((2, 2), difference), values=values, bias=np.full((2, 2), bias))


def test_equal_seeds_leave_the_interval_of_the_images() -> None:
    ap, ap50 = difference_over_seeds([_pair(0.05)] * 3, IMAGES)
    assert ap == ap50
    assert ap.value == pytest.approx(0.05)
    assert ap.half_width == pytest.approx(2.05 * 0.01, rel=0.1), "Student's quantile of the images, times the spread"


def test_seeds_that_disagree_widen_it_by_students_t() -> None:
    pairs = [_pair(0.05 + step) for step in (-0.03, 0.0, 0.03)]
    ap, _ = difference_over_seeds(pairs, IMAGES)
    images, _ = difference_over_seeds([_pair(0.05)] * 3, IMAGES)
    by_hand = np.hypot(images.half_width or 0, 4.303 * 0.03 / np.sqrt(3))
    assert ap.half_width == pytest.approx(by_hand)
    assert ap.low is not None and ap.low < 0


def test_images_that_flatter_are_taken_off() -> None:
    ap, _ = difference_over_seeds([_pair(0.05, bias=0.02)] * 2, IMAGES)
    assert ap.low is not None and ap.high is not None
    assert (ap.low + ap.high) / 2 == pytest.approx(0.03)


def test_too_few_images_have_no_interval() -> None:
    ap, _ = difference_over_seeds([_pair(0.05)] * 3, np.array([20, 20]))
    assert ap.value == pytest.approx(0.05)
    assert ap.low is None


@pytest.mark.parametrize("seeds", SEEDS)
def test_nineteen_of_twenty_intervals_hold_the_true_difference(seeds: int) -> None:
    """Models differ by seed (0.01) and all share the chance of the images (0.01); the truth is 0.02."""
    random, inside = np.random.default_rng(seeds), 0
    for _ in range(200):
        luck = random.normal(0, 0.01)
        pairs = [_pair(0.02 + luck + random.normal(0, 0.01)) for _ in range(seeds)]
        ap, _ = difference_over_seeds(pairs, IMAGES)
        assert ap.low is not None and ap.high is not None
        inside += ap.low <= 0.02 <= ap.high
    assert inside >= 183, "0.95 of 200 are 190; 183 or more in 98 of 100 such tests"
