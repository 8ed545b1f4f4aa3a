import numpy as np
import pytest

from core.errors import AppError
from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import add_up, count_classes, outcomes_at
from core.evaluation.thresholds.curves import suggest_threshold, threshold_curves
from core.evaluation.thresholds.rules import (
    OperatingPoint,
    Reason,
    ThresholdRule,
    add_up_classes,
    choose_points,
    points_at,
    rule_from_json,
    why_none,
)
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

A, B, C = ((x, x, x + 20.0, x + 20.0) for x in (0.0, 60.0, 120.0))
NOWHERE = [(x, 170.0, x + 20.0, 190.0) for x in (0.0, 40.0, 80.0)]
NAMES = ["a", "b"]


@pytest.fixture(scope="module")
def by_hand() -> Results:
    """Three objects of class a, found at 0.9, 0.6 and 0.2; false positives at 0.8, 0.4 and 0.3. Nothing of class b."""
    truths = make_truths([(1, 0, box, False) for box in (A, B, C)])
    found = [(1, 0, A, 0.9), (1, 0, NOWHERE[0], 0.8), (1, 0, B, 0.6), (1, 0, NOWHERE[1], 0.4)]
    found += [(1, 0, NOWHERE[2], 0.3), (1, 0, C, 0.2)]
    return Results(
        images=make_images(1), annotations=truths, categories=make_categories(*NAMES), detections=make_detections(found)
    )


def choose(results: Results, **rule: float | str) -> list[OperatingPoint]:
    return choose_points(curves_of(results), ThresholdRule(**rule), results.categories["name"].tolist())  # type: ignore[arg-type]


def curves_of(results: Results):  # type: ignore[no-untyped-def]
    truths, found = results.annotations, results.detections
    matching = match(truths, found, find_overlaps(truths, found), 0.5)
    return threshold_curves(truths, found, matching, len(results.categories))


# By hand, tp/fp/fn by falling score: 0.81-0.90: 1/0/2; 0.61-0.80: 1/1/2; 0.41-0.60: 2/1/1; 0.31-0.40: 2/2/1;
# 0.21-0.30: 2/3/1; 0.00-0.20: 3/3/0. Of equal ones the middle: of 0.41 to 0.60 (20 steps) the eleventh, 0.51.
@pytest.mark.parametrize(
    ("rule", "score", "counts"),
    [
        ({"by": "f1"}, 0.1, (3, 3, 0)),  # 6 / 9, as from 0.41 to 0.60 (4 / 6), which are 20 steps against 21
        ({"by": "recall", "at": 0.6}, 0.51, (2, 1, 1)),  # precision 2/3; with recall 1 it is 1/2
        ({"by": "recall", "at": 1.0}, 0.1, (3, 3, 0)),
        ({"by": "precision", "at": 0.6}, 0.51, (2, 1, 1)),  # recall 2/3; with precision 1 it is 1/3
        ({"by": "precision", "at": 0.9}, 0.86, (1, 0, 2)),
        ({"by": "cost", "miss_cost": 10.0}, 0.1, (3, 3, 0)),  # 3 against 11 and more
        ({"by": "cost", "false_alarm_cost": 10.0}, 0.86, (1, 0, 2)),  # 2 against 3 and more
    ],
    ids=["f1", "recall", "full recall", "precision", "high precision", "misses are dear", "false positives are dear"],
)
def test_each_rule_chooses_by_hand(
    by_hand: Results, rule: dict[str, float | str], score: float, counts: tuple[int, int, int]
) -> None:
    (everything, _, _) = choose(by_hand, **rule)
    assert everything.score == score
    assert (everything.counts.tp, everything.counts.fp, everything.counts.fn) == counts


def test_a_rate_that_no_threshold_reaches_says_how_far_it_goes(by_hand: Results) -> None:
    poor = by_hand.with_(detections=by_hand.detections.iloc[1:])
    everything, _, _ = choose(poor, by="recall", at=0.9)
    assert (everything.score, everything.reason, everything.most) == (None, Reason.OUT_OF_REACH, 2 / 3)
    words = why_none(everything, ThresholdRule(by="recall", at=0.9))
    assert words == "all: no threshold gives a recall of 0.9; the most is 0.667."


def test_a_class_without_objects_has_no_threshold_and_says_why(by_hand: Results) -> None:
    *_, nothing = choose(by_hand)
    assert (nothing.score, nothing.counts.truths) == (None, 0)
    assert why_none(nothing, ThresholdRule()).startswith("b: no object of this class here")


