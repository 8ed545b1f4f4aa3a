"""Boxes that are turned about their centre, as the upright box round them and the polygon of their corners."""

import math

from core.labels.formats.written import Written

Box = tuple[float, float, float, float]


def corners_of(centre_x: float, centre_y: float, width: float, height: float, radians: float) -> list[float]:
    """The four corners x, y, … of a box turned clockwise as seen on screen, where y points down."""
    cosine, sine = math.cos(radians), math.sin(radians)
    offsets = ((-width, -height), (width, -height), (width, height), (-width, height))
    return [
        coordinate
        for x, y in offsets
        for coordinate in (centre_x + (x * cosine - y * sine) / 2, centre_y + (x * sine + y * cosine) / 2)
    ]


def box_round(points: list[float]) -> Box:
    """The upright box (x1, y1, x2, y2) round points x, y, …"""
    xs, ys = points[0::2], points[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def say_turned(written: Written, file: str, count: int, where: str = "") -> None:
    """Adds the finding that `count` turned boxes were read as upright ones."""
    message = f"{where or file}: {count:,} turned boxes, read as the upright boxes round them; the corners are kept."
    written.look("rotated-box", message, file)
