"""Reads masks of untrusted COCO files: polygons or run lengths.

A mask that cannot be read is left out and reported. The object keeps its box.
"""

import math
import re
from itertools import islice
from typing import Any, Final

import hotcoco

from core.coco.values import LARGEST_PX, number

# In sides of the image. A point further off is no slip of the hand, and drawing code walks along every edge to it.
_FURTHEST: Final = 4
# COCO's compressed run lengths: a number is written in characters of five bits each, lowest first, counted from "0".
# The sixth bit says that more follow. From the fourth number on, each is the difference from the one two before.
_COMPRESSED: Final = re.compile(r"[0-o]*[0-O]")
_NUMBER: Final = re.compile(r"[P-o]*[0-O]")
_ZERO: Final = ord("0")

FAR_OUTSIDE: Final = "a polygon has a point far outside of its image"

Polygons = list[list[float]]
RunLengths = dict[str, Any]
Mask = Polygons | RunLengths
Box = tuple[float, float, float, float]

_BYTES: Final = re.compile(r"""b(['"])(.*)\1""", re.DOTALL)
# Sides and pixels of the largest masks; decoders count in 32 bits.
_LONGEST_SIDE: Final = 2**16
_MOST_PIXELS: Final = 2**31 - 1


class MaskFaultError(ValueError):
    """A mask cannot be read; the text says why, to follow a colon."""


def is_empty(value: Any) -> bool:
    """Whether a `segmentation` states no mask."""
    return value is None or value in ("", [], [[]])


def read_mask(value: Any, width: int, height: int) -> Mask | None:
    """Checks the `segmentation` of a record against its image's width and height in px; None if there is no mask.

    Polygons are lists of x, y, … in px, (2 * points,) each; run lengths have `size` [height, width] and `counts`, a
    list or compressed. Raises MaskFaultError.
    """
    if is_empty(value):
        return None
    if not (width and height):
        raise MaskFaultError("its image has no known width and height")
    if isinstance(value, dict):
        return _read_run_lengths(value, width, height)
    return _read_polygons(value, _FURTHEST * max(width, height))


def read_mask_alone(value: Any) -> Mask | None:
    """Checks the `segmentation` of a record whose image is not known yet; None if there is no mask.

    Run lengths must fill the size that they state. Points may lie anywhere up to LARGEST_PX, and may be shares of the
    image. Raises MaskFaultError.
    """
    if is_empty(value):
        return None
    if isinstance(value, dict):
        height, width = _stated_size(value)
        return _read_run_lengths(value, width, height)
    return _read_polygons(value, LARGEST_PX)


def mended(value: Any) -> tuple[Any, str]:
    """A `segmentation` in COCO's form, and what was wrong with its form; "" if nothing was, or if it is no mask.

    Known wrong forms: counts as the text of a Python bytes object (b'…'), one polygon outside of a list, points as
    pairs, and numbers as text.
    """
    if isinstance(value, dict):
        counts = value.get("counts")
        if isinstance(counts, str) and (inner := _BYTES.fullmatch(counts)):
            # Python doubles a backslash, the one character of run lengths that it escapes.
            return {**value, "counts": inner[2].replace("\\\\", "\\")}, "run lengths as Python shows bytes"
        return value, ""
    if not isinstance(value, list) or all(isinstance(part, list) and _is_polygon(part) for part in value):
        return value, ""
    polygons = [flat] if (flat := _flat(value)) else [_flat(part) for part in value]
    return (polygons, "polygons in a wrong form") if all(polygons) else (value, "")


def other_size(width: int, height: int) -> str:
    """Words for run lengths that do not have the size of their image, width and height in px."""
    return f"run lengths of another size than its image's, [{height}, {width}]"


def is_far_outside(polygons: Polygons, width: float, height: float) -> bool:
    """Whether a point lies further from its image, width and height in px, than any slip of the hand puts it."""
    reach = _FURTHEST * max(width, height)
    return any(min(polygon) < -reach or max(polygon) > reach for polygon in polygons if polygon)


def box_of(mask: Mask) -> Box:
    """The box (x1, y1, x2, y2 in px) round a mask from `read_mask`."""
    if isinstance(mask, dict):
        x, y, width, height = hotcoco.mask.to_bbox(_compressed(mask, *mask["size"])).tolist()
        return x, y, x + width, y + height
    xs = [x for polygon in mask for x in polygon[0::2]]
    ys = [y for polygon in mask for y in polygon[1::2]]
    return min(xs), min(ys), max(xs), max(ys)


def as_run_lengths(mask: Mask, width: int, height: int) -> RunLengths:
    """COCO's compressed run lengths of a mask from `read_mask`, for an image of this width and height in px."""
    coded = _compressed(mask, height, width)
    counts = coded["counts"]
    return {"size": [height, width], "counts": counts.decode() if isinstance(counts, bytes) else counts}


