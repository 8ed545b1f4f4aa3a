import math

import numpy as np
import pytest

from core.evaluation.intervals.bootstrap import Replicates
from core.evaluation.intervals.intervals import Interval, estimate, images_of_each, interval_from
from core.evaluation.predictions import Truth
from tests.factories.results import make_categories, make_images, make_truths

BOX = (0.0, 0.0, 20.0, 20.0)


def make_replicates(values: list[float], observed: float, bias: float = 0.0) -> Replicates:
    """One class; AP50 is as AP, and all classes are as the one."""
    column = np.array(values).repeat(4).reshape(-1, 2, 2)
    return Replicates(observed=np.full((2, 2), observed), values=column, bias=np.full((2, 2), bias))


@pytest.mark.parametrize(("freedom", "student"), [(15, 2.131), (36, 2.028), (100, 1.984)])
def test_the_quantile_is_students_for_half_as_many_degrees_as_images(freedom: int, student: float) -> None:
    """Against the printed table of Student's t, two-sided at 95 %."""
    images = 2 * freedom
    low, high = interval_from(np.array([-1.0, 1.0]), 0.0, 0.0, images)

    spread = math.sqrt(images / (images - 1))
    assert (-low, high) == pytest.approx((student * spread, student * spread), rel=1e-3)


def test_the_bias_moves_the_interval_and_not_the_figure() -> None:
    together, single = estimate(make_replicates([0.4, 0.6], 0.5, bias=0.02), ["red"], np.array([72, 72]))

    assert single.ap.value == 0.5
    assert single.ap.low is not None
    assert single.ap.high is not None
    assert (single.ap.low + single.ap.high) / 2 == pytest.approx(0.48)
    assert single.ap.half_width == pytest.approx(2.028 * math.sqrt(72 / 71) * 0.1, rel=1e-3)
    assert together.ap == single.ap


def test_an_interval_of_ap_ends_at_0_and_1_and_one_of_a_difference_at_minus_1() -> None:
    wide = make_replicates([0.0, 1.0], 0.5)

    assert (
        estimate(wide, ["red"], np.array([72, 72]))[1].ap.low,
        estimate(wide, ["red"], np.array([72, 72]))[1].ap.high,
    ) == (0, 1)
    assert estimate(make_replicates([-1.0, 1.0], -0.5), ["red"], np.array([72, 72]), -1.0)[1].ap.low == -1


def test_a_class_in_29_images_has_no_interval_and_in_30_it_has() -> None:
    replicates = make_replicates([0.4, 0.6], 0.5)

    few, enough = (estimate(replicates, ["red"], np.array([80, count]))[1] for count in (29, 30))

    assert few.has_too_few
    assert few.ap == Interval(value=0.5, above=1.0)
    assert enough.ap.low is not None


def test_a_class_without_objects_has_nothing_at_all() -> None:
    replicates = Replicates(
        observed=np.full((2, 2), np.nan), values=np.full((100, 2, 2), np.nan), bias=np.zeros((2, 2))
    )

    assert [one.ap for one in estimate(replicates, ["red"], np.array([0, 0]))] == [Interval(value=None)] * 2


def test_by_hand_the_share_of_resamples_in_which_b_is_better() -> None:
    """Four draws: A 0.50, 0.40, 0.60, 0.50 and B 0.55, 0.40, 0.50, 0.70. Better twice, equal once: 2.5 of 4."""
    a = make_replicates([0.50, 0.40, 0.60, 0.50], 0.5)
    b = make_replicates([0.55, 0.40, 0.50, 0.70], 0.55)

    difference = estimate(b.minus(a), ["red"], np.array([72, 72]), lowest=-1.0)[1].ap

    assert difference.value == pytest.approx(0.05)
    assert difference.above == 0.625
    # Differences 0.05, 0, -0.1, 0.2: mean 0.0375, variance (0.0125² + 0.0375² + 0.1375² + 0.1625²) / 4.
    spread = math.sqrt((0.0125**2 + 0.0375**2 + 0.1375**2 + 0.1625**2) / 4)
    assert difference.half_width == pytest.approx(2.028 * math.sqrt(72 / 71) * spread, rel=1e-3)


def test_all_classes_are_as_shaky_as_their_rare_ones() -> None:
    """Classes in 100 and in 50 images: the harmonic mean, 66.7, gives the quantile for 33.3 degrees, 2.0337."""
    values = np.array([-1.0, 1.0]).repeat(6).reshape(-1, 2, 3)
    replicates = Replicates(observed=np.zeros((2, 3)), values=values, bias=np.zeros((2, 3)))

    together = estimate(replicates, ["red", "blue"], np.array([120, 100, 50]), lowest=-9.0)[0]

    assert together.ap.low == pytest.approx(-2.0337 * math.sqrt(66.667 / 65.667), rel=1e-3)


def test_images_are_counted_once_a_class_and_crowd_regions_not_at_all() -> None:
    rows = [(1, 0, BOX, False), (1, 0, BOX, False), (2, 0, BOX, False), (2, 1, BOX, False), (3, 1, BOX, True)]
    truth = Truth(
        images=make_images(4), annotations=make_truths(rows), categories=make_categories("red", "blue", "none")
    )

    assert images_of_each(truth).tolist() == [2, 2, 1, 0]
