"""The shapes of LabelMe as corners in px."""

import math
from dataclasses import dataclass
from typing import Any, Final

from core.coco.values import quoted
from core.labels.formats.drawn_shapes import Corners, circle, extent, flat_points
from core.labels.formats.json_records import RecordFaultError

_TURNED: Final = ("oriented_rectangle", "rotation", "rotated_rectangle")
# Shapes that have no area.
_LINES: Final = ("point", "points", "line", "linestrip")
# px. A turned box whose corners are nearer to those of its upright box is upright.
_UPRIGHT: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A shape's corners in px and its polygon (2 * points,), if it has one.

    `is_thin` says that a polygon had fewer than 3 points, `is_mask` that the shape's pixels are left out.
    """

    corners: Corners
    polygon: list[float] | None = None
    is_turned: bool = False
    is_mask: bool = False
    is_thin: bool = False


def draw(shape: dict[str, Any]) -> Drawn:
    """The corners of a shape. Raises NumberFaultError for one that is broken, or has no area."""
    kind = shape.get("shape_type")
    kind = "polygon" if kind in (None, "") else kind
    if kind in _LINES:
        raise RecordFaultError("malformed-line", f"a {kind} has no area and makes no box", kind)
    if kind not in ("rectangle", "polygon", "circle", "mask", *_TURNED):
        raise RecordFaultError("malformed-line", f"shapes of the kind {quoted(kind)} cannot be read", "unknown kind")
    points = flat_points(shape.get("points"))
    if kind == "polygon":
        is_thin = len(points) < 6
        return Drawn(corners=extent(points), polygon=None if is_thin else points, is_thin=is_thin)
    if kind in _TURNED:
        return _turned(points, kind)
    # AnyLabeling writes the four corners of a rectangle.
    if len(points) != 4 and not (kind == "rectangle" and len(points) == 8):
        raise _count_fault(kind, points, "2")
    if kind == "circle":
        x, y, on_x, on_y = points
        return Drawn(corners=circle(x, y, math.hypot(on_x - x, on_y - y)))
    return Drawn(corners=extent(points), is_mask=kind == "mask")


def _turned(points: list[float], kind: str) -> Drawn:
    if len(points) != 8:
        raise _count_fault(kind, points, "4")
    corners = extent(points)
    is_upright = all(
        min(abs(x - corners[0]), abs(x - corners[2])) < _UPRIGHT
        and min(abs(y - corners[1]), abs(y - corners[3])) < _UPRIGHT
        for x, y in zip(points[0::2], points[1::2], strict=True)
    )
    return Drawn(corners=corners, polygon=None if is_upright else points, is_turned=not is_upright)


def _count_fault(kind: str, points: list[float], expected: str) -> RecordFaultError:
    seen = f"a {kind} with {len(points) // 2} points, expected {expected}"
    return RecordFaultError("malformed-line", seen, "points")
