"""Repairs against hand arithmetic, in an image of 100 x 80 px."""

import numpy as np
import pytest

from core.labels.checks.box_fixes import repair
from tests.factories.sources import facts, label_set

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("written", "found", "stored"),
    [
        pytest.param((10, 10, 20, 20), set(), (10, 10, 20, 20), id="sound"),
        pytest.param((0, 0, 100, 80), set(), (0, 0, 100, 80), id="the whole image"),
        pytest.param((20, 20, 10, 10), {"is_swapped"}, (10, 10, 20, 20), id="both corners swapped"),
        pytest.param((20, 10, 10, 20), {"is_swapped"}, (10, 10, 20, 20), id="one axis swapped"),
        pytest.param((90, 10, 120, 20), {"is_over_border"}, (90, 10, 100, 20), id="over the right border"),
        pytest.param((-5, -5, 20, 90), {"is_over_border"}, (0, 0, 20, 80), id="over three borders"),
        pytest.param((95, 10, 100.005, 20), set(), (95, 10, 100, 20), id="rounded over the border"),
        pytest.param((110, 10, 120, 20), {"is_outside"}, None, id="right of the image"),
        pytest.param((-20, 10, 0, 20), {"is_outside"}, None, id="left of it, touching"),
        pytest.param((10, 10, 10, 20), {"is_zero_area"}, None, id="no width"),
        pytest.param((10, 10, 10, 10), {"is_zero_area"}, None, id="a point"),
        pytest.param((NAN, 10, 20, 20), {"not finite"}, None, id="not a number"),
        pytest.param((0, 10, INF, 20), {"not finite"}, None, id="infinite"),
        pytest.param((120, 20, 90, 10), {"is_swapped", "is_over_border"}, (90, 10, 100, 20), id="two faults"),
    ],
)
def test_a_box_is_mended(written: tuple[float, ...], found: set[str], stored: tuple[float, ...] | None) -> None:
    labels = label_set([(written[0], written[1], written[2], written[3])])
    repaired = repair(labels, facts(labels))
    masks = ("is_swapped", "is_over_border", "is_outside", "is_zero_area", "is_duplicate")
    assert {name for name in masks if getattr(repaired, name)[0]} == found - {"not finite"}
    assert repaired.is_finite[0] == ("not finite" not in found)
    assert repaired.is_kept[0] == (stored is not None)
    if stored is not None:
        assert repaired.boxes_xyxy[0].tolist() == list(stored)


def test_the_second_of_two_equal_objects_is_a_duplicate_but_not_of_another_class_or_image() -> None:
    box = (10.0, 10.0, 20.0, 20.0)
    swapped = (20.0, 20.0, 10.0, 10.0)
    labels = label_set([box, box, swapped, box, box], [1, 1, 1, 2, 1], [0, 0, 0, 0, 1])
    assert repair(labels, facts(labels)).is_duplicate.tolist() == [False, True, True, False, False]


def test_objects_of_an_unreadable_image_are_not_kept() -> None:
    labels = label_set([(10, 10, 20, 20), (10, 10, 20, 20)], [1, 2])
    repaired = repair(labels, facts(labels, problem=["truncated", ""]))
    assert repaired.is_kept.tolist() == [False, True]


def test_boxes_of_a_turned_image_are_taken_as_upright_and_what_reading_did_is_kept() -> None:
    # Reading turns them (rule 3); a second turn would put the box elsewhere.
    labels = label_set([(50, 90, 70, 100)], width=[100], height=[80])
    known = facts(labels, (80, 100), orientation=[6], raw_width=[100], raw_height=[80])
    repaired = repair(labels, known, {1: (True, "the labels claim 100 x 80")}, {1: (50, 40)})
    assert repaired.boxes_xyxy[0].tolist() == [50, 90, 70, 100]
    assert repaired.turned == {1: (True, "the labels claim 100 x 80")}
    assert repaired.scaled == {1: (50, 40)}
    assert not repaired.is_over_border[0]


def test_what_was_read_is_not_written_into() -> None:
    labels = label_set([(90, 10, 120, 30)])
    before = labels.annotations.copy()
    repair(labels, facts(labels))
    assert labels.annotations.equals(before)
    assert np.isfinite(before["x2"]).all()
