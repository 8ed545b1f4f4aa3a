"""Corners of turned boxes, against hand arithmetic."""

import math

import pytest

from core.labels.formats.turned_boxes import corners_of, upright_box


@pytest.mark.parametrize(
    ("degrees", "corners"),
    [
        (0, [3, 4, 7, 4, 7, 6, 3, 6]),
        # Clockwise on screen: the first corner, at the upper left, goes to the upper right.
        (90, [6, 3, 6, 7, 4, 7, 4, 3]),
        (180, [7, 6, 3, 6, 3, 4, 7, 4]),
        (-90, [4, 7, 4, 3, 6, 3, 6, 7]),
        (30, [3.768, 3.134, 7.232, 5.134, 6.232, 6.866, 2.768, 4.866]),
    ],
)
def test_a_box_of_4_by_2_turns_clockwise_about_its_centre(degrees: float, corners: list[float]) -> None:
    assert corners_of(5, 5, 4, 2, math.radians(degrees)) == pytest.approx(corners, abs=1e-3)


def test_the_upright_box_points_holds_them_all() -> None:
    assert upright_box([3, 9, 1, 4, 2, 5]) == (1, 4, 3, 9)
