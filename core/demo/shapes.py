"""Plane geometry for the demo's tiles.

A point is a complex number x + iy in px of the final image, y downwards: moving is adding, and turning by an angle
in radians is multiplying with `turn(angle)`.
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


# A stock, since a tile takes some two hundred of them.
ROUGH_CIRCLES: Final = _rough_circles(64)
OCTAGON: Final = [cmath.rect(1, 2 * math.pi * step / 8) for step in range(8)]


def turn(angle: float) -> complex:
    """The factor that turns a point round the origin by an angle in radians."""
    return cmath.rect(1, angle)


def rectangle(centre: complex, width: float, height: float, angle: float) -> Polygon:
    """The four corners of a rectangle round its centre, turned by `angle` in radians."""
    along = cmath.rect(width / 2, angle)
    across = cmath.rect(height / 2, angle) * 1j
    return [centre - along - across, centre + along - across, centre + along + across, centre - along + across]


def moved(points: Iterable[complex], offset: complex) -> Polygon:
    """The points, shifted."""
    return [point + offset for point in points]


def ring(spot: complex, radius: float) -> Polygon:
    """Eight corners round a spot."""
    return [spot + point * radius for point in OCTAGON]


def strips(path: Sequence[complex], width: float) -> list[Polygon]:
    """One rectangle for each stretch of a path, `width` px wide."""
    quads = []
    for start, end in itertools.pairwise(path):
        length = abs(end - start)
        if length > 0:
            across = (end - start) * 1j * (width / 2 / length)
            quads.append([start + across, end + across, end - across, start - across])
    return quads


def swept(points: Polygon, offset: complex) -> Polygon:
    """What a convex polygon covers while it is moved by an offset.

    An edge that faces the way is at the front of the sweep, any other at its back.
    """
    sweep: Polygon = []
    middle = sum(points) / len(points)
    was_front = _faces(points[-1], points[0], middle, offset)
    for at, point in enumerate(points):
        is_front = _faces(point, points[(at + 1) % len(points)], middle, offset)
        if is_front != was_front:
            sweep += [point, point + offset] if is_front else [point + offset, point]
        else:
            sweep.append(point + offset if is_front else point)
        was_front = is_front
    return sweep


def clipped_bounds(points: Polygon, size: int) -> Box | None:
    """The bounds of what a polygon covers of an image of `size` px, None where it covers nothing of it."""
    for normal in (1, -1, 1j, -1j):
        limit = 0 if normal in (1, 1j) else -size
        points = _cut(points, normal, limit)
    if not points:
        return None
    xs, ys = [point.real for point in points], [point.imag for point in points]
    box = (max(min(xs), 0.0), max(min(ys), 0.0), min(max(xs), float(size)), min(max(ys), float(size)))
    return box if box[2] > box[0] and box[3] > box[1] else None


def union(boxes: Iterable[Box | None]) -> Box | None:
    """The bounds of all boxes that are there."""
    there = [box for box in boxes if box is not None]
    if not there:
        return None
    x1s, y1s, x2s, y2s = zip(*there, strict=True)
    return min(x1s), min(y1s), max(x2s), max(y2s)


def _faces(start: complex, end: complex, middle: complex, way: complex) -> bool:
    """Whether an edge of a convex polygon round `middle` looks the given way."""
    outward = (end - start) * 1j
    away = (outward.conjugate() * (start - middle)).real
    return (outward.conjugate() * way).real * away > 0


def _cut(points: Polygon, normal: complex, limit: float) -> Polygon:
    """The part of a polygon on the side of a line where `normal` times the point is at least the limit.

    Source: one step of Sutherland and Hodgman's clipping.
    """
    kept: Polygon = []
    heights = [(normal.conjugate() * point).real - limit for point in points]
    for at, (point, height) in enumerate(zip(points, heights, strict=True)):
        before, height_before = points[at - 1], heights[at - 1]
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
        """The place at shares of the plot, -0.5 to 0.5 each way."""
        return self.centre + complex(across * self.width, down * self.depth) * cmath.rect(1, self.angle)

    def outline(self, share: float = 1.0) -> Polygon:
        """Its corners, drawn in to a share of its size."""
        return rectangle(self.centre, self.width * share, self.depth * share, self.angle)
