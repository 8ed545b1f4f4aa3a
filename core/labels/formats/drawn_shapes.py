"""Boxes round the shapes of annotation tools: points, circles and ellipses, in the unit of the points."""

import math
from typing import Any, Final

from core.coco.values import quoted
from core.labels.formats.json_records import RecordFaultError, number_list

Corners = tuple[float, float, float, float]
# Twice the area of the triangle in px^2 below which three points are on a line.
_FLAT: Final = 1e-9


def flat_points(value: Any) -> list[float]:
    """Points [[x, y], …] or [{"x": x, "y": y}, …] as a flat list, (2 * points,). Raises NumberFaultError."""
    if not isinstance(value, list) or not value:
        raise RecordFaultError("malformed-line", f"the points are {quoted(value)}, expected a list of points", "points")
    flat: list[Any] = []
    for point in value:
        if isinstance(point, list) and len(point) == 2:
            flat += point
        elif isinstance(point, dict) and "x" in point and "y" in point:
            flat += point["x"], point["y"]
        else:
            raise RecordFaultError("malformed-line", f"the point {quoted(point)} is no pair of numbers", "point")
    return number_list(flat)


def extent(flat: list[float]) -> Corners:
    """The corners round a flat list of points."""
    xs, ys = flat[0::2], flat[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def circle(x: float, y: float, radius: float) -> Corners:
    """The corners round a circle. Raises RecordFaultError for a radius below 0."""
    return ellipse(x, y, radius, radius)


def ellipse(x: float, y: float, radius_x: float, radius_y: float, turn: float = 0.0) -> Corners:
    """The corners round an ellipse that is turned by `turn` radians. Raises RecordFaultError for a radius below 0."""
    if min(radius_x, radius_y) < 0:
        raise RecordFaultError("malformed-line", "a radius is below 0", "radius")
    cosine, sine = math.cos(turn), math.sin(turn)
    half_width = math.hypot(radius_x * cosine, radius_y * sine)
    half_height = math.hypot(radius_x * sine, radius_y * cosine)
    return x - half_width, y - half_height, x + half_width, y + half_height


def circle_through(flat: list[float]) -> Corners:
    """The corners round the circle through three points. Raises RecordFaultError if they are on a line."""
    x1, y1, x2, y2, x3, y3 = flat
    # From the first point on, so that large coordinates do not cancel out.
    bx, by, cx, cy = x2 - x1, y2 - y1, x3 - x1, y3 - y1
    twice = 2 * (bx * cy - by * cx)
    if abs(twice) < _FLAT:
        raise RecordFaultError("malformed-line", "its three points are on a line, and no circle", "circle")
    b, c = bx * bx + by * by, cx * cx + cy * cy
    x, y = (cy * b - by * c) / twice, (bx * c - cx * b) / twice
    return circle(x1 + x, y1 + y, math.hypot(x, y))
