"""Outlines out of somebody else's COCO files: polygons or run lengths, none of them trusted.

An outline that cannot be read is left out and told; the object keeps its box, so nothing else is lost by it.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import hotcoco
import numpy as np
import numpy.typing as npt

from core.coco.json_values import finite

# Points further off, in sides of the picture, are no slip of a hand; what draws polygons walks along every edge.
_FURTHEST: Final = 4


class OutlineFaultError(ValueError):
    """Why an outline cannot be read, in words that go on from a colon."""


def outline_column(
    where: str, records: Sequence[dict[str, Any]], sides: npt.NDArray[np.int64], as_run_lengths: bool = False
) -> tuple[list[str], list[str]]:
    """The `segmentation` of each record as JSON text, "" where there is none; and notes on those that were left out.

    Args: where, what a record is called in a note, before its number; sides (N, 2) are width and height in px of each
        record's picture, 0 where unknown; as_run_lengths turns all of them into COCO's compressed run lengths.
    """
    texts: list[str] = []
    faults: list[str] = []
    for place, (record, (width, height)) in enumerate(zip(records, sides.tolist(), strict=True)):
        try:
            shape = _read(record.get("segmentation"), width, height)
            texts.append(json.dumps(_run_lengths(shape, width, height) if as_run_lengths else shape) if shape else "")
        except OutlineFaultError as fault:
            texts.append("")
            faults.append(f"{where} {place + 1}: {fault}")
    if not faults:
        return texts, []
    return texts, [f"{len(faults):,} outlines are left out, and their boxes alone count; the first is {faults[0]}."]


def with_boxes(records: list[dict[str, Any]], sides: npt.NDArray[np.int64]) -> list[dict[str, Any]]:
    """The records, those with an outline and without `bbox` given the box round it. `sides`: as `outline_column`."""
    return [
        record if record.get("bbox") is not None or not record.get("segmentation") else _with_box(record, *size)
        for record, size in zip(records, sides.tolist(), strict=True)
    ]


def _with_box(record: dict[str, Any], width: int, height: int) -> dict[str, Any]:
    try:
        shape = _run_lengths(_read(record["segmentation"], width, height), width, height)
    except OutlineFaultError:
        return record
    return record | {"bbox": hotcoco.mask.to_bbox(shape).tolist()}


def _read(value: Any, width: int, height: int) -> Any:
    """Polygons or run lengths as they were written, all of them sound; None where there is nothing.

    Raises OutlineFaultError.
    """
    if value in (None, "", []):
        return None
    if not (width and height):
        raise OutlineFaultError("the truth gives no width and height of its picture")
    if isinstance(value, dict):
        _check_run_lengths(value, width, height)
        return {"size": value["size"], "counts": value["counts"]}
    if not isinstance(value, list):
        raise OutlineFaultError("it is neither polygons nor run lengths")
    for polygon in value:
        _check_polygon(polygon, width, height)
    return value


def _check_polygon(polygon: Any, width: int, height: int) -> None:
    if not isinstance(polygon, list) or not set(map(type, polygon)) <= {int, float}:
        raise OutlineFaultError("a polygon is no list of numbers")
    if len(polygon) < 6 or len(polygon) % 2:
        raise OutlineFaultError("a polygon has fewer than 3 points, or half a point")
    numbers = [finite(number) for number in polygon]
    reach = _FURTHEST * max(width, height)
    if any(number is None or abs(number) > reach for number in numbers):
        raise OutlineFaultError("a polygon has a point far outside of its picture")


def _check_run_lengths(value: dict[str, Any], width: int, height: int) -> None:
    if value.get("size") != [height, width]:
        raise OutlineFaultError(f"run lengths of another size than its picture's, [{height}, {width}]")
    counts = value.get("counts")
    if isinstance(counts, list):
        if not set(map(type, counts)) <= {int} or min(counts, default=0) < 0 or sum(counts) != width * height:
            raise OutlineFaultError("its run lengths do not fill the picture")
        return
    if not isinstance(counts, str):
        raise OutlineFaultError("run lengths without `counts`")
    try:
        x, y, across, down = hotcoco.mask.to_bbox({"size": value["size"], "counts": counts})
    except (ValueError, OverflowError) as error:
        raise OutlineFaultError("its run lengths cannot be read") from error
    if x + across > width or y + down > height:
        raise OutlineFaultError("its run lengths reach beyond the picture")


def _run_lengths(shape: Any, width: int, height: int) -> dict[str, Any]:
    """COCO's compressed run lengths of what `_read` found sound."""
    coded = hotcoco.mask.fr_py_objects(shape, height, width)
    if isinstance(coded, list):
        coded = coded[0] if len(coded) == 1 else hotcoco.mask.merge(coded)
    counts = coded["counts"]
    return {"size": [height, width], "counts": counts.decode() if isinstance(counts, bytes) else counts}
