"""Each rule speaks at its minimum of evidence and is silent just below it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from core.evaluation.advice.facts import Advice, Facts, Pair, Training
from core.evaluation.advice.on_ap import on_cap, on_causes, on_few_examples, on_loose, on_pairs
from core.evaluation.matching.causes import Cause
from tests.factories.advice import QUIET, cost, facts, scored

# By hand: 6 and 14 of 400 objects are exactly 5 %.
PAIR = Pair(classes=(0, 1), names=("crane", "truck"), first_as_second=6, second_as_first=14, objects=400, gain=0.01)
EVEN = ("crane", 0.6, 0.8, 0.6, 500)
FEW = Training({"crane": 99, "truck": 400})

SPEAKS: dict[str, tuple[Callable[[Facts], Iterator[Advice]], Facts, Facts]] = {
    "cause: boxes": (on_causes, facts(costs=[cost()]), facts(costs=[cost(count=19)])),
    "cause: AP": (on_causes, facts(costs=[cost()]), facts(costs=[cost(gain=0.0099)])),
    "missed": (on_causes, facts(costs=[cost(Cause.MISSED)]), facts(costs=[cost(Cause.MISSED, count=19)])),
    "location": (on_causes, facts(costs=[cost(Cause.LOCATION)]), facts(costs=[cost(Cause.LOCATION, count=19)])),
    "duplicate": (on_causes, facts(costs=[cost(Cause.DUPLICATE)]), facts(costs=[cost(Cause.DUPLICATE, gain=0.009)])),
    "pair: each way": (
        on_pairs,
        facts(pairs=[replace(PAIR, first_as_second=5, second_as_first=15)]),
        facts(pairs=[replace(PAIR, first_as_second=4, second_as_first=16)]),
    ),
    "pair: together": (
        on_pairs,
        facts(pairs=[PAIR]),
        facts(pairs=[replace(PAIR, second_as_first=13, objects=100)]),
    ),
    "pair: share": (on_pairs, facts(pairs=[PAIR]), facts(pairs=[replace(PAIR, objects=401)])),
    "pair: AP": (on_pairs, facts(pairs=[PAIR]), facts(pairs=[replace(PAIR, gain=0.0099)])),
    # 0.47 is 0.5875 of 0.8, and 0.49 is 0.6125 of it.
    "loose: share": (
        on_loose,
        facts(scores=scored(EVEN, ("truck", 0.5, 0.8, 0.47, 20))),
        facts(scores=scored(EVEN, ("truck", 0.5, 0.8, 0.49, 20))),
    ),
    "loose: objects": (
        on_loose,
        facts(scores=scored(EVEN, ("truck", 0.5, 0.8, 0.47, 20))),
        facts(scores=scored(EVEN, ("truck", 0.5, 0.8, 0.47, 19))),
    ),
    "cap: objects": (on_cap, facts(beyond_cap={"crane": 20}), facts(beyond_cap={"crane": 19})),
    "cap: share": (
        on_cap,
        facts(beyond_cap={"crane": 50}, scores=scored(("crane", 0.6, 0.8, 0.6, 5000))),
        facts(beyond_cap={"crane": 49}, scores=scored(("crane", 0.6, 0.8, 0.6, 5000))),
    ),
    "few examples: images": (
        on_few_examples,
        facts(scores=scored(("crane", 0.4, 0.8, 0.6, 20), ("truck", 0.6, 0.8, 0.6, 500)), training=FEW),
        facts(
            scores=scored(("crane", 0.4, 0.8, 0.6, 20), ("truck", 0.6, 0.8, 0.6, 500)),
            training=Training({"crane": 100, "truck": 400}),
        ),
    ),
    "few examples: lag": (
        on_few_examples,
        facts(scores=scored(("crane", 0.49, 0.8, 0.6, 20), ("truck", 0.6, 0.8, 0.6, 500)), training=FEW),
        facts(scores=scored(("crane", 0.51, 0.8, 0.6, 20), ("truck", 0.6, 0.8, 0.6, 500)), training=FEW),
    ),
    "few examples: objects": (
        on_few_examples,
        facts(scores=scored(("crane", 0.4, 0.8, 0.6, 20), ("truck", 0.6, 0.8, 0.6, 500)), training=FEW),
        facts(scores=scored(("crane", 0.4, 0.8, 0.6, 19), ("truck", 0.6, 0.8, 0.6, 500)), training=FEW),
    ),
    "few examples: known run": (
        on_few_examples,
        facts(scores=scored(("crane", 0.4, 0.8, 0.6, 20), ("truck", 0.6, 0.8, 0.6, 500)), training=FEW),
        facts(scores=scored(("crane", 0.4, 0.8, 0.6, 20), ("truck", 0.6, 0.8, 0.6, 500)), training=None),
    ),
}


@pytest.mark.parametrize(("rule", "enough", "too_little"), SPEAKS.values(), ids=SPEAKS.keys())
def test_a_rule_speaks_at_its_minimum_and_is_silent_below_it(
    rule: Callable[[Facts], Iterator[Advice]], enough: Facts, too_little: Facts
) -> None:
    assert len(list(rule(enough))) == 1
    assert list(rule(too_little)) == []


def test_a_cause_is_told_with_its_share_of_the_delta_ap_and_the_filter_of_its_boxes() -> None:
    """By hand: 0.05 of the 0.2 that is lost."""
    (one,) = on_causes(facts(costs=[cost(gain=0.05, count=37, class_name="crane")]))
    assert (one.key, one.at_stake) == ("background", 0.05)
    assert one.evidence["share_of_lost"] == pytest.approx(0.25)
    assert one.images == {"cause": "background", "class": "crane"}


def test_missed_objects_are_shown_at_score_0_because_nothing_found_them() -> None:
    missed = cost(Cause.MISSED, class_name="crane", slice_key="side:0-8", slice_title="below 8 px")
    (one,) = on_causes(facts(costs=[missed]))
    assert one.images == {"cause": "missed", "class": "crane", "slice": "side:0-8", "score": "0"}


@pytest.mark.parametrize(
    ("sure", "knows_labels", "key"), [(10, True, "labels"), (9, True, "background"), (10, False, "background")]
)
def test_sure_false_positives_on_nothing_are_label_label_issues_where_labels_can_be_corrected(
    sure: int, knows_labels: bool, key: str
) -> None:
    (one,) = on_causes(facts(costs=[cost(sure=sure)], knows_labels=knows_labels))
    assert one.key == key
    assert (one.images == {"tab": "Suspects"}) is (key == "labels")


def test_wrong_classes_are_told_as_pairs_only() -> None:
    assert list(on_causes(facts(costs=[cost(Cause.CLASS, gain=0.2), cost(Cause.BOTH, gain=0.2)]))) == []
    (one,) = on_pairs(facts(pairs=[PAIR]))
    assert one.images == {"cell": "1:0"}, "the larger direction: trucks taken for cranes"


def test_the_class_whose_boxes_are_loose_is_named_and_all_are_where_all_are() -> None:
    """By hand: 0.7 × 0.8 - 0.3 = 0.26 of one class of two; then of both."""
    loose = ("truck", 0.5, 0.8, 0.3, 100)
    (one,) = on_loose(facts(scores=scored(EVEN, loose)))
    assert one.at_stake == pytest.approx(0.13)
    assert (one.evidence["class"], one.evidence["ap75"]) == ("truck", 0.3)
    assert one.images == {"cause": "location", "iou": "0.75", "class": "truck"}
    (both,) = on_loose(facts(scores=scored(("crane", 0.5, 0.8, 0.3, 100), loose)))
    assert both.at_stake == pytest.approx(0.26)
    assert both.evidence["class"] is None
    assert both.evidence["ap75"] == pytest.approx(0.3)


def test_a_class_behind_the_others_is_worth_its_lag_over_the_classes() -> None:
    """By hand: 0.6 - 0.2, over two classes."""
    scores = scored(("crane", 0.2, 0.4, 0.3, 20), ("truck", 0.6, 0.8, 0.6, 500))
    (one,) = on_few_examples(facts(scores=scores, training=FEW))
    assert one.at_stake == pytest.approx(0.2)
    assert (one.evidence["class"], one.evidence["training_pictures"]) == ("crane", 99)


@pytest.mark.parametrize("rule", [on_causes, on_loose, on_pairs, on_cap, on_few_examples])
def test_nothing_is_said_about_a_detector_without_a_fault(rule: Callable[[Facts], Iterator[Advice]]) -> None:
    assert list(rule(QUIET)) == []
