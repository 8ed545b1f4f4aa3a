"""Reads single annotations of Datumaro's format, and joins those that are parts of one object."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from core.coco.masks import MaskFaultError, RunLengths, box_of, mended, read_mask_alone
from core.labels.formats.file_notes import FieldFaultError, FileNotes
from core.labels.formats.json_file import scalars
from core.labels.formats.json_shapes import read_numbers
from core.labels.formats.turned_boxes import turned, upright_box

OBJECT_TYPES: Final = frozenset({"bbox", "rotated_bbox", "polygon", "mask", "ellipse"})
# A box and a polygon of one object may be rounded differently.
_SAME_PX: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One annotation: `numbers` are corner and size for `is_box`, else corners, in px.

    `part_of` is what parts of one object have in common, None for a whole object.
    """

    token: str
    numbers: Sequence[float]
    is_box: bool = False
    is_crowd: bool = False
    is_turned: bool = False
    polygons: Sequence[list[float]] = ()
    run_lengths: RunLengths | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    rotation: Any = None
    group: int = 0
    key: int = 0

    @property
    def corners(self) -> Sequence[float]:
        """x1, y1, x2, y2 in px."""
        x, y, third, fourth = self.numbers
        return (x, y, x + third, y + fourth) if self.is_box else self.numbers


class _Geometry(NamedTuple):
    numbers: Sequence[float]
    polygons: Sequence[list[float]] = ()
    run_lengths: RunLengths | None = None


def type_of(value: Any) -> str:
    """The type of an annotation, "" for anything else."""
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


def read_annotation(value: dict[str, Any], token: str, notes: FileNotes, where: str, line: int) -> Shape:
    """The shape of an annotation. Raises FieldFaultError."""
    kind = type_of(value)
    if kind not in OBJECT_TYPES:
        raise FieldFaultError("unsupported-shape", "type {} is no box, polygon, mask or ellipse", value.get("type"))
    attributes = value.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    box = _READERS[kind](value, notes, where, line)
    return Shape(
        token=token,
        numbers=box.numbers,
        is_box=kind == "bbox",
        is_crowd=attributes.get("is_crowd") in (True, 1),
        is_turned=kind == "rotated_bbox",
        polygons=box.polygons,
        run_lengths=box.run_lengths,
        attributes=scalars(attributes, ("is_crowd",)) if attributes else {},
        rotation=attributes.get("rotation"),
        group=_whole(value.get("group")),
        key=_whole(value.get("id")),
    )


def _box(value: dict[str, Any], notes: FileNotes, where: str, line: int) -> _Geometry:
    return _Geometry(read_numbers("bbox", value.get("bbox"), (4,)))


def _turned_box(value: dict[str, Any], notes: FileNotes, where: str, line: int) -> _Geometry:
    x, y, width, height, degrees = read_numbers("bbox", value.get("bbox") or value.get("points"), (5,))
    across, down = width / 2, height / 2
    polygon = turned([(-across, -down), (across, -down), (across, down), (-across, down)], (x, y), degrees)
    return _Geometry(upright_box(polygon), [polygon])


def _polygon(value: dict[str, Any], notes: FileNotes, where: str, line: int) -> _Geometry:
    points = value.get("points")
    count = len(points) if isinstance(points, list) else 0
    if count < 6 or count % 2:
        raise FieldFaultError("malformed-line", "points {} are fewer than 3 points, or half a point", points)
    polygon = read_numbers("points", points, (count,))
    return _Geometry(upright_box(polygon), [polygon])


def _mask(value: dict[str, Any], notes: FileNotes, where: str, line: int) -> _Geometry:
    runs, wrong = mended(value.get("rle"))
    try:
        mask = read_mask_alone(runs)
    except MaskFaultError as fault:
        raise FieldFaultError("malformed-line", f"{fault}, and it has no box") from fault
    if not isinstance(mask, dict):
        raise FieldFaultError("malformed-line", "rle {} is no mask", runs)
    if wrong:
        notes.fixed("mended-segmentation", where, wrong, line)
    return _Geometry(box_of(mask), [], mask)


def _ellipse(value: dict[str, Any], notes: FileNotes, where: str, line: int) -> _Geometry:
    return _Geometry(read_numbers("points", value.get("points"), (4,)))


_READERS: Final = {
    "bbox": _box,
    "rotated_bbox": _turned_box,
    "polygon": _polygon,
    "mask": _mask,
    "ellipse": _ellipse,
}


def joined(shapes: Sequence[Shape]) -> list[Shape]:
    """The objects of an item: parts of one become one, in the place of the first.

    Parts have the same label and group; and either the same id, as Datumaro gives the polygons of a COCO object, or
    they are one box and the masks in it, and the box fits round them to 1 px. A group alone may hold several objects.
    """
    parts: dict[tuple[str, int], list[int]] = {}
    for index, shape in enumerate(shapes):
        if shape.group:
            parts.setdefault((shape.token, shape.group), []).append(index)
    whole: dict[int, Shape | None] = {}
    for indices in parts.values():
        together = [shapes[index] for index in indices]
        if len(indices) > 1 and _is_one(together):
            whole |= dict.fromkeys(indices)
            whole[indices[0]] = _join(together)
    objects = (whole.get(index, shape) for index, shape in enumerate(shapes))
    return [shape for shape in objects if shape is not None]


def _is_one(parts: Sequence[Shape]) -> bool:
    boxes = [part for part in parts if part.is_box]
    others = [part for part in parts if not part.is_box]
    masks = sum(part.run_lengths is not None for part in others)
    if len(boxes) > 1 or not others or (masks and len(others) > 1):
        return False
    if len({part.key for part in parts}) == 1 and parts[0].key:
        return True
    around = _around(others)
    return bool(boxes) and all(abs(a - b) <= _SAME_PX for a, b in zip(boxes[0].corners, around, strict=True))


def _join(parts: Sequence[Shape]) -> Shape:
    """One shape with the box, if there is one, and the masks of all parts."""
    box = next((part for part in parts if part.is_box), None)
    runs = next((part.run_lengths for part in parts if part.run_lengths), None)
    polygons = [polygon for part in parts for polygon in part.polygons]
    first = box or replace(parts[0], numbers=_around(parts))
    attributes = {name: value for part in reversed(parts) for name, value in part.attributes.items()}
    is_crowd = any(part.is_crowd for part in parts)
    return replace(first, polygons=polygons, run_lengths=runs, attributes=attributes, is_crowd=is_crowd)


def _around(parts: Sequence[Shape]) -> tuple[float, ...]:
    x1s, y1s, x2s, y2s = zip(*(part.corners for part in parts), strict=True)
    return min(x1s), min(y1s), max(x2s), max(y2s)


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
