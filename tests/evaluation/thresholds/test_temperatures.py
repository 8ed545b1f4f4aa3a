import numpy as np
import pytest

from core.evaluation.thresholds.temperatures import (
    HIGHEST,
    LOWEST,
    SPREAD,
    Scored,
    Temperatures,
    calibrated_scores,
    fit_temperatures,
)


def scored(scores: list[float], is_right: list[bool], category_ids: list[int] | None = None) -> Scored:
    return Scored(
        scores=np.array(scores, dtype=np.float64),
        is_right=np.array(is_right, dtype=bool),
        category_ids=np.array(category_ids or [0] * len(scores), dtype=np.int64),
    )


def at_temperature(temperature: float, of_each: int, category_id: int = 0) -> Scored:
    """Of each of 49 scores so many detections, right as often as the score calibrated by this temperature says."""
    levels = np.linspace(0.02, 0.98, 49)
    right = np.round(calibrated_scores(levels, temperature) * of_each)
    return Scored(
        scores=levels.repeat(of_each),
        is_right=(np.arange(of_each) < right[:, None]).ravel(),
        category_ids=np.full(49 * of_each, category_id),
    )


def both(*parts: Scored) -> Scored:
    return Scored(
        scores=np.concatenate([part.scores for part in parts]),
        is_right=np.concatenate([part.is_right for part in parts]),
        category_ids=np.concatenate([part.category_ids for part in parts]),
    )


@pytest.mark.parametrize(
    ("score", "temperature", "expected"),
    [(0.8, 1.0, 0.8), (0.8, 2.0, 2 / 3), (0.8, 0.5, 16 / 17), (0.2, 2.0, 1 / 3), (0.5, 7.0, 0.5)],
    ids=["as it is", "less sure", "surer", "less sure below a half", "a half stays"],
)
def test_a_calibrated_score_by_hand(score: float, temperature: float, expected: float) -> None:
    """By hand: odds of 4 become 2 at temperature 2, and 16 at 0.5."""
    assert calibrated_scores(np.array([score]), temperature) == pytest.approx([expected])


@pytest.mark.parametrize("temperature", [LOWEST, 0.7, 1.0, HIGHEST])
def test_scores_of_0_and_1_stay_numbers_and_the_order_stays(temperature: float) -> None:
    scores = np.array([0.0, 1e-300, 1e-5, 0.3, 0.3, 0.999, np.nextafter(1, 0), 1.0])
    calibrated = calibrated_scores(scores, temperature)
    assert np.isfinite(calibrated).all()
    assert (calibrated >= 0).all()
    assert (calibrated <= 1).all()
    assert (np.diff(calibrated) >= 0).all()
    assert calibrated[3] == calibrated[4]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_a_known_temperature_comes_back(temperature: float) -> None:
    fitted = fit_temperatures(at_temperature(temperature, 400), 1)
    assert fitted.pooled == pytest.approx(temperature, rel=0.01)
    assert fitted.per_class == pytest.approx((temperature,), rel=0.01)


def _objective(sample: Scored, inverse: float, centre: float) -> float:
    inside = np.clip(sample.scores, 1e-6, 1 - 1e-6)
    logits = inverse * np.log(inside / (1 - inside))
    loss = np.logaddexp(0, np.where(sample.is_right, -logits, logits)).sum()
    return float(loss + ((inverse - centre) / (SPREAD * centre)) ** 2 / 2)


CASES = {
    "one right": scored([0.9], [True]),
    "one wrong": scored([0.9], [False]),
    "none right": scored([0.9, 0.4, 0.7], [False] * 3),
    "all right": scored([0.9, 0.4, 0.7], [True] * 3),
    "a score of 1 is wrong": scored([1.0, 0.6], [False, True]),
    "a score of 0 is right": scored([0.0, 0.6], [True, True]),
    "only 0 and 1": scored([0.0, 1.0, 1.0], [False, True, True]),
    "all are a half": scored([0.5] * 5, [True, False, True, False, False]),
    "a thousand sure and wrong": scored([1.0] * 1000, [False] * 1000),
    "a thousand low and wrong": scored([0.001] * 1000, [False] * 1000),
    "many": at_temperature(1.7, 6),
}


@pytest.mark.parametrize("name", CASES)
def test_the_fit_is_the_least_of_a_fine_grid(name: str) -> None:
    """The referee tries 4,000 temperatures; both the one of all classes and that of the class."""
    grid = np.exp(np.linspace(np.log(1 / HIGHEST), np.log(1 / LOWEST), 4001))
    fitted = fit_temperatures(CASES[name], 1)
    centre = 1 / fitted.pooled
    for temperature, around in ((fitted.pooled, 1.0), (fitted.per_class[0], centre)):
        assert LOWEST <= temperature <= HIGHEST
        best = min(_objective(CASES[name], inverse, around) for inverse in grid)
        assert _objective(CASES[name], 1 / temperature, around) <= best + 1e-6


def test_without_detections_every_temperature_is_1_and_a_class_without_any_has_that_of_all() -> None:
    assert fit_temperatures(scored([], []), 2) == Temperatures(pooled=1.0, per_class=(1.0, 1.0))
    fitted = fit_temperatures(at_temperature(2.0, 10), 2)
    assert fitted.per_class[1] == pytest.approx(fitted.pooled)


def test_a_class_with_many_detections_has_its_temperature_and_one_with_few_nearly_that_of_all() -> None:
    many, few = at_temperature(2.0, 200), scored([0.9, 0.9, 0.2], [True, True, False], [1, 1, 1])
    fitted = fit_temperatures(both(many, few), 2)
    assert fitted.per_class[0] == pytest.approx(2.0, rel=0.01)
    assert fitted.per_class[1] == pytest.approx(fitted.pooled, rel=0.05)

    fitted = fit_temperatures(both(many, at_temperature(0.4, 200, category_id=1)), 2)
    assert fitted.per_class == pytest.approx((2.0, 0.4), rel=0.03)


def test_scores_are_calibrated_by_the_temperature_of_their_class() -> None:
    temperatures = Temperatures(pooled=1.0, per_class=(2.0, 0.5))
    assert temperatures.calibrated(np.array([0.8, 0.8]), np.array([1, 0])) == pytest.approx([16 / 17, 2 / 3])
