import numpy as np
import pandas as pd
import pytest

from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import add_up, count_classes, outcomes_at
from core.evaluation.scores.scores import score_boxes
from core.evaluation.thresholds.curves import ALL, precision_recall, suggest_threshold, threshold_curves
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

SETTINGS = (0.0, 0.0, 20.0, 20.0)
THERE = (100.0, 100.0, 120.0, 120.0)
NOWHERE = (50.0, 50.0, 70.0, 70.0)


def curves_of(results: Results, iou: float = 0.5) -> pd.DataFrame:
    truths, found = results.annotations, results.detections
    matching = match(truths, found, find_overlaps(truths, found), iou)
    return threshold_curves(truths, found, matching, len(results.categories))


def at(curves: pd.DataFrame, score: float, category_id: int = ALL) -> list[float]:
    row = curves[(curves["category_id"] == category_id) & (curves["score"] == score)].iloc[0]
    return [float(row[name]) for name in ("precision", "recall", "f1")]


@pytest.fixture(scope="module")
def two_objects() -> Results:
    """Found at 0.9, a false positive at 0.6, the other object found at 0.3."""
    truths = make_truths([(1, 0, SETTINGS, False), (1, 0, THERE, False)])
    detections = make_detections([(1, 0, SETTINGS, 0.9), (1, 0, NOWHERE, 0.6), (1, 0, THERE, 0.3)])
    return Results(
        images=make_images(1), annotations=truths, categories=make_categories("a", "b"), detections=detections
    )


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.0, [2 / 3, 1, 4 / 5]),
        (0.3, [2 / 3, 1, 4 / 5]),
        (0.31, [1 / 2, 1 / 2, 1 / 2]),
        (0.61, [1, 1 / 2, 2 / 3]),
        (0.91, [np.nan, 0, 0]),
    ],
    ids=["everything", "just at the weakest", "just above it", "only the best", "nothing"],
)
def test_the_curves_by_hand(two_objects: Results, score: float, expected: list[float]) -> None:
    assert at(curves_of(two_objects), score) == pytest.approx(expected, nan_ok=True)


def test_a_class_without_objects_and_detections_has_no_rates(two_objects: Results) -> None:
    assert np.isnan(at(curves_of(two_objects), 0.5, category_id=1)).all()


def test_the_suggested_threshold_has_the_best_f1_in_the_middle_of_equals(two_objects: Results) -> None:
    suggested = suggest_threshold(curves_of(two_objects))
    assert suggested is not None
    # F1 is 4/5 from 0.00 to 0.30, 31 steps.
    assert (suggested.score, suggested.f1, suggested.precision, suggested.recall) == pytest.approx(
        (0.15, 0.8, 2 / 3, 1)
    )


def test_nothing_is_suggested_where_nothing_is_found(two_objects: Results) -> None:
    assert suggest_threshold(curves_of(two_objects.with_(detections=make_detections([])))) is None


@pytest.mark.parametrize("score", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_curves_agree_with_the_counts(score: float, seed: int) -> None:
    results = random_results(seed, equal_scores=seed == 2)
    truths, found = results.annotations, results.detections
    matching = match(truths, found, find_overlaps(truths, found), 0.5)
    counts = count_classes(outcomes_at(truths, found, matching, score), results.categories)
    for counted in [add_up(counts), *counts]:
        rates = [np.nan if rate is None else rate for rate in (counted.precision, counted.recall, counted.f1)]
        assert at(curves_of(results), score, counted.category_id) == pytest.approx(rates, nan_ok=True)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("iou", "figure"), [(0.5, "ap50"), (0.75, "ap75")])
def test_the_mean_of_a_precision_curve_is_its_ap(seed: int, iou: float, figure: str) -> None:
    results = random_results(seed, crowd=0.2, equal_scores=seed == 3)
    truths, found = results.annotations, results.detections
    matching = match(truths, found, find_overlaps(truths, found), iou)
    means = precision_recall(truths, found, matching, 3).groupby("category_id")["precision"].mean()
    scores = score_boxes(results.images, truths, results.categories, found)
    expected = {ALL: getattr(scores, figure)} | {row.category_id: getattr(row, figure) for row in scores.per_class}
    assert means.to_dict() == pytest.approx(expected, abs=1e-6)


def test_without_objects_there_is_no_precision_curve() -> None:
    results = Results(
        images=make_images(1),
        annotations=make_truths([]),
        categories=make_categories("a"),
        detections=make_detections([(1, 0, SETTINGS, 0.5)]),
    )
    matching = match(
        results.annotations, results.detections, find_overlaps(results.annotations, results.detections), 0.5
    )
    assert precision_recall(results.annotations, results.detections, matching, 1).empty
