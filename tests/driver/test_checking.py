"""The answer of a sweep in words: better, worse, or not to be told from nothing."""

import pytest

from core.driver.checking import reason_of
from core.evaluation.intervals.intervals import Interval


@pytest.mark.parametrize(
    ("ap", "words"),
    [
        pytest.param(
            Interval(value=0.02, low=0.004, high=0.036), "+0.4 to +3.6 AP with 3 other seeds: EMA 0.99.", id="better"
        ),
        pytest.param(
            Interval(value=0.01, low=-0.004, high=0.024),
            "−0.4 to +2.4 AP with 3 other seeds, which may be nothing: EMA 0.99.",
            id="not to be told from nothing",
        ),
        pytest.param(
            Interval(value=-0.015, low=-0.029, high=-0.001),
            "−2.9 to −0.1 AP with 3 other seeds, worse than the settings you have: EMA 0.99.",
            id="worse",
        ),
        pytest.param(
            Interval(value=0.01),
            "Validation has fewer than 30 images with objects, too few to tell EMA 0.99 from chance.",
            id="too few images",
        ),
    ],
)
def test_the_interval_decides_the_words(ap: Interval, words: str) -> None:
    assert reason_of(ap, "EMA 0.99", 3) == words