@pytest.mark.parametrize("by", ["f1", "recall", "precision"])
def test_where_nothing_is_right_no_threshold_is_chosen(by_hand: Results, by: str) -> None:
    strays = by_hand.with_(detections=make_detections([(1, 0, NOWHERE[0], 0.7)]))
    everything, _, _ = choose(strays, by=by)
    assert (everything.score, everything.reason) == (None, Reason.NOTHING_FOUND)
    assert "no object is found at any score" in why_none(everything, ThresholdRule(by=by))


@pytest.mark.parametrize("seed", range(4))
def test_the_best_f1_is_the_one_that_the_curves_suggest(seed: int) -> None:
    results = random_results(seed, equal_scores=seed == 3)
    suggested = suggest_threshold(curves_of(results))
    assert suggested is not None
    chosen = choose(results)[0]
    assert chosen.score == suggested.score
    assert chosen.counts.f1 == pytest.approx(suggested.f1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("by", ["f1", "recall", "precision", "cost"])
def test_no_other_step_does_better(seed: int, by: str) -> None:
    """Against a search through the counts of `judge_at` at each step, class by class."""
    results = random_results(seed, crowd=0.2)
    truths, found = results.annotations, results.detections
    matching = match(truths, found, find_overlaps(truths, found), 0.5)
    rule = ThresholdRule(by=by, at=0.4, miss_cost=3.0, false_alarm_cost=2.0)
    steps = [count_classes(outcomes_at(truths, found, matching, step / 100), results.categories) for step in range(101)]
    for place, point in enumerate(choose_points(curves_of(results), rule, results.categories["name"].tolist())[1:]):
        rows = [step[place] for step in steps]
        if by == "f1":
            best = max(row.f1 or 0 for row in rows)
            assert point.counts.f1 == best
        elif by == "cost":
            assert rule.cost(point.counts) == min(rule.cost(row) for row in rows)
        else:
            other = {"recall": "precision", "precision": "recall"}[by]
            enough = [row for row in rows if (getattr(row, by) or 0) >= 0.4 and getattr(row, other) is not None]
            assert getattr(point.counts, other) == max(getattr(row, other) for row in enough)
            assert getattr(point.counts, by) >= 0.4


def test_given_thresholds_give_the_counts_of_the_tables() -> None:
    results = random_results(5)
    truths, found = results.annotations, results.detections
    matching = match(truths, found, find_overlaps(truths, found), 0.5)
    names = results.categories["name"].tolist()
    points = points_at(curves_of(results), 0.5, {names[1]: 0.25}, names)
    at_half = count_classes(outcomes_at(truths, found, matching, 0.5), results.categories)
    at_quarter = count_classes(outcomes_at(truths, found, matching, 0.25), results.categories)
    assert [point.counts for point in points] == [add_up(at_half), at_half[0], at_quarter[1], at_half[2]]
    assert [point.score for point in points] == [0.5, 0.5, 0.25, 0.5]
    assert add_up_classes(points, curves_of(results), 0.5) == add_up([at_half[0], at_quarter[1], at_half[2]])


def test_a_class_without_a_threshold_counts_at_the_common_one(by_hand: Results) -> None:
    stray = make_detections([(1, 1, NOWHERE[0], 0.7)])
    results = by_hand.with_(
        detections=make_detections(
            [
                (int(row.image_id), int(row.category_id), (row.x1, row.y1, row.x2, row.y2), row.score)
                for table in (by_hand.detections, stray)
                for row in table.itertuples()
            ]
        )
    )
    curves = curves_of(results)
    points = choose_points(curves, ThresholdRule(by="precision", at=0.6), NAMES)
    together = add_up_classes(points, curves, 0.5)
    assert points[2].score is None
    assert (together.tp, together.fp, together.fn) == (2, 2, 1)


@pytest.mark.parametrize(
    "rule",
    [
        {"by": "luck"},
        {"by": "recall", "at": 0.0},
        {"by": "recall", "at": 1.1},
        {"by": "precision", "at": np.nan},
        {"by": "cost", "miss_cost": -1.0},
        {"by": "cost", "miss_cost": 0.0, "false_alarm_cost": 0.0},
        {"by": "cost", "miss_cost": np.inf},
        {"by": "cost", "false_alarm_cost": np.nan},
    ],
    ids=str,
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, float | str]) -> None:
    with pytest.raises(AppError) as refused:
        ThresholdRule(**rule)  # type: ignore[arg-type]
    assert refused.value.remedy


@pytest.mark.parametrize(
    "rule",
    [ThresholdRule(), ThresholdRule(by="recall", at=0.8), ThresholdRule(by="cost", miss_cost=5.0)],
    ids=lambda r: r.by,
)
def test_a_rule_is_the_same_after_a_round_through_json(rule: ThresholdRule) -> None:
    assert rule_from_json(rule.to_json()) == rule
