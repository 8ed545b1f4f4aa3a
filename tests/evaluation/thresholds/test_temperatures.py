import math

import numpy as np
import pytest

from core.evaluation.thresholds.temperatures import (
    FARTHEST,
    HIGHEST,
    LOWEST,
    Calibrator,
    Scored,
    Spreads,
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


def calibrated_by(temperature: float, offset: float, of_each: int, category_id: int = 0) -> Scored:
    """Of each of 49 scores so many detections, right as often as the score calibrated by these numbers says."""
    levels = np.linspace(0.02, 0.98, 49)
    right = np.round(calibrated_scores(levels, temperature, offset) * of_each)
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
    ("score", "temperature", "offset", "expected"),
    [
        (0.8, 1.0, 0.0, 0.8),
        (0.8, 2.0, 0.0, 2 / 3),
        (0.8, 0.5, 0.0, 16 / 17),
        (0.2, 2.0, 0.0, 1 / 3),
        (0.5, 7.0, 0.0, 0.5),
        (0.5, 7.0, math.log(3), 0.75),
        (0.8, 2.0, -math.log(2), 0.5),
    ],
    ids=["as it is", "less sure", "surer", "less sure below a half", "a half stays", "a half raised", "lowered"],
)
def test_a_calibrated_score_by_hand(score: float, temperature: float, offset: float, expected: float) -> None:
    """By hand: odds of 4 become 2 at temperature 2, and 16 at 0.5; an offset of log 3 triples the odds."""
    assert calibrated_scores(np.array([score]), temperature, offset) == pytest.approx([expected])


@pytest.mark.parametrize("offset", [-FARTHEST, 0.0, FARTHEST])
@pytest.mark.parametrize("temperature", [LOWEST, 0.7, 1.0, HIGHEST])
def test_scores_of_0_and_1_stay_numbers_and_the_order_stays(temperature: float, offset: float) -> None:
    scores = np.array([0.0, 1e-300, 1e-5, 0.3, 0.3, 0.999, np.nextafter(1, 0), 1.0])
    calibrated = calibrated_scores(scores, temperature, offset)
    assert np.isfinite(calibrated).all()
    assert (calibrated >= 0).all()
    assert (calibrated <= 1).all()
    assert (np.diff(calibrated) >= 0).all()
    assert calibrated[3] == calibrated[4]


@pytest.mark.parametrize(("temperature", "offset"), [(0.5, 0.0), (1.0, 0.0), (2.5, 0.0), (1.0, 1.5), (0.6, -1.0)])
def test_a_known_temperature_and_offset_come_back(temperature: float, offset: float) -> None:
    fitted = fit_temperatures(calibrated_by(temperature, offset, 400), 1)
    for each in (fitted.pooled, *fitted.per_class):
        assert each.temperature == pytest.approx(temperature, rel=0.01)
        assert each.offset == pytest.approx(offset, abs=0.01)


def _objective(sample: Scored, inverse: float, offset: float, centre: tuple[float, float], of_all: bool) -> float:
    spreads = Spreads()
    inside = np.clip(sample.scores, 1e-6, 1 - 1e-6)
    logits = inverse * np.log(inside / (1 - inside)) + offset
    loss = np.logaddexp(0, np.where(sample.is_right, -logits, logits)).sum()
    spread = spreads.offset if of_all else spreads.offset_of_class
    return float(loss + ((inverse / centre[0] - 1) / 0.25) ** 2 / 2 + ((offset - centre[1]) / spread) ** 2 / 2)


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
    "a thousand sure and right": scored([0.999] * 1000, [True] * 1000),
    "a thousand low and right": scored([0.0] * 1000, [True] * 1000),
    "many": calibrated_by(1.7, 0.0, 6),
    "many and too low": calibrated_by(0.8, 2.0, 6),
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_near_or_far_fits_better(name: str) -> None:
    """The referee tries 2,000 pairs, half of them near the fit; for all classes together and for the class."""
    sample = CASES[name]
    fitted = fit_temperatures(sample, 1)
    around = (1 / fitted.pooled.temperature, fitted.pooled.offset)
    random = np.random.default_rng(1)
    for each, centre, of_all in ((fitted.pooled, (1.0, 0.0), True), (fitted.per_class[0], around, False)):
        assert LOWEST <= each.temperature <= HIGHEST
        least = _objective(sample, 1 / each.temperature, each.offset, centre, of_all)
        for spread in (0.01, 2.0):
            inverses = np.exp(random.normal(0, spread, 1000)) / each.temperature
            offsets = each.offset + random.normal(0, spread, 1000)
            for inverse, offset in zip(np.clip(inverses, 1 / HIGHEST, 1 / LOWEST), offsets, strict=True):
                assert least <= _objective(sample, inverse, offset, centre, of_all) + 1e-6


def test_without_detections_scores_stay_and_a_class_without_any_has_the_numbers_of_all() -> None:
    as_they_are = Calibrator(temperature=1.0, offset=0.0)
    assert fit_temperatures(scored([], []), 2) == Temperatures(pooled=as_they_are, per_class=(as_they_are, as_they_are))
    fitted = fit_temperatures(calibrated_by(2.0, 0.5, 10), 2)
    assert fitted.per_class[1] == fitted.pooled


def test_a_class_with_many_detections_has_its_numbers_and_one_with_few_nearly_those_of_all() -> None:
    many, few = calibrated_by(2.0, 1.0, 200), scored([0.9, 0.9, 0.2], [True, True, False], [1, 1, 1])
    fitted = fit_temperatures(both(many, few), 2)
    assert fitted.per_class[0].temperature == pytest.approx(2.0, rel=0.01)
    assert fitted.per_class[0].offset == pytest.approx(1.0, abs=0.01)
    assert fitted.per_class[1].temperature == pytest.approx(fitted.pooled.temperature, rel=0.05)
    assert fitted.per_class[1].offset == pytest.approx(fitted.pooled.offset, abs=0.1)

    fitted = fit_temperatures(both(many, calibrated_by(0.4, -1.0, 500, category_id=1)), 2)
    assert [each.temperature for each in fitted.per_class] == pytest.approx([2.0, 0.4], rel=0.03)
    assert [each.offset for each in fitted.per_class] == pytest.approx([1.0, -1.0], abs=0.05)


def test_a_class_of_its_own_and_no_class_of_its_own_are_the_ends_of_the_spreads() -> None:
    two = both(calibrated_by(2.0, 1.0, 20), calibrated_by(0.5, -1.0, 20, category_id=1))
    same = fit_temperatures(two, 2, Spreads(inverse_of_class=1e-6, offset_of_class=1e-6))
    assert [each.temperature for each in same.per_class] == pytest.approx([same.pooled.temperature] * 2, rel=1e-4)
    alone = fit_temperatures(two, 2, Spreads(inverse_of_class=1e6, offset_of_class=1e6))
    assert [each.temperature for each in alone.per_class] == pytest.approx([2.0, 0.5], rel=0.03)
    no_offset = fit_temperatures(two, 2, Spreads(offset=1e-6, offset_of_class=1e-6))
    assert [each.offset for each in no_offset.per_class] == pytest.approx([0.0, 0.0], abs=1e-4)


def test_scores_are_calibrated_by_the_temperature_of_their_class() -> None:
    first, second = Calibrator(temperature=2.0), Calibrator(temperature=0.5, offset=math.log(2))
    temperatures = Temperatures(pooled=Calibrator(), per_class=(first, second))
    assert temperatures.calibrated(np.array([0.8, 0.8]), np.array([1, 0])) == pytest.approx([32 / 33, 2 / 3])
