"""Corners and extents of turned boxes and ellipses, in px."""

from collections.abc import Sequence
from math import cos, hypot, radians, sin

Point = tuple[float, float]
Box = tuple[float, float, float, float]


def turned(offsets: Sequence[Point], pivot: Point, degrees: float) -> list[float]:
    """x, y, … of the points at `offsets` from the pivot, turned clockwise about it as seen on the screen (y down)."""
    cosine, sine = cos(radians(degrees)), sin(radians(degrees))
    flat: list[float] = []
    for x, y in offsets:
        flat += (pivot[0] + x * cosine - y * sine, pivot[1] + x * sine + y * cosine)
    return flat


def upright_box(polygon: Sequence[float]) -> Box:
    """The corners x1, y1, x2, y2 of the upright box round a polygon x, y, …."""
    xs, ys = polygon[0::2], polygon[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def box_of_ellipse(centre: Point, radii: Point, degrees: float) -> Box:
    """The corners of the upright box round an ellipse that is turned about its centre."""
    cosine, sine = cos(radians(degrees)), sin(radians(degrees))
    half_width = hypot(radii[0] * cosine, radii[1] * sine)
    half_height = hypot(radii[0] * sine, radii[1] * cosine)
    return centre[0] - half_width, centre[1] - half_height, centre[0] + half_width, centre[1] + half_height
