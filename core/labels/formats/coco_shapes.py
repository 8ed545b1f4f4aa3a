"""Box, mask and area of one COCO annotation."""

import json
from dataclasses import dataclass
from typing import Any

from core.labels.formats.base import shown
from core.labels.formats.builder import Box
from core.labels.formats.numbers import NumberFaultError, read_number


@dataclass(frozen=True, slots=True)
class Shape:
    """Corners in px as written; area in px^2 of the mask (None: the box's); COCO segmentation as JSON or "".

    `dropped` says why a segmentation was left out, "" where none was.
    """

    box_xyxy: Box
    area: float | None
    is_crowd: bool
    segmentation: str
    dropped: str = ""


def read_shape(record: dict[str, Any]) -> Shape:
    """The shape of an annotation; without `bbox`, the box round its polygons. Raises NumberFaultError."""
    segmentation, dropped = _segmentation(record.get("segmentation"))
    box = _box(record.get("bbox"), segmentation)
    is_crowd = record.get("iscrowd") in (1, True, "1")
    if not segmentation:
        return Shape(box, None, is_crowd, "", dropped)
    try:
        area: float | None = read_area(record.get("area"))
    except NumberFaultError:
        area = None
    return Shape(box, area, is_crowd, json.dumps(segmentation), dropped)


def read_area(value: Any) -> float:
    """A mask's area in px^2, as written. Raises NumberFaultError where it is no positive number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e12:
        return float(value)
    raise NumberFaultError("malformed-line", "`area` is no positive number")


def _box(value: Any, segmentation: Any) -> Box:
    if value is None and isinstance(segmentation, list):
        xs = [x for polygon in segmentation for x in polygon[0::2]]
        ys = [y for polygon in segmentation for y in polygon[1::2]]
        return min(xs), min(ys), max(xs), max(ys)
    if not isinstance(value, list) or len(value) != 4:
        found = "no `bbox`" if value is None else f"`bbox` is {shown(str(value))}"
        raise NumberFaultError("malformed-line", f"{found}, expected [x, y, width, height]")
    x, y, width, height = (read_number(number) for number in value)
    return x, y, x + width, y + height


def _segmentation(value: Any) -> tuple[list[list[float]] | dict[str, Any] | None, str]:
    """Polygons, or an RLE object; else None and why."""
    if value is None or value == [] or value == "":
        return None, ""
    try:
        if isinstance(value, dict):
            return _run_lengths(value), ""
        polygons = [[read_number(number) for number in polygon] for polygon in value]
    except (TypeError, ValueError, NumberFaultError) as error:
        return None, f"the segmentation cannot be read ({error})"
    if any(len(polygon) < 6 or len(polygon) % 2 for polygon in polygons):
        return None, "a polygon has fewer than 3 points, or half a point"
    return polygons, ""


def _run_lengths(value: dict[str, Any]) -> dict[str, Any]:
    size, counts = value.get("size"), value.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not all(isinstance(side, int) for side in size):
        raise ValueError("RLE without a `size` of two integers")
    if isinstance(counts, str) and counts.isascii():
        return {"size": size, "counts": counts}
    if isinstance(counts, list) and all(isinstance(count, int) and count >= 0 for count in counts):
        return {"size": size, "counts": counts}
    raise ValueError("RLE without `counts`")
