"""Costs on constructed tables, whose AP is plain: boxes lie side by side on one image each, all at IoU 0.5."""

import numpy as np
import pytest

from core.evaluation.advice.costs import Bill, find_costs, find_pairs, make_bill
from core.evaluation.advice.facts import Cost, Pair
from core.evaluation.matching.causes import Cause
from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import confusion_matrix, outcomes_at
from core.evaluation.predictions import Truth
from core.evaluation.scores.delta_ap import prepare_repairs
from core.evaluation.slices.slicings import find_slicings
from tests.factories.results import Box, make_categories, make_detections, make_images, make_truths

Objects = list[tuple[int, Box]]  # class, corners
Found = list[tuple[int, Box, float]]
A, B = 0, 1


def place(at: int, side: float = 40.0) -> Box:
    """The box number `at`, far from all others."""
    return (100.0 * at, 0.0, 100.0 * at + side, side)


def bill_of(objects: Objects, found: Found, *names: str) -> tuple[Bill, list[Cost], list[Pair]]:
    images, categories = make_images(1), make_categories(*names)
    truths = make_truths([(1, kind, box, False) for kind, box in objects])
    detections = make_detections([(1, kind, box, score) for kind, box, score in found])
    matching = match(truths, detections, find_overlaps(truths, detections), 0.5)
    repairs = prepare_repairs(truths, detections, matching, len(names))
    outcomes = outcomes_at(truths, detections, matching, 0.5)
    bill = make_bill(names, repairs, repairs.delta_ap(), matching, outcomes)
    slicings = find_slicings(Truth(images=images, annotations=truths, categories=categories), detections)
    return bill, find_costs(bill, slicings), find_pairs(bill, confusion_matrix(outcomes, len(names)))


def right(kind: int, count: int, start: int = 0, side: float = 40.0) -> tuple[Objects, Found]:
    """Objects of a class, all found."""
    boxes = [place(start + at, side) for at in range(count)]
    return [(kind, box) for box in boxes], [(kind, box, 0.6) for box in boxes]


def test_a_cause_is_narrowed_to_the_class_that_holds_it() -> None:
    """By hand: 10 false positives before 10 finds make precision and AP of B 0.5, so repairing gives the mean 0.25."""
    objects, found = right(A, 10)
    more = right(B, 10, start=10)
    strays = [(B, place(50 + at), 0.95 if at < 4 else 0.8) for at in range(10)]
    _, (one,), pairs = bill_of(objects + more[0], found + more[1] + strays, "crane", "truck")
    assert (one.cause, one.class_name, one.count, one.of, one.sure) == (Cause.BACKGROUND, "truck", 10, 20, 4)
    assert one.gain == pytest.approx(0.25)
    assert pairs == []


def test_a_cause_that_both_classes_share_names_none() -> None:
    """By hand: both have AP 0.5, so all that is lost is gained, half of it by either class."""
    objects, found = right(A, 10)
    more = right(B, 10, start=10)
    strays = [(kind, place(50 + 10 * kind + at), 0.8) for kind in (A, B) for at in range(10)]
    _, (one,), _ = bill_of(objects + more[0], found + more[1] + strays, "crane", "truck")
    assert (one.class_name, one.count, one.of) == ("", 20, 40)
    assert one.gain == pytest.approx(0.5)


def test_missed_objects_are_narrowed_to_the_slice_that_holds_them() -> None:
    """By hand: 30 of 40 found, no false positive, precision 1 at 76 of 101 recalls; only small ones are missed."""
    objects, found = right(A, 30)
    small = [(A, place(100 + at, side=10)) for at in range(10)]
    _, (one,), _ = bill_of(objects + small, found, "crane")
    assert (one.cause, one.slice_key, one.count, one.of) == (Cause.MISSED, "size:small", 10, 10)
    assert one.gain == pytest.approx(1 - 76 / 101)
    assert one.class_name == "", "there is one class only"


