"""The count of images on which one of two is better, and the sign test, against hand arithmetic."""

from math import comb

import numpy as np
import pytest

from core.evaluation.intervals.paired import Paired, compare_images, image_f1, sign_test
from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import Outcomes, outcomes_at
from tests.factories.results import make_detections, make_truths

BOX, FAR = (0.0, 0.0, 20.0, 20.0), (50.0, 50.0, 70.0, 70.0)
NAN = float("nan")


def test_the_sign_test_is_the_sum_of_binomial_coefficients() -> None:
    for images in range(40):
        for worse in range(images // 2 + 1):
            tail = sum(comb(images, place) for place in range(worse + 1))
            assert sign_test(images - worse, worse) == min(1.0, 2 * tail / 2**images)


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),  # 2 · 1/2
        (5, 0, 0.0625),  # 2 · 1/32
        (6, 0, 0.03125),  # 2 · 1/64: six images are the fewest that can say it at 0.05
        (0, 6, 0.03125),
        (3, 3, 1.0),  # 2 · (1 + 6 + 15 + 20) / 64 = 1.3, cut
        (9, 2, 0.0654296875),  # 2 · (1 + 11 + 55) / 2048
        (10, 1, 0.01171875),  # 2 · (1 + 11) / 2048
        (500, 500, 1.0),
        (2000, 0, 0.0),  # 2 / 2^2000, below the smallest float
    ],
    ids=lambda value: str(value),
)
def test_the_sign_test_is_that_of_hand_arithmetic(better: int, worse: int, p: float) -> None:
    assert sign_test(better, worse) == p


def test_images_are_counted_and_those_that_show_nothing_left_out() -> None:
    a = np.array([0.5, 0.5, 1.0, 2 / 3, NAN, NAN, 0.0])
    b = np.array([1.0, 0.25, 1.0, 4 / 6, NAN, 0.0, NAN])

    paired = compare_images(a, b)

    assert paired == Paired(better=2, equal=2, worse=2)
    assert paired.images == 6
    assert paired.to_json() == {"better": 2, "equal": 2, "worse": 2, "p": 1.0, "measure": "f1"}


def outcomes() -> Outcomes:
    """Image 1: found one of two. 2: found, with a stray. 3: nothing there, a stray. 4: nothing. 5: a crowd only."""
    truths = make_truths([(1, 0, BOX, False), (1, 1, FAR, False), (2, 0, BOX, False), (5, 0, BOX, True)])
    detections = make_detections(
        [(1, 0, BOX, 0.9), (2, 0, BOX, 0.9), (2, 1, FAR, 0.8), (3, 0, BOX, 0.7), (5, 0, BOX, 0.9)]
    )
    overlaps = find_overlaps(truths, detections)
    return outcomes_at(truths, detections, match(truths, detections, overlaps, 0.5), 0.5)


@pytest.mark.parametrize(
    ("kind", "f1"),
    [
        (-1, [2 / 3, 2 / 3, 0.0, NAN, NAN]),  # 2 / (2 + 0 + 1), 2 / (2 + 1 + 0), 0 / 1
        (0, [1.0, 1.0, 0.0, NAN, NAN]),
        (1, [0.0, 0.0, NAN, NAN, NAN]),
    ],
    ids=["all classes", "class 0", "class 1"],
)
def test_f1_of_each_image_by_hand(kind: int, f1: list[float]) -> None:
    assert image_f1(outcomes(), [1, 2, 3, 4, 5], kind).tolist() == pytest.approx(f1, nan_ok=True)
