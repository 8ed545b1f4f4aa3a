"""Reads the regions of a Label Studio annotation: rectangles, polygons and ellipses in per cent of the image."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from core.coco.values import finite, id_key, side, text
from core.labels.formats.file_notes import FieldFaultError
from core.labels.formats.json_shapes import read_number
from core.labels.formats.turned_boxes import box_of_ellipse, turned, upright_box

# What may lie beside regions, and holds none.
_NO_REGIONS: Final = frozenset(
    {"choices", "textarea", "rating", "taxonomy", "number", "datetime", "relation", "pairwise", "ranker", "chatmessage"}
)
_SHAPES: Final = ("rectangle", "polygon", "ellipse")
_CLASS_LENGTH: Final = 200
# Shared by regions that lack them; nobody writes into them.
_NOTHING: Final[dict[str, Any]] = {}
_NO_ANSWERS: Final[dict[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region as written: its 1-based place, its shape (rectangle, …), value and labels.

    `attributes` are answers about this region.
    """

    place: int
    item: dict[str, Any]
    shape: str
    value: dict[str, Any]
    labels: Any
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the image in px, 0 if they are not stated."""
        width, height = side(self.item.get("original_width")) or 0, side(self.item.get("original_height")) or 0
        return (width, height) if width and height else (0, 0)

    @property
    def is_of_turned_view(self) -> bool:
        """Whether the annotator had turned the view of the image."""
        return bool(finite(self.item.get("image_rotation")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contour:
    """The box of a region in per cent: corner and size for `is_box`, else corners."""

    numbers: tuple[float, ...]
    is_box: bool = False
    is_turned: bool = False
    polygons: list[list[float]] = field(default_factory=list)


def regions_of(result: Sequence[Any]) -> tuple[list[Region], list[str]]:
    """The regions of a result, and the types of what is left out of it.

    Where shapes and labels are separate items, they are paired by their id.
    """
    items = [(place, item) for place, item in enumerate(result, 1)]
    kinds = set(map(_type, result))
    labels = _by_id(items, ("labels",)) if "labels" in kinds else {}
    bare = _by_id(items, _SHAPES) if not kinds.isdisjoint(_SHAPES) else {}
    answers = _answers(items) if not kinds.isdisjoint(_NO_REGIONS) else {}
    seen: list[Region] = []
    left_out: list[str] = []
    for place, item in items:
        kind, key = _type(item), _id(item)
        if kind in _NO_REGIONS:
            if not (key in answers and _is_region_answer(item)):
                left_out.append(kind)
            continue
        value = item.get("value") if isinstance(item, dict) else None
        value = value if isinstance(value, dict) else _NOTHING
        if kind == "labels" and key in bare:
            # It gives its label to the shape.
            continue
        seen.append(
            Region(
                place=place,
                item=item if isinstance(item, dict) else _NOTHING,
                shape=_shape(kind, value),
                value=value,
                labels=_labels_of(kind, value, labels.get(key, []), len(bare.get(key, ()))),
                attributes=answers.get(key, _NO_ANSWERS) if key else _NO_ANSWERS,
            )
        )
    return seen, left_out


def has_regions(result: Sequence[Any]) -> bool:
    """Whether a result has more than answers about the whole image."""
    return any(_type(item) not in _NO_REGIONS for item in result)


def _labels_of(kind: str, value: dict[str, Any], paired: list[dict[str, Any]], shape_count: int) -> Any:
    """The labels of a region: its own, or for a bare shape those of all items with its id.

    Where several shapes have the id, each takes the next.
    """
    if kind not in _SHAPES or not paired:
        return value.get("labels" if kind in _SHAPES else kind)
    if shape_count > 1:
        return paired.pop(0).get("labels")
    user_names = [value.get("labels") for value in paired]
    return [label for labels in user_names for label in (labels if isinstance(labels, list) else [labels])]


def _by_id(items: Sequence[tuple[int, Any]], kinds: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    seen: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _, item in items:
        if _type(item) in kinds and _id(item) and isinstance(item.get("value"), dict):
            seen[_id(item)].append(item["value"])
    return seen


def _answers(items: Sequence[tuple[int, Any]]) -> dict[str, dict[str, str]]:
    """Answers about single regions by the region's id, for ids that one region has."""
    ids: dict[str, int] = defaultdict(int)
    for _, item in items:
        if _type(item) not in (*_NO_REGIONS, "labels") and _id(item):
            ids[_id(item)] += 1
    answers: dict[str, dict[str, str]] = {key: {} for key, count in ids.items() if count == 1}
    for _, item in items:
        if _is_region_answer(item) and _id(item) in answers:
            kind = _type(item)
            user_names = item["value"].get("text" if kind == "textarea" else kind)
            words = ", ".join(str(word)[:_CLASS_LENGTH] for word in _flat(user_names))
            name = item.get("from_name")
            name = text(name) if isinstance(name, str) and name else kind
            answers[_id(item)][name[:_CLASS_LENGTH]] = text(words)[:_CLASS_LENGTH]
    return answers


