"""Plane geometry for the demo's tiles.

A point is a complex number x + iy in px of the final image, y downwards. Adding moves it; multiplying by `turn(angle)`
turns it by an angle in radians.
"""

import cmath
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

Polygon = list[complex]
Box = tuple[float, float, float, float]


def _rough_circles(count: int) -> list[Polygon]:
    rng = Random(14)
    return [[cmath.rect(rng.gauss(1, 0.12), 2 * math.pi * step / 14) for step in range(14)] for _ in range(count)]


# Made once, because a tile needs some two hundred of them.
ROUGH_CIRCLES: Final = _rough_circles(64)
OCTAGON: Final = [cmath.rect(1, 2 * math.pi * step / 8) for step in range(8)]


def turn(angle: float) -> complex:
    """The factor that turns a point round the origin by an angle in radians."""
    return cmath.rect(1, angle)


def rectangle(centre: complex, width: float, height: float, angle: float) -> Polygon:
    """The four corners of a rectangle with this centre, turned by `angle` in radians."""
    along = cmath.rect(width / 2, angle)
    across = cmath.rect(height / 2, angle) * 1j
    return [centre - along - across, centre + along - across, centre + along + across, centre - along + across]


def moved(points: Iterable[complex], offset: complex) -> Polygon:
    """The points, shifted."""
    return [point + offset for point in points]


def ring(spot: complex, radius: float) -> Polygon:
    """An octagon round a spot."""
    return [spot + point * radius for point in OCTAGON]


def strips(path: Sequence[complex], width: float) -> list[Polygon]:
    """A rectangle for each segment of a path, `width` px wide."""
    quads = []
    for start, end in itertools.pairwise(path):
        length = abs(end - start)
        if length > 0:
            across = (end - start) * 1j * (width / 2 / length)
            quads.append([start + across, end + across, end - across, start - across])
    return quads


def swept(points: Polygon, offset: complex) -> Polygon:
    """The area that a convex polygon covers while it moves by an offset.

    An edge that faces the direction of the move is at the front of the area, any other at its back.
    """
    sweep: Polygon = []
    middle = sum(points) / len(points)
    was_front = _faces(points[-1], points[0], middle, offset)
    for index, point in enumerate(points):
        is_front = _faces(point, points[(index + 1) % len(points)], middle, offset)
        if is_front != was_front:
            sweep += [point, point + offset] if is_front else [point + offset, point]
        else:
            sweep.append(point + offset if is_front else point)
        was_front = is_front
    return sweep


def clipped_bounds(points: Polygon, size: int) -> Box | None:
    """The box of a polygon's part inside an image of `size` px, None if no part is inside."""
    for normal in (1, -1, 1j, -1j):
        limit = 0 if normal in (1, 1j) else -size
        points = _cut(points, normal, limit)
    if not points:
        return None
    xs, ys = [point.real for point in points], [point.imag for point in points]
    box = (max(min(xs), 0.0), max(min(ys), 0.0), min(max(xs), float(size)), min(max(ys), float(size)))
    return box if box[2] > box[0] and box[3] > box[1] else None


def union(boxes: Iterable[Box | None]) -> Box | None:
    """The smallest box round all boxes that are not None; None if there is none."""
    visible = [box for box in boxes if box is not None]
    if not visible:
        return None
    x1s, y1s, x2s, y2s = zip(*visible, strict=True)
    return min(x1s), min(y1s), max(x2s), max(y2s)


def _faces(start: complex, end: complex, middle: complex, direction: complex) -> bool:
    """Whether an edge of a convex polygon round `middle` faces a direction."""
    outward = (end - start) * 1j
    away = (outward.conjugate() * (start - middle)).real
    return (outward.conjugate() * direction).real * away > 0


def _cut(points: Polygon, normal: complex, limit: float) -> Polygon:
    """The part of a polygon on the side of a line where `normal` times the point is at least the limit.

    Source: one step of Sutherland and Hodgman's clipping.
    """
    kept: Polygon = []
    heights = [(normal.conjugate() * point).real - limit for point in points]
    for index, (point, height) in enumerate(zip(points, heights, strict=True)):
        before, height_before = points[index - 1], heights[index - 1]
        if (height >= 0) != (height_before >= 0):
            kept.append(before + (point - before) * (height_before / (height_before - height)))
        if height >= 0:
            kept.append(point)
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A rectangle of land round its centre, turned by `angle` radians."""

    centre: complex
    width: float
    depth: float
    angle: float

    def at(self, across: float, down: float) -> complex:
        """The point at shares of the plot's width and depth, each -0.5 to 0.5."""
        return self.centre + complex(across * self.width, down * self.depth) * cmath.rect(1, self.angle)

    def corners(self, share: float = 1.0) -> Polygon:
        """The four corners of the plot, shrunk to a share of its size."""
        return rectangle(self.centre, self.width * share, self.depth * share, self.angle)
