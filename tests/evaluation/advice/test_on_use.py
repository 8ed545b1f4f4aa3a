"""Each rule speaks at its minimum of evidence and is silent just below it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pandas as pd
import pytest

from core.evaluation.advice.facts import Advice, BetterThreshold, Facts, Training
from core.evaluation.advice.on_use import on_calibration, on_empty, on_overfitting, on_sample, on_slices, on_threshold
from core.evaluation.matching.causes import Cause
from core.evaluation.matching.outcomes import Counts
from tests.factories.advice import QUIET, cost, cut, facts

BETTER = BetterThreshold(score=0.5, f1=0.80, best_score=0.3, best_f1=0.811, each_f1=0.811, moved=20)


def bins(detections: int, confidence: float, precision: float, low: float = 0.5) -> pd.DataFrame:
    row = {"low": low, "high": low + 0.1, "detections": detections, "confidence": confidence, "precision": precision}
    return pd.DataFrame([row])


def drawn(tp: int, fn: int) -> Facts:
    """A slice without false positives, of a whole with a recall, precision and F1 of 0.8."""
    return facts(slices=[cut(tp, 0, fn)])


def empty(images: int, false_positives: int) -> Facts:
    return facts(empty_images=images, empty_false_positives=false_positives)


SPEAKS: dict[str, tuple[Callable[[Facts], Iterator[Advice]], Facts, Facts]] = {
    # By hand: 31 of 50 found, 769 of 950 in the rest, 3.3 deviations; 32 of 50 are 2.9 below the rest.
    "slice: deviations": (on_slices, facts(slices=[cut(31, 8, 19)]), facts(slices=[cut(32, 8, 18)])),
    # By hand: without a false positive, 240 of 400 are an F1 of 0.75, which is 0.05 below that of all.
    "slice: difference": (on_slices, drawn(240, 160), drawn(241, 159)),
    "slice: objects": (on_slices, drawn(9, 21), drawn(9, 20)),
    "slice: images": (
        on_slices,
        facts(slices=[cut(60, 0, 40, images=10)]),
        facts(slices=[cut(60, 0, 40, images=9)]),
    ),
    "threshold: F1": (on_threshold, facts(threshold=BETTER), facts(threshold=replace(BETTER, f1=0.802))),
    "threshold: boxes": (on_threshold, facts(threshold=BETTER), facts(threshold=replace(BETTER, moved=19))),
    "threshold: may be chosen": (on_threshold, facts(threshold=BETTER), facts(threshold=None)),
    "calibration: distance": (
        on_calibration,
        facts(calibration=bins(100, 0.85, 0.74)),
        facts(calibration=bins(100, 0.85, 0.76)),
    ),
    "calibration: detections": (
        on_calibration,
        facts(calibration=bins(100, 0.85, 0.5)),
        facts(calibration=bins(99, 0.85, 0.5)),
    ),
    "calibration: scores in use": (
        on_calibration,
        facts(calibration=bins(100, 0.55, 0.2)),
        facts(calibration=bins(100, 0.45, 0.2, low=0.4)),
    ),
    "empty: images": (on_empty, empty(10, 20), empty(9, 20)),
    "empty: number": (on_empty, empty(10, 20), empty(10, 19)),
    "empty: rate": (on_empty, empty(40, 20), empty(41, 20)),
    "turned": (on_overfitting, facts(training=Training({}, 400)), facts(training=Training({}, None))),
    "sample: images": (on_sample, facts(images_with_objects=29), facts(images_with_objects=30)),
    "sample: error bars": (on_sample, facts(half_width=0.05), facts(half_width=0.049)),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "enough", "too_little"), SPEAKS.values(), ids=SPEAKS.keys())
def test_a_rule_speaks_at_its_minimum_and_is_silent_below_it(
    rule: Callable[[Facts], Iterator[Advice]], enough: Facts, too_little: Facts
) -> None:
    assert len(list(rule(enough))) == 1
    assert list(rule(too_little)) == []


def test_a_slice_is_told_by_the_rate_that_is_worse() -> None:
    """By hand: 40 of 100 objects missed; then 100 false positives for 90 found."""
    (recall,) = on_slices(facts(slices=[cut(60, 10, 40)]))
    assert (recall.evidence["rate"], recall.evidence["value"], recall.evidence["value_of_all"]) == ("recall", 0.6, 0.8)
    assert recall.images == {"slice": "border:cut", "outcome": "missed"}
    (precision,) = on_slices(facts(slices=[cut(90, 100, 10)]))
    assert (precision.evidence["rate"], precision.evidence["value"]) == ("precision", 90 / 190)
    assert precision.images["outcome"] == "false_positive"


def test_of_both_slicings_by_size_one_slice_is_told_and_two_slices_at_most() -> None:
    """By hand: the weight is the share of the objects times the difference, so the larger slice comes first."""
    rows = [
        cut(60, 0, 40, key="side:0-8"),
        cut(120, 0, 80, key="size:small"),
        cut(60, 0, 40),
        cut(50, 0, 34, key="split:a"),
    ]
    found = list(on_slices(facts(slices=rows)))
    assert [one.evidence["slice"] for one in found] == ["size:small", "border:cut"]


def test_a_slice_is_not_told_again_where_missed_objects_were() -> None:
    missed = cost(Cause.MISSED, slice_key="side:0-8")
    assert list(on_slices(facts(slices=[cut(60, 0, 40, key="size:small")], costs=[missed]))) == []


def test_thresholds_of_their_own_are_told_where_they_give_a_point_more_than_one_for_all() -> None:
    (one,) = on_threshold(facts(threshold=replace(BETTER, each_f1=0.8209)))
    assert (one.evidence["is_each"], one.evidence["best_score"], one.evidence["best_f1"]) == (False, 0.3, 0.811)
    (each,) = on_threshold(facts(threshold=replace(BETTER, each_f1=0.8211)))
    assert (each.evidence["is_each"], each.evidence["best_score"], each.evidence["best_f1"]) == (True, None, 0.8211)


def test_calibration_is_of_all_bins_in_use_by_their_detections() -> None:
    """By hand: (300 × 0.55 + 100 × 0.95) / 400 = 0.65 promised, (300 × 0.4 + 100 × 0.8) / 400 = 0.5 kept."""
    table = pd.concat([bins(5000, 0.1, 0.1, low=0.1), bins(300, 0.55, 0.4), bins(100, 0.95, 0.8, low=0.9)])
    (one,) = on_calibration(facts(calibration=table))
    assert one.evidence["detections"] == 400
    assert one.evidence["mean_score"] == pytest.approx(0.65)
    assert one.evidence["precision"] == pytest.approx(0.5)


@pytest.mark.parametrize("has_temperatures", [False, True])
def test_advice_on_calibration_says_whose_scores_it_is_about(has_temperatures: bool) -> None:
    (one,) = on_calibration(facts(calibration=bins(100, 0.85, 0.5), has_temperatures=has_temperatures))
    assert one.evidence["is_calibrated"] is has_temperatures


def test_false_positives_on_empty_images_weigh_the_f1_that_they_cost() -> None:
    """By hand: 1600 / 2000 with them, 1600 / 1900 without 100 of the 200 false positives."""
    (one,) = on_empty(facts(empty_images=50, empty_false_positives=100))
    assert one.weight == pytest.approx(1600 / 1900 - 0.8)


@pytest.mark.parametrize("rule", [on_slices, on_threshold, on_calibration, on_empty, on_overfitting, on_sample])
def test_nothing_is_said_about_a_detector_without_a_fault(rule: Callable[[Facts], Iterator[Advice]]) -> None:
    assert list(rule(QUIET)) == []


def test_a_slice_that_is_the_whole_has_no_rest_to_be_compared_to() -> None:
    whole = Counts(category_id=-1, name="all", tp=10, fp=0, fn=90)
    assert list(on_slices(facts(whole=whole, slices=[cut(10, 0, 90)]))) == []