def _is_region_answer(item: Any) -> bool:
    """Whether an answer repeats the geometry of the region that it is about."""
    value = item.get("value") if isinstance(item, dict) and _type(item) in _NO_REGIONS else None
    return isinstance(value, dict) and ("x" in value or "points" in value)


def _flat(user_names: Any) -> list[str | int | float]:
    values = user_names if isinstance(user_names, list) else [user_names]
    return [value for value in values[:20] if isinstance(value, str) or finite(value) is not None]


def _type(item: Any) -> str:
    kind = item.get("type") if isinstance(item, dict) else None
    return kind if isinstance(kind, str) else ""


def _id(item: Any) -> str:
    return id_key(item.get("id")) or "" if isinstance(item, dict) else ""


def _shape(kind: str, value: dict[str, Any]) -> str:
    """The shape by the type, or for plain labels by the geometry."""
    if kind != "labels":
        return kind.removesuffix("labels")
    if "points" in value:
        return "polygon"
    if "radiusX" in value:
        return "ellipse"
    return "brush" if "rle" in value else "rectangle" if "width" in value else "labels"


def names_of(region: Region) -> list[str]:
    """The classes of a region, usually one. Raises FieldFaultError."""
    labels = region.labels if isinstance(region.labels, list) else [region.labels]
    if region.labels in (None, []) or not all(isinstance(label, str) and label.strip() for label in labels):
        raise FieldFaultError("unknown-class", "labels {}: the region has no label", region.labels)
    return list(dict.fromkeys(label.strip()[:_CLASS_LENGTH] for label in labels))


def contour_of(region: Region) -> Contour:
    """The box and polygon of a region. Raises FieldFaultError."""
    if region.shape == "rectangle":
        return _rectangle(region)
    if region.shape == "polygon":
        return _polygon(region)
    if region.shape == "ellipse":
        return _ellipse(region)
    raise FieldFaultError("unsupported-shape", "type {} is no rectangle, polygon or ellipse", _type(region.item))


def _rectangle(region: Region) -> Contour:
    x, y, width, height = (read_number(name, region.value.get(name)) for name in ("x", "y", "width", "height"))
    degrees = _degrees(region)
    if not degrees:
        return Contour(numbers=(x, y, width, height), is_box=True)
    across, down = _px(region)
    # Label Studio turns a rectangle about its first corner, in px and with the clock.
    offsets = [(0.0, 0.0), (width * across, 0.0), (width * across, height * down), (0.0, height * down)]
    in_px = turned(offsets, (x * across, y * down), degrees)
    polygon = [value / (down if index % 2 else across) for index, value in enumerate(in_px)]
    return Contour(numbers=upright_box(polygon), polygons=[polygon], is_turned=True)


def _polygon(region: Region) -> Contour:
    points = region.value.get("points")
    if not isinstance(points, list) or len(points) < 3:
        raise FieldFaultError("malformed-line", "points {} are fewer than 3 points", points)
    polygon: list[float] = []
    for point in points:
        if not isinstance(point, list) or len(point) != 2:
            raise FieldFaultError("malformed-line", "point {} is not [x, y]", point)
        polygon += (read_number("x", point[0]), read_number("y", point[1]))
    return Contour(numbers=upright_box(polygon), polygons=[polygon])


def _ellipse(region: Region) -> Contour:
    x, y, wide, high = (read_number(name, region.value.get(name)) for name in ("x", "y", "radiusX", "radiusY"))
    degrees = _degrees(region)
    across, down = _px(region) if degrees else (1.0, 1.0)
    x1, y1, x2, y2 = box_of_ellipse((x * across, y * down), (wide * across, high * down), degrees)
    return Contour(numbers=(x1 / across, y1 / down, x2 / across, y2 / down), is_turned=bool(degrees))


def _degrees(region: Region) -> float:
    user_names = region.value.get("rotation")
    return read_number("rotation", user_names) % 360 if user_names is not None else 0.0


def _px(region: Region) -> tuple[float, float]:
    """Pixels in one per cent of the width and of the height. Raises FieldFaultError."""
    width, height = region.size
    if not width:
        raise FieldFaultError("malformed-line", "it is turned, and `original_width` and `original_height` are missing")
    return width / 100, height / 100
