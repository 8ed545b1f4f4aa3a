"""The estimate of what more images would add, against curves whose gain is known."""

from collections.abc import Callable

import numpy as np
import pytest

from core.training.metrics.more_images import CANNOT_SAY, GAIN, LITTLE, gain_of_more

COUNTS = [100.0, 200.0, 400.0] * 3


def _runs(law: Callable[[float], float], noise: float, seed: int) -> list[float]:
    random = np.random.default_rng(seed)
    return [law(count) + random.normal(0, noise) for count in COUNTS]


@pytest.mark.parametrize(
    ("law", "noise"),
    [
        pytest.param(lambda n: 0.3 + 0.05 * np.log2(n / 100), 0.01, id="a straight line over log n"),
        pytest.param(lambda n: 0.7 - 3.0 * n**-0.5, 0.01, id="a power law"),
        pytest.param(lambda n: 0.6 - 20 / n, 0.01, id="one that levels off at once"),
        pytest.param(lambda n: 0.4, 0.02, id="a flat one"),
    ],
)
def test_nineteen_of_twenty_intervals_hold_the_true_gain(law: Callable[[float], float], noise: float) -> None:
    true = law(800) - law(400)
    gains = [gain_of_more(COUNTS, _runs(law, noise, seed)) for seed in range(60)]
    inside = [
        gain for gain in gains if gain.low is not None and gain.high is not None and gain.low <= true <= gain.high
    ]
    assert len(inside) >= 54, "0.95 of 60 are 57; 54 or more in 98 of 100 such tests"


def test_a_steep_curve_gains_and_says_how_much() -> None:
    gain = gain_of_more(COUNTS, _runs(lambda n: 0.3 + 0.05 * float(np.log2(n / 100)), 0.003, 1))
    assert gain.verdict == GAIN
    assert gain.low is not None and gain.high is not None and gain.value is not None
    assert 0 < gain.low < gain.value < gain.high
    assert gain.value == pytest.approx(0.05, abs=0.015)


def test_a_curve_that_is_flat_within_the_seeds_says_nothing() -> None:
    gain = gain_of_more(COUNTS, _runs(lambda n: 0.4, 0.02, 3))
    assert gain.verdict == CANNOT_SAY
    assert "flat" in gain.reason


def test_a_curve_that_is_surely_flat_says_that_little_is_to_be_gained() -> None:
    assert gain_of_more(COUNTS, _runs(lambda n: 0.4, 0.001, 1)).verdict == LITTLE


def test_no_gain_leads_beyond_all_objects() -> None:
    gain = gain_of_more(COUNTS, _runs(lambda n: 0.8 + 0.09 * float(np.log2(n / 100)), 0.001, 1))
    assert gain.high is not None
    assert gain.high <= 0.021


@pytest.mark.parametrize(
    ("images", "aps"),
    [
        pytest.param([], [], id="none"),
        pytest.param([100, 200, 400], [0.1, 0.2, 0.3], id="one seed"),
        pytest.param([200, 400] * 3, [0.1, 0.2] * 3, id="two levels"),
    ],
)
def test_too_few_runs_say_nothing(images: list[float], aps: list[float]) -> None:
    gain = gain_of_more(images, aps)
    assert (gain.verdict, gain.low, gain.high) == (CANNOT_SAY, None, None)


def test_the_same_runs_give_the_same_answer() -> None:
    aps = _runs(lambda n: 0.7 - 3.0 * n**-0.5, 0.01, 5)
    assert gain_of_more(COUNTS, aps) == gain_of_more(COUNTS, aps)