def test_missed_objects_of_all_sizes_name_no_slice() -> None:
    """By hand: of small and of medium ones, 15 of 20 are found."""
    objects, found = right(A, 15)
    small = right(A, 15, start=20, side=10)
    missed = [(A, place(100 + at, side)) for at in range(5) for side in (40.0, 10.0)]
    missed = [(kind, (x1, y1 + 300 * (y2 > 20), x2, y2 + 300 * (y2 > 20))) for kind, (x1, y1, x2, y2) in missed]
    _, (one,), _ = bill_of(objects + small[0] + missed, found + small[1], "crane")
    assert (one.cause, one.slice_key, one.count, one.of) == (Cause.MISSED, "", 10, 40)


def test_a_cause_that_costs_less_than_a_point_is_left_out() -> None:
    """By hand: the false positive comes after all finds, so precision at the recalls that are reached stays 1."""
    objects, found = right(A, 10)
    assert bill_of(objects, [*found, (A, place(50), 0.55)], "crane")[1] == []


def test_two_classes_that_are_mixed_up_are_a_pair_with_what_telling_them_apart_would_add() -> None:
    """By hand: of each class 6 of 10 are right and 4 taken for the other, with higher scores than the right ones: AP
    of each is 61/101 recalls at 6/10. Told apart, both are 1."""
    objects, found = right(A, 10)
    more = right(B, 10, start=10)
    mixed = [(1 - kind if at % 10 < 4 else kind, box, 0.9 if at % 10 < 4 else 0.6)
             for at, (kind, box, _) in enumerate(found + more[1])]  # fmt: skip
    bill, costs, (pair,) = bill_of(objects + more[0], mixed, "crane", "truck")
    assert (pair.names, pair.first_as_second, pair.second_as_first, pair.objects) == (("crane", "truck"), 4, 4, 20)
    assert pair.gain == pytest.approx(1 - 0.6 * 61 / 101)
    assert pair.gain == pytest.approx(bill.delta_ap.by_cause[Cause.CLASS])
    assert [cost.cause for cost in costs] == [Cause.CLASS]


def test_a_mix_up_in_one_direction_is_no_pair() -> None:
    objects, found = right(A, 10)
    taken = [(B, box, score) for _, box, score in found]
    more = right(B, 10, start=10)
    assert bill_of(objects + more[0], taken + more[1], "crane", "truck")[2] == []


def test_a_pair_among_three_classes_counts_only_its_own_mistakes() -> None:
    """By hand: 4 of 10 of A and B are mixed up as above, C is perfect: two thirds of the gain of two classes."""
    parts = [right(kind, 10, start=10 * kind) for kind in range(3)]
    found = [one for part in parts for one in part[1]]
    mixed = [(1 - kind if kind < 2 and at % 10 < 4 else kind, box, 0.9 if kind < 2 and at % 10 < 4 else 0.6)
             for at, (kind, box, _) in enumerate(found)]  # fmt: skip
    _, _, (pair,) = bill_of([one for part in parts for one in part[0]], mixed, "a", "b", "c")
    assert pair.classes == (0, 1)
    assert pair.gain == pytest.approx((1 - 0.6 * 61 / 101) * 2 / 3)


def test_parts_of_a_cause_are_repaired_alone() -> None:
    """All false positives of a cause repaired together give the cause's own cost, none of them nothing."""
    objects, found = right(A, 10)
    strays = [(A, place(50 + at), 0.8) for at in range(10)]
    bill, _, _ = bill_of(objects, found + strays, "crane")
    every = np.ones(len(bill.repairs.codes), dtype=bool)
    whole = bill.delta_ap.by_cause[Cause.BACKGROUND]
    assert bill.gain_of_false_positives(Cause.BACKGROUND, every) == pytest.approx(whole)
    assert bill.gain_of_false_positives(Cause.BACKGROUND, ~every) == 0
