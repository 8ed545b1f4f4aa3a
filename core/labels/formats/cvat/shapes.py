"""Reads one shape of a CVAT file: a box, polygon, ellipse or mask, as the box round it."""

import json
import math
from dataclasses import dataclass, field
from sys import intern
from typing import Final
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from core.coco.masks import MaskFaultError, as_run_lengths, read_mask
from core.labels.formats.numbers import NumberFaultError
from core.labels.formats.turned_boxes import Box, corners_of, upright_box
from core.labels.formats.xml_files import local_name, read_coordinate

# They mark lines and points, not areas.
UNSUPPORTED: Final = frozenset({"polyline", "points", "cuboid", "skeleton"})
SHAPES: Final = frozenset({"box", "polygon", "ellipse", "mask"}) | UNSUPPORTED
_GEOMETRY: Final = frozenset(
    {"xtl", "ytl", "xbr", "ybr", "rotation", "points", "cx", "cy", "rx", "ry", "rle", "left", "top", "width", "height"}
    | {"label", "frame", "outside"}
)
_LENGTH: Final = 1_000
# Of the box of one mask; unpacking it takes about four bytes a pixel.
MOST_PIXELS: Final = 50_000_000
Mask = npt.NDArray[np.bool_]
# Less is a rounded zero: CVAT writes two decimals.
_LEAST_DEGREES: Final = 0.005


@dataclass(slots=True, kw_only=True)
class Shape:
    """A shape as written: corners in px, polygons (each x, y, …) in px, and run lengths as row-major counts.

    `mask` is (counts, left, top, width, height) in px, from background to mask and back.
    """

    box: Box
    polygons: list[list[float]] = field(default_factory=list)
    is_turned: bool = False
    mask: tuple[str, int, int, int, int] | None = None


def read_shape(tag: str, element: Element) -> Shape:
    """Reads a shape. Raises NumberFaultError for one that cannot be read, or is no area."""
    if tag not in _READERS:
        what = "marks no area" if tag in UNSUPPORTED else "is no shape of CVAT's"
        raise NumberFaultError("malformed-line", f"{what}; boxes, polygons, ellipses and masks are read")
    return _READERS[tag](element)


def attributes_of(element: Element) -> dict[str, str]:
    """Everything that an element states beside its geometry: `occluded`, `source`, …, and its <attribute> elements."""
    attributes = {
        intern(name[:_LENGTH]): value[:_LENGTH]
        for name, value in element.attrib.items()
        if name not in _GEOMETRY and value and (name, value) != ("z_order", "0")
    }
    for child in element:
        name = child.get("name", "").strip()
        value = (child.text or "").strip()
        if local_name(child.tag) == "attribute" and name and value:
            attributes.setdefault(intern(name[:_LENGTH]), value[:_LENGTH])
    return attributes


def _number(element: Element, name: str) -> float:
    text = element.get(name, "").strip()
    if not text:
        raise NumberFaultError("malformed-line", f"no `{name}`")
    try:
        return read_coordinate(text)
    except NumberFaultError as fault:
        raise NumberFaultError(fault.check, f"`{name}`: {fault}") from None


def _degrees(element: Element) -> float:
    degrees = math.remainder(_number(element, "rotation"), 360) if element.get("rotation") else 0.0
    return degrees if abs(degrees) >= _LEAST_DEGREES else 0.0


def _read_box(element: Element) -> Shape:
    x1, y1, x2, y2 = (_number(element, name) for name in ("xtl", "ytl", "xbr", "ybr"))
    if not (degrees := _degrees(element)):
        return Shape(box=(x1, y1, x2, y2))
    corners = corners_of((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, math.radians(degrees))
    return Shape(box=upright_box(corners), polygons=[corners], is_turned=True)


def _read_polygon(element: Element) -> Shape:
    pairs = [pair.split(",") for pair in element.get("points", "").split(";") if pair.strip()]
    if len(pairs) < 3 or any(len(pair) != 2 for pair in pairs):
        raise NumberFaultError("malformed-line", "`points` are not three or more pairs x,y")
    try:
        points = [read_coordinate(number.strip()) for pair in pairs for number in pair]
    except NumberFaultError as fault:
        raise NumberFaultError(fault.check, f"`points`: {fault}") from None
    return Shape(box=upright_box(points), polygons=[points])


def _read_ellipse(element: Element) -> Shape:
    x, y, radius_x, radius_y = (_number(element, name) for name in ("cx", "cy", "rx", "ry"))
    if degrees := _degrees(element):
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        radius_x, radius_y = (
            math.hypot(radius_x * cosine, radius_y * sine),
            math.hypot(radius_x * sine, radius_y * cosine),
        )
    return Shape(box=(x - radius_x, y - radius_y, x + radius_x, y + radius_y))


def _read_mask(element: Element) -> Shape:
    left, top, width, height = (_number(element, name) for name in ("left", "top", "width", "height"))
    box = (left, top, left + width, top + height)
    if not (width > 0 and height > 0 and all(value.is_integer() for value in box)):
        raise NumberFaultError("malformed-line", "its box is not in whole pixels")
    return Shape(box=box, mask=(element.get("rle", ""), int(left), int(top), int(width), int(height)))


_READERS: Final = {"box": _read_box, "polygon": _read_polygon, "ellipse": _read_ellipse, "mask": _read_mask}


def coco_run_lengths(mask: tuple[str, int, int, int, int], image_width: int, image_height: int) -> str:
    """COCO's run lengths as JSON of a `Shape.mask` in an image of this size in px. Raises MaskFaultError.

    CVAT's run lengths go row by row through the mask's own box; COCO's go column by column through the image.
    """
    text, left, top, width, height = mask
    if width * height > MOST_PIXELS:
        raise MaskFaultError(f"its box has more than {MOST_PIXELS:,} px")
    try:
        counts = [int(count) for count in text.split(",")]
    except ValueError:
        raise MaskFaultError("its run lengths are no whole numbers") from None
    if min(counts) < 0 or sum(counts) != width * height:
        raise MaskFaultError("its run lengths do not fill its box")
    if left < 0 or top < 0 or left + width > image_width or top + height > image_height:
        raise MaskFaultError("it lies outside of its image")
    is_mask = np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(height, width)
    runs = _column_runs(is_mask, left, top, image_height)
    ends = np.append(runs, image_width * image_height)
    whole = {"size": [image_height, image_width], "counts": np.diff(ends, prepend=0).tolist()}
    return json.dumps(as_run_lengths(read_mask(whole, image_width, image_height) or [], image_width, image_height))


def _column_runs(is_mask: Mask, left: int, top: int, height: int) -> npt.NDArray[np.int64]:
    """Where the mask begins and ends, in turn, (2 * runs,): pixels counted column by column through the image.

    `is_mask` is (rows, columns) at `left`, `top` of an image of this height in px.
    """
    columns = np.zeros((is_mask.shape[1], is_mask.shape[0] + 2), dtype=np.int8)
    columns[:, 1:-1] = is_mask.T
    changes = np.diff(columns, axis=1)
    column, row = np.nonzero(changes)
    places = (left + column).astype(np.int64) * height + top + row
    # A mask that reaches from one column's end to the next one's beginning is one run.
    joined = np.flatnonzero(places[1:-1:2] == places[2::2]) * 2 + 1
    return np.delete(places, np.concatenate([joined, joined + 1]))
