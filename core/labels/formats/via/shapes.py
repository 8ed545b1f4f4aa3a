"""The shapes of VIA: objects with a `name` (versions 1 and 2) or lists that start with a number (version 3)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from core.coco.values import quoted
from core.labels.formats.drawn_shapes import circle, circle_through, ellipse, extent
from core.labels.formats.json_records import RecordFaultError, number_list, numbers

# VIA 3's numbers of shapes.
_NAMES: Final = {
    1: "point", 2: "rect", 3: "circle", 4: "ellipse", 5: "line", 6: "polyline", 7: "polygon",
    8: "extreme rectangle", 9: "extreme circle",
}  # fmt: skip
_FLAT: Final = ("point", "line", "polyline")


@dataclass(frozen=True, slots=True, kw_only=True)
class ViaShape:
    """Four numbers in px: x, y, width and height if `is_rect`, else two corners; and a polygon (2 * points,)."""

    values: tuple[float, float, float, float]
    is_rect: bool = False
    polygon: list[float] | None = None
    is_thin: bool = False


def draw(shape: Any) -> ViaShape:
    """Reads a shape. Raises NumberFaultError for one that is broken, or has no area."""
    if isinstance(shape, dict):
        return _from_object(shape)
    if isinstance(shape, list) and shape:
        return _from_list(shape)
    raise RecordFaultError("malformed-line", f"its shape is {quoted(shape)}", "no shape")


def _from_object(shape: dict[str, Any]) -> ViaShape:
    name = shape.get("name")
    if not name:
        raise RecordFaultError("malformed-line", "it has no shape", "no shape")
    _check(name)
    if name == "rect":
        x, y, width, height = numbers(shape, ("x", "y", "width", "height"))
        return ViaShape(values=(x, y, width, height), is_rect=True)
    if name == "polygon":
        return _polygon(_interleaved(shape.get("all_points_x"), shape.get("all_points_y")))
    if name == "circle":
        x, y, radius = numbers(shape, ("cx", "cy", "r"))
        return ViaShape(values=circle(x, y, radius))
    if name == "ellipse":
        x, y, radius_x, radius_y = numbers(shape, ("cx", "cy", "rx", "ry"))
        # Since version 2.0.9, in radians.
        (turn,) = numbers(shape, ("theta",)) if shape.get("theta") is not None else (0.0,)
        return ViaShape(values=ellipse(x, y, radius_x, radius_y, turn))
    raise RecordFaultError("malformed-line", f"shapes of the kind {quoted(name)} cannot be read", "unknown kind")


def _check(name: Any) -> None:
    if name in _FLAT:
        raise RecordFaultError("malformed-line", f"a {name} has no area and makes no box", name)


def _interleaved(xs: Any, ys: Any) -> list[float]:
    if not isinstance(xs, list) or not isinstance(ys, list) or len(xs) != len(ys) or not xs:
        seen = f"`all_points_x` is {quoted(xs)} and `all_points_y` {quoted(ys)}, expected lists of one length"
        raise RecordFaultError("malformed-line", seen, "points")
    flat = [0.0] * (2 * len(xs))
    flat[0::2], flat[1::2] = number_list(xs), number_list(ys)
    return flat


def _polygon(points: list[float]) -> ViaShape:
    is_thin = len(points) < 6
    return ViaShape(values=extent(points), polygon=None if is_thin else points, is_thin=is_thin)


def _from_list(shape: list[Any]) -> ViaShape:
    kind = shape[0]
    name = _NAMES.get(kind) if type(kind) is int else None
    if name is None:
        raise RecordFaultError("malformed-line", f"shapes of the kind {quoted(kind)} cannot be read", "unknown kind")
    _check(name)
    values = number_list(shape[1:])
    expected = _COUNTS.get(name, 0)
    if (expected and len(values) != expected) or len(values) % 2 > (name == "circle") or not values:
        raise RecordFaultError("malformed-line", f"a {name} with {len(values)} numbers", "points")
    return _READ[name](values)


_COUNTS: Final = {"rect": 4, "circle": 3, "ellipse": 4, "extreme circle": 6}
_READ: Final[dict[str, Callable[[list[float]], ViaShape]]] = {
    "rect": lambda v: ViaShape(values=(v[0], v[1], v[2], v[3]), is_rect=True),
    "circle": lambda v: ViaShape(values=circle(v[0], v[1], v[2])),
    "ellipse": lambda v: ViaShape(values=ellipse(v[0], v[1], v[2], v[3])),
    "polygon": _polygon,
    "extreme rectangle": lambda v: ViaShape(values=extent(v)),
    "extreme circle": lambda v: ViaShape(values=circle_through(v)),
}
