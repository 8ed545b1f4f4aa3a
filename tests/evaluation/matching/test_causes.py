"""The cause of each box: by hand, against tidecv box by box, and against the counts of the confusion matrix."""

import numpy as np
import pytest

from core.evaluation.matching.causes import CAUSES, NONE, causes_of_detections, causes_of_truths, explained_by
from core.evaluation.matching.matching import Matching, find_overlaps, match
from core.evaluation.matching.outcomes import add_up, count_causes, count_classes, outcomes_at
from tests.evaluation.scores.test_delta_ap import RANDOM, THEIRS, run_tidecv
from tests.factories.results import Results, make_categories, make_detections, make_images, make_truths, random_results

SQUARE = (0.0, 0.0, 20.0, 20.0)
NEARLY = (0.0, 0.0, 20.0, 18.0)  # IoU 0.9 with SQUARE
LOWER_HALF = (0.0, 10.0, 20.0, 30.0)  # IoU 1/3 with SQUARE
EDGE = (0.0, 18.0, 20.0, 38.0)  # IoU 1/19 with SQUARE
FAR = (100.0, 100.0, 120.0, 120.0)
A, B = 0, 1


def matched(results: Results, iou: float = 0.5) -> Matching:
    pairs = find_overlaps(results.annotations, results.detections)
    return match(results.annotations, results.detections, pairs, iou)


def by_hand(truths: list, found: list) -> Results:
    return Results(
        images=make_images(2),
        annotations=make_truths(truths),
        categories=make_categories("a", "b"),
        detections=make_detections(found),
    )


def named(codes: np.ndarray) -> list[str]:
    return [str(CAUSES[code]) if code != NONE else "" for code in codes.tolist()]


# Truths, detections, then the cause of each detection and of each truth, "" for none.
HAND = {
    "found": ([(1, A, SQUARE, False)], [(1, A, NEARLY, 0.9)], [""], [""]),
    "wrong class": ([(1, A, SQUARE, False)], [(1, B, NEARLY, 0.9)], ["class"], ["class"]),
    "wrong place": ([(1, A, SQUARE, False)], [(1, A, LOWER_HALF, 0.9)], ["location"], ["location"]),
    "both": ([(1, A, SQUARE, False)], [(1, B, LOWER_HALF, 0.9)], ["both"], ["missed"]),
    "twice": ([(1, A, SQUARE, False)], [(1, A, SQUARE, 0.8), (1, A, NEARLY, 0.9)], ["duplicate", ""], [""]),
    "nothing there": ([(1, A, SQUARE, False)], [(1, A, FAR, 0.9)], ["background"], ["missed"]),
    "hardly touching": ([(1, A, SQUARE, False)], [(1, A, EDGE, 0.9)], ["background"], ["missed"]),
    "an empty image": ([(1, A, SQUARE, False)], [(2, A, SQUARE, 0.9)], ["background"], ["missed"]),
    "wrong class on a found object": (
        [(1, A, SQUARE, False)],
        [(1, A, SQUARE, 0.9), (1, B, NEARLY, 0.8)],
        ["", "class"],
        [""],
    ),
    "wrong place near a found object": (
        [(1, A, SQUARE, False)],
        [(1, A, SQUARE, 0.9), (1, A, LOWER_HALF, 0.8)],
        ["", "location"],
        [""],
    ),
    "place before class": (
        [(1, A, SQUARE, False), (1, B, LOWER_HALF, False)],
        [(1, A, LOWER_HALF, 0.9)],
        ["location"],
        ["location", "missed"],
    ),
    "class before duplicate": (
        [(1, A, SQUARE, False), (1, B, SQUARE, False)],
        [(1, A, SQUARE, 0.9), (1, A, NEARLY, 0.8)],
        ["", "class"],
        ["", "class"],
    ),
    "the stronger mistake names the cause": (
        [(1, A, SQUARE, False)],
        [(1, B, SQUARE, 0.6), (1, A, LOWER_HALF, 0.7)],
        ["class", "location"],
        ["location"],
    ),
}


@pytest.mark.parametrize(("truths", "found", "of_found", "of_truths"), HAND.values(), ids=HAND.keys())
def test_causes_by_hand(truths: list, found: list, of_found: list[str], of_truths: list[str]) -> None:
    matching = matched(by_hand(truths, found))
    causes = causes_of_detections(matching)
    assert named(causes.codes) == of_found
    assert named(causes_of_truths(matching, causes, 0.0)) == of_truths


