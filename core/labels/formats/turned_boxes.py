"""Boxes and ellipses that are turned about a point: the upright box round them, and the polygon of their corners."""

from collections.abc import Sequence
from math import cos, degrees, hypot, radians, sin

from core.labels.formats.written import Written

Point = tuple[float, float]
Box = tuple[float, float, float, float]


def turned(offsets: Sequence[Point], pivot: Point, angle: float) -> list[float]:
    """x, y, … of the points at `offsets` from the pivot, turned clockwise about it as seen on the screen (y down).

    `angle` is in degrees.
    """
    cosine, sine = cos(radians(angle)), sin(radians(angle))
    flat: list[float] = []
    for x, y in offsets:
        flat += (pivot[0] + x * cosine - y * sine, pivot[1] + x * sine + y * cosine)
    return flat


def corners_of(centre_x: float, centre_y: float, width: float, height: float, angle_radians: float) -> list[float]:
    """The four corners x, y, … of a box turned clockwise about its centre, as seen on the screen."""
    x, y = width / 2, height / 2
    return turned(((-x, -y), (x, -y), (x, y), (-x, y)), (centre_x, centre_y), degrees(angle_radians))


def upright_box(polygon: Sequence[float]) -> Box:
    """The corners x1, y1, x2, y2 of the upright box round a polygon x, y, …."""
    xs, ys = polygon[0::2], polygon[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def box_of_ellipse(centre: Point, radii: Point, angle: float) -> Box:
    """The corners of the upright box round an ellipse that is turned about its centre by an angle in degrees."""
    cosine, sine = cos(radians(angle)), sin(radians(angle))
    half_width = hypot(radii[0] * cosine, radii[1] * sine)
    half_height = hypot(radii[0] * sine, radii[1] * cosine)
    return centre[0] - half_width, centre[1] - half_height, centre[0] + half_width, centre[1] + half_height


def say_turned(written: Written, file: str, count: int, where: str = "") -> None:
    """Adds the finding that `count` turned boxes were read as upright ones."""
    message = f"{where or file}: {count:,} turned boxes, read as the upright boxes round them; the corners are kept."
    written.look("rotated-box", message, file)
