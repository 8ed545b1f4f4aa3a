"""The demo's geometry, against figures worked out by hand."""

import cmath
import math

import pytest

from core.demo.shapes import Box, Polygon, clipped_bounds, rectangle, swept

SQUARE: Polygon = [10 + 10j, 30 + 10j, 30 + 30j, 10 + 30j]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param(SQUARE, (10, 10, 30, 30), id="inside"),
        pytest.param([-10 + 10j, 30 + 10j, 30 + 120j, -10 + 120j], (0, 10, 30, 100), id="over two borders"),
        # The edge from (80, 0) to (120, 40) crosses x = 100 at y = 20, and back down symmetrically at y = 60.
        pytest.param([80 + 0j, 120 + 40j, 80 + 80j], (80, 0, 100, 80), id="a tip over the border"),
        pytest.param([90 + 50j, 130 + 10j, 130 + 90j], (90, 40, 100, 60), id="only a tip is in sight"),
        pytest.param([110 + 10j, 130 + 10j, 120 + 40j], None, id="outside"),
        # Its bounding box reaches the corner, the triangle does not: it stays beyond x + y = 210.
        pytest.param([95 + 115j, 115 + 95j, 120 + 120j], None, id="past a corner"),
    ],
)
def test_bounds_are_those_of_the_visible_part(points: Polygon, expected: Box | None) -> None:
    for way_round in (points, points[::-1]):
        box = clipped_bounds(way_round, 100)
        assert box == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("way", [cmath.rect(8, math.radians(angle)) for angle in (0, 20, 90, 135, 200, 290)])
@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0])
def test_a_sweep_covers_the_shape_and_the_way_it_went(way: complex, angle: float) -> None:
    """The area is the shape's, and the length of the way times the shape's width across it."""
    shape = rectangle(50 + 50j, 20, 10, angle)
    heights = [(way.conjugate() * point).imag for point in shape]
    expected = 20 * 10 + (max(heights) - min(heights))
    assert area(swept(shape, way)) == pytest.approx(expected)
    assert area(swept(shape[::-1], way)) == pytest.approx(expected)


def area(points: Polygon) -> float:
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum((start.conjugate() * end).imag for start, end in pairs)) / 2