CROWDS = {
    "in a crowd of its class: ignored": ([(1, A, SQUARE, True)], [(1, A, NEARLY, 0.9)], [""], ["ignored"]),
    "a second one in it, too": (
        [(1, A, SQUARE, True)],
        [(1, A, NEARLY, 0.9), (1, A, SQUARE, 0.8)],
        ["", ""],
        ["ignored", "ignored"],
    ),
    "in a crowd of another class: as if it were not there": (
        [(1, A, SQUARE, True)],
        [(1, B, NEARLY, 0.9)],
        ["background"],
        ["false_positive"],
    ),
    "half in it": ([(1, A, SQUARE, True)], [(1, A, LOWER_HALF, 0.9)], [""], ["ignored"]),
    "less than half in it": (
        [(1, A, SQUARE, True)],
        [(1, A, (0.0, 11.0, 20.0, 31.0), 0.9)],
        ["background"],
        ["false_positive"],
    ),
    "an object counts before the crowd round it": (
        [(1, A, (0.0, 0.0, 60.0, 60.0), True), (1, A, SQUARE, False)],
        [(1, A, NEARLY, 0.9)],
        [""],
        ["true_positive"],
    ),
    "a second find of an object in a crowd is the crowd's": (
        [(1, A, (0.0, 0.0, 60.0, 60.0), True), (1, A, SQUARE, False)],
        [(1, A, SQUARE, 0.9), (1, A, NEARLY, 0.8)],
        ["", ""],
        ["true_positive", "ignored"],
    ),
}


@pytest.mark.parametrize(("truths", "found", "causes", "outcomes"), CROWDS.values(), ids=CROWDS.keys())
def test_what_lies_in_a_crowd_is_ignored_and_has_no_cause(
    truths: list, found: list, causes: list[str], outcomes: list[str]
) -> None:
    results = by_hand(truths, found)
    result = outcomes_at(results.annotations, results.detections, matched(results), 0.0)
    assert result.detections["outcome"].tolist() == outcomes
    assert result.detections["cause"].tolist() == causes
    assert result.truths.loc[result.truths["is_crowd"], "cause"].tolist() == [""]


@pytest.mark.parametrize("iou", [0.3, 0.7])
@pytest.mark.parametrize("results", RANDOM.values(), ids=RANDOM.keys())
def test_each_false_positive_and_each_miss_has_tidecvs_cause(results: Results, iou: float) -> None:
    run = run_tidecv(results, iou)
    theirs = {cause: run.error_dict[error] for cause, error in THEIRS.items()}
    matching = matched(results, iou)
    causes = causes_of_detections(matching)
    # tidecv numbers both tables from 0, in their order.
    for cause, errors in theirs.items():
        if cause == "missed":
            rows = np.flatnonzero(causes_of_truths(matching, causes, 0.0) == CAUSES.index(cause))
            assert rows.tolist() == sorted(error.gt["_id"] for error in errors)
        else:
            assert np.flatnonzero(causes.codes == CAUSES.index(cause)).tolist() == sorted(
                error.pred["_id"] for error in errors
            )


MANY = {
    **{name: RANDOM[name] for name in ("seed 0", "crowded", "much mixed up")},
    "with crowds": random_results(50, crowd=0.4),
    "ties": random_results(51, equal_scores=True),
}


@pytest.mark.parametrize("score", [0.0, 0.6])
@pytest.mark.parametrize("iou", [0.05, 0.5, 1.0])
@pytest.mark.parametrize("results", MANY.values(), ids=MANY.keys())
def test_causes_add_up_to_the_matrix(results: Results, iou: float, score: float) -> None:
    result = outcomes_at(results.annotations, results.detections, matched(results, iou), score)
    counts = count_causes(result)
    everything = add_up(count_classes(result, results.categories))
    assert sum(row.count for row in counts if row.cause != "missed") == everything.fp
    assert sum(row.objects for row in counts) == everything.fn
    is_false = result.detections["outcome"] == "false_positive"
    assert ((result.detections["cause"] != "") == is_false).all()
    assert ((result.truths["cause"] != "") == (result.truths["outcome"] == "missed")).all()


def test_a_cause_does_not_depend_on_the_score_and_what_it_explains_does() -> None:
    """The object is found at 0.4; above, the mistake of 0.8 is all that is left of it; above that it is just missed."""
    results = by_hand([(1, A, SQUARE, False)], [(1, A, SQUARE, 0.4), (1, B, NEARLY, 0.8)])
    matching = matched(results)
    causes = causes_of_detections(matching)
    assert named(causes.codes) == ["", "class"]
    assert [named(causes_of_truths(matching, causes, score)) for score in (0.3, 0.5, 0.9)] == [
        [""],
        ["class"],
        ["missed"],
    ]
    assert explained_by(matching, causes, 0.5).tolist() == [1]


def test_a_mistake_says_which_object_it_was_meant_for() -> None:
    results = by_hand(
        [(1, A, SQUARE, False), (1, B, FAR, False)],
        [(1, A, LOWER_HALF, 0.9), (1, A, FAR, 0.8), (2, A, FAR, 0.7)],
    )
    result = outcomes_at(results.annotations, results.detections, matched(results), 0.5)
    assert result.detections["cause"].tolist() == ["location", "class", "background"]
    assert result.detections["meant_for"].tolist() == [1, 2, 0]