def _compressed(mask: Mask, height: int, width: int) -> RunLengths:
    coded = hotcoco.mask.fr_py_objects(mask, height, width)
    if isinstance(coded, list):
        coded = coded[0] if len(coded) == 1 else hotcoco.mask.merge(coded)
    return dict(coded)


def _is_polygon(part: list[Any]) -> bool:
    return len(part) != 2 and set(map(type, part)) <= {int, float}


def _flat(part: Any) -> list[float] | None:
    """x, y, … of a polygon written as numbers, texts or pairs; None if it is none."""
    if not isinstance(part, list) or not part:
        return None
    if all(isinstance(pair, list) and len(pair) == 2 for pair in part):
        part = [side for pair in part for side in pair]
    numbers = [number(side) for side in part]
    return None if None in numbers or len(numbers) < 6 else [side for side in numbers if side is not None]


def _stated_size(value: dict[str, Any]) -> tuple[int, int]:
    size = value.get("size")
    if not isinstance(size, list) or len(size) != 2 or set(map(type, size)) != {int}:
        raise MaskFaultError("run lengths without `size`, [height, width] in px")
    height, width = size
    if not (0 < height <= _LONGEST_SIDE and 0 < width <= _LONGEST_SIDE and height * width <= _MOST_PIXELS):
        raise MaskFaultError("run lengths of a size that no image has")
    return height, width


def _read_polygons(value: Any, reach: float) -> Polygons:
    if not isinstance(value, list):
        raise MaskFaultError("it is neither polygons nor run lengths")
    return [_read_polygon(polygon, reach) for polygon in value]


def _read_polygon(polygon: Any, reach: float) -> list[float]:
    if not isinstance(polygon, list) or not set(map(type, polygon)) <= {int, float}:
        raise MaskFaultError("a polygon is no list of numbers")
    if len(polygon) < 6 or len(polygon) % 2:
        raise MaskFaultError("a polygon has fewer than 3 points, or half a point")
    # The sum detects NaN, which min and max may miss. Whole numbers of any size can be compared.
    if not (-reach <= min(polygon) and max(polygon) <= reach and math.isfinite(sum(polygon))):
        raise MaskFaultError(FAR_OUTSIDE)
    return list(map(float, polygon))


def _read_run_lengths(value: dict[str, Any], width: int, height: int) -> RunLengths:
    counts, size = value.get("counts"), list(_stated_size(value))
    if size != [height, width]:
        raise MaskFaultError(other_size(width, height))
    if isinstance(counts, list):
        if not set(map(type, counts)) <= {int} or min(counts, default=0) < 0 or sum(counts) != width * height:
            raise MaskFaultError("its run lengths do not fill the image")
    elif isinstance(counts, str):
        _check_compressed(size, counts)
    else:
        raise MaskFaultError("run lengths without `counts`")
    return {"size": size, "counts": counts}


def _check_compressed(size: list[int], counts: str) -> None:
    try:
        if not _COMPRESSED.fullmatch(counts):
            raise ValueError("a character that no run length has")
        # hotcoco counts only the mask's pixels; with mask and background exchanged, it counts the background's. This
        # order is needed, because the first call refuses numbers without an end.
        pixels = int(hotcoco.mask.area({"size": size, "counts": counts}))
        pixels += int(hotcoco.mask.area({"size": size, "counts": _exchanged(counts)}))
    except (ValueError, OverflowError) as error:
        raise MaskFaultError("its run lengths cannot be read") from error
    if pixels != size[0] * size[1]:
        raise MaskFaultError("its run lengths do not fill the image")


def _exchanged(counts: str) -> str:
    """Compressed run lengths with mask and background exchanged: a background of 0 pixels is put before them."""
    first = [match.group() for match in islice(_NUMBER.finditer(counts), 3)]
    if len(first) < 3:
        return "0" + counts
    # The third number becomes the fourth, and therefore a difference.
    difference = _number(first[2]) - _number(first[0])
    return "0" + first[0] + first[1] + _characters(difference) + counts[sum(map(len, first)) :]


def _number(characters: str) -> int:
    codes = [ord(character) - _ZERO for character in characters]
    number = sum((code & 0x1F) << (5 * index) for index, code in enumerate(codes))
    return number - (1 << (5 * len(codes)) if codes[-1] & 0x10 else 0)


def _characters(number: int) -> str:
    characters = ""
    while True:
        low, number = number & 0x1F, number >> 5
        # The last character's highest bit is the sign.
        is_last = number == (-1 if low & 0x10 else 0)
        characters += chr(_ZERO + low + (0 if is_last else 0x20))
        if is_last:
            return characters
