"""Label issues of cases made by hand; boxes are 100 px squares shifted by whole px, so that IoUs are known."""

import numpy as np
import pytest

from core.evaluation.matching.label_issues import LABEL_ISSUES, find_label_issues
from core.evaluation.matching.matching import find_overlaps
from tests.factories.results import Box, make_detections, make_truths

RED, BLUE = 0, 1
SETTINGS: Box = (0, 0, 100, 100)
FAR: Box = (500, 500, 600, 600)


def shifted(px: float) -> Box:
    """HERE moved to the right: its IoU with HERE is (100 - px) / (100 + px)."""
    return (px, 0, 100 + px, 100)


def kinds_of(
    truths: list[tuple[int, int, Box, bool]], found: list[tuple[int, int, Box, float]], score: float = 0.5
) -> list[tuple[int, str, int]]:
    """(id, kind, annotation) in the order of the table."""
    known, said = make_truths(truths), make_detections(found)
    table = find_label_issues(known, said, find_overlaps(known, said), score)
    assert list(table) == list(LABEL_ISSUES)
    return list(table[["suspect_id", "kind", "annotation_id"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("truths", "found", "expected"),
    [
        pytest.param([], [(1, RED, SETTINGS, 0.9)], [(1, "missing", 0)], id="nothing is there"),
        pytest.param(
            [(2, RED, SETTINGS, False)], [(1, RED, SETTINGS, 0.9)], [(1, "missing", 0)], id="only on another image"
        ),
        pytest.param([], [(1, RED, SETTINGS, 0.4)], [], id="the model is not sure"),
        pytest.param([], [(1, RED, (5, 5, 5, 90), 0.9)], [], id="a detection without an area"),
        pytest.param([(1, RED, SETTINGS, False)], [(1, RED, SETTINGS, 0.9)], [], id="label and model agree"),
        pytest.param(
            [(1, RED, SETTINGS, False)], [(1, BLUE, SETTINGS, 0.9)], [(1, "wrong_class", 1)], id="another class"
        ),
        # IoU 70 / 130 = 0.54 and 60 / 140 = 0.43
        pytest.param(
            [(1, RED, SETTINGS, False)],
            [(1, BLUE, shifted(30), 0.9)],
            [(1, "wrong_class", 1)],
            id="another class, near",
        ),
        pytest.param(
            [(1, RED, SETTINGS, False)], [(1, BLUE, shifted(40), 0.9)], [], id="another class, not near enough"
        ),
        pytest.param(
            [(1, RED, SETTINGS, False)],
            [(1, BLUE, SETTINGS, 0.9), (1, RED, SETTINGS, 0.6)],
            [],
            id="its own class is found as well",
        ),
        pytest.param(
            [(1, RED, SETTINGS, False)],
            [(1, BLUE, SETTINGS, 0.9), (1, RED, SETTINGS, 0.4)],
            [(1, "wrong_class", 1)],
            id="its own class is found, but not surely",
        ),
        # IoU 0.54, 0.43, 50 / 150 = 0.33, 75 / 125 = 0.60, 55 / 145 = 0.38, 54 / 146 -> 0.37, 20 / 180 = 0.11
        pytest.param([(1, RED, SETTINGS, False)], [(1, RED, shifted(30), 0.9)], [(1, "poor_box", 1)], id="IoU 0.54"),
        pytest.param([(1, RED, SETTINGS, False)], [(1, RED, shifted(50), 0.9)], [(1, "poor_box", 1)], id="IoU 0.33"),
        pytest.param([(1, RED, SETTINGS, False)], [(1, RED, shifted(25), 0.9)], [], id="IoU 0.60 is good enough"),
        pytest.param([(1, RED, SETTINGS, False)], [(1, RED, shifted(80), 0.9)], [(1, "missing", 0)], id="IoU 0.11"),
        pytest.param(
            [(1, RED, SETTINGS, False)],
            [(1, RED, shifted(40), 0.9), (1, RED, SETTINGS, 0.6)],
            [],
            id="a poor box beside a good one: the label is confirmed",
        ),
        pytest.param(
            [(1, RED, SETTINGS, False)],
            [(1, RED, SETTINGS, 0.9), (1, RED, shifted(10), 0.8)],
            [],
            id="an object found twice misses no label",
        ),
        pytest.param(
            [(1, RED, SETTINGS, False), (1, RED, shifted(40), False)],
            [(1, RED, shifted(40), 0.9)],
            [],
            id="it fits the neighbour",
        ),
        pytest.param([(1, RED, SETTINGS, True)], [(1, RED, (10, 10, 50, 50), 0.9)], [], id="in a crowd of its class"),
        pytest.param([(1, RED, SETTINGS, True)], [(1, BLUE, SETTINGS, 0.9)], [], id="in a crowd of another class"),
        pytest.param(
            [],
            [(1, RED, SETTINGS, 0.7), (1, BLUE, shifted(10), 0.9), (2, RED, SETTINGS, 0.8)],
            [(2, "missing", 0), (3, "missing", 0)],
            id="one place is asked about once, on each image",
        ),
    ],
)
def test_a_label_issue_is(
    truths: list[tuple[int, int, Box, bool]],
    found: list[tuple[int, int, Box, float]],
    expected: list[tuple[int, str, int]],
) -> None:
    assert kinds_of(truths, found) == expected


def test_the_surest_comes_first_and_ties_fall_by_id() -> None:
    found = [(1, RED, SETTINGS, 0.6), (1, RED, FAR, 0.9), (2, RED, SETTINGS, 0.6)]
    assert [key for key, _, _ in kinds_of([], found)] == [2, 1, 3]


def test_the_columns_say_what_the_model_says_and_how_far_that_is_from_the_label() -> None:
    truths, found = make_truths([(1, RED, SETTINGS, False)]), make_detections([(1, RED, shifted(40), 0.9)])
    (row,) = find_label_issues(truths, found, find_overlaps(truths, found), 0.5).to_dict("records")
    assert (row["truth_class"], row["category_id"], row["x1"], row["x2"]) == (RED, RED, 40, 140)
    # 60 shared of 140.
    assert row["iou"] == pytest.approx(60 / 140)


def test_the_score_rules_which_are_asked_about() -> None:
    found = [(1, RED, SETTINGS, 0.35), (1, RED, FAR, 0.9)]
    assert [len(kinds_of([], found, score)) for score in np.array([0.3, 0.5, 0.95])] == [2, 1, 0]
