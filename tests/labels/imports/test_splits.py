"""Splits against hand arithmetic."""

import numpy as np
import pytest

from core.errors import AppError
from core.labels.imports.splits import SplitPlan, assign_splits, parse_ratio


def counts(splits: list[str]) -> tuple[int, int, int]:
    """Images in train, val, test."""
    return splits.count("train"), splits.count("val"), splits.count("test")


@pytest.mark.parametrize(
    ("text", "shares"),
    [("70/15/15", (0.7, 0.15, 0.15)), ("80/20", (0.8, 0.2, 0)), ("2/1/1", (0.5, 0.25, 0.25)), ("9/0/1", (0.9, 0, 0.1))],
)
def test_a_ratio_is_read_as_shares(text: str, shares: tuple[float, ...]) -> None:
    assert parse_ratio(text) == pytest.approx(shares)


@pytest.mark.parametrize("text", ["", "70", "70/x", "0/50/50", "100/0/0", "1/2/3/4", "-70/30", "70/15/15.5", "²/1"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(AppError):
        parse_ratio(text)


@pytest.mark.parametrize(
    ("images", "ratio", "expected"),
    [
        pytest.param(20, "70/15/15", (14, 3, 3), id="exact"),
        # 7, 1.5, 1.5: one of the halves gets the image that is left, the first in order.
        pytest.param(10, "70/15/15", (7, 2, 1), id="largest remainder"),
        pytest.param(3, "90/5/5", (1, 1, 1), id="each wanted split gets one"),
        pytest.param(10, "80/20", (8, 2, 0), id="no test"),
    ],
)
def test_without_groups_the_ratio_is_kept(images: int, ratio: str, expected: tuple[int, ...]) -> None:
    held = np.random.default_rng(0).random((images, 3)) < 0.5
    assert counts(assign_splits(held, np.arange(images), SplitPlan(parse_ratio(ratio)))) == expected


def test_each_class_is_spread_by_the_ratio_and_a_rare_one_reaches_every_split() -> None:
    held = np.zeros((100, 3), dtype=bool)
    held[:, 0] = True
    held[:40, 1] = True
    held[[5, 50, 90], 2] = True
    splits = np.array(assign_splits(held, np.arange(100), SplitPlan((0.7, 0.15, 0.15))))
    assert counts(splits.tolist()) == (70, 15, 15)
    assert counts(splits[held[:, 2]].tolist()) == (1, 1, 1)
    assert counts(splits[held[:, 1]].tolist()) == pytest.approx((28, 6, 6), abs=1)


def test_background_is_spread_too() -> None:
    held = np.zeros((40, 1), dtype=bool)
    held[:20] = True
    splits = np.array(assign_splits(held, np.arange(40), SplitPlan((0.5, 0.25, 0.25))))
    assert counts(splits[20:].tolist()) == (10, 5, 5)


def test_the_seed_decides_and_nothing_else() -> None:
    held = np.random.default_rng(1).random((60, 4)) < 0.3

    def draw(seed: int) -> list[str]:
        return assign_splits(held, np.arange(60), SplitPlan((0.7, 0.15, 0.15), seed))

    assert draw(3) == draw(3)
    assert draw(3) != draw(4)


def test_groups_stay_together_and_the_ratio_is_kept_as_near_as_they_allow() -> None:
    groups = np.repeat(np.arange(25), 4)
    held = np.random.default_rng(2).random((100, 3)) < 0.4
    splits = np.array(assign_splits(held, groups, SplitPlan((0.6, 0.2, 0.2))))
    assert all(len(set(splits[groups == group])) == 1 for group in range(25))
    assert counts(splits.tolist()) == (60, 20, 20)


def test_fewer_groups_than_splits_are_refused() -> None:
    with pytest.raises(AppError, match="only 2 groups to fill 3 splits"):
        assign_splits(np.ones((6, 1), dtype=bool), np.array([0, 0, 0, 1, 1, 1]), SplitPlan((0.7, 0.15, 0.15)))
