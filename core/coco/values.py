"""Reads single values of an untrusted COCO JSON file.

Numbers, ids and flags may be text, because tools write them so and their meaning is clear: `"1"` is the id 1, `"40.0"`
a side of a box, and `"iscrowd": "0"` no crowd region.
"""

import json
import math
import re
from typing import Any, Final

# Far beyond any image's size in px; larger values would overflow areas.
LARGEST_PX: Final = 1e8
# px^2: the area of the largest image that a format can hold.
LARGEST_AREA: Final = 1e12
# Above it, floats cannot tell neighbouring whole numbers apart.
_EXACT: Final = 2**53
# Python refuses to convert integers with more than 4,300 digits.
_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,3999}")
_NUMBER: Final = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")
_QUOTED_ITEMS: Final = 20


def id_key(value: Any) -> str | None:
    """An id as text, so that 1, 1.0 and "1" are equal; None for any other value: true, null, 1.5, an empty text."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        return None
    return str(value)


def is_whole(key: str) -> bool:
    """Whether an id's text is a whole number as JSON writes it: "12", but neither "012" nor "12.0"."""
    return _WHOLE.fullmatch(key) is not None


def finite(value: Any) -> float | None:
    """The number as a finite float; None for any other value, and for a whole number too large for a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def number(value: Any) -> float | None:
    """The number as a finite float, also from a text such as "40.0"; None for any other value."""
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value := value.strip()) else None
    return finite(value)


def flag(value: Any) -> bool | None:
    """True for true, 1, 1.0, "1"; False for false, 0, 0.0, "0", null; None for anything else."""
    if value is None or (isinstance(value, str) and value == "0"):
        return False
    if isinstance(value, str) and value == "1":
        return True
    return bool(value) if isinstance(value, bool | int | float) and value in (0, 1) else None


def side(value: Any) -> int | None:
    """An image's side in px; 0 if the file states none (null or 0), None if it is no whole number from 0."""
    pixels = 0.0 if value is None else number(value)
    if pixels is None or not 0 <= pixels < 2**31 or not pixels.is_integer():
        return None
    return int(pixels)


def area(value: Any) -> float | None:
    """An area in px^2; NaN if the file states none (null or 0), None if it is no number from 0."""
    pixels = 0.0 if value is None else number(value)
    if pixels is None or not 0 <= pixels <= LARGEST_AREA:
        return None
    return pixels or math.nan


def quoted(value: Any) -> str:
    """A value of a file, shortened for a message."""
    # Only the beginning is quoted, so only that is converted.
    start = value[: _QUOTED_ITEMS if isinstance(value, list) else 200] if isinstance(value, list | str) else value
    try:
        words = text(json.dumps(start, ensure_ascii=False, default=str))
    except RecursionError:
        return "a deeply nested value"
    return words if len(words) <= 60 else words[:59] + "…"


def text(value: Any) -> str:
    """The value as text that can be stored; JSON can hold half characters, which no file can."""
    return str(value).encode(errors="replace").decode()
