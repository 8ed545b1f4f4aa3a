"""Single values of a foreign COCO JSON file, none of them trusted: what each may be and what it means.

A number is a JSON number: `"1"` in a box is a fault. Ids and flags may be text, because tools write them so and their
meaning is plain: `"1"` is the id 1, and `"iscrowd": "0"` is no crowd region.
"""

import json
import math
import re
from typing import Any, Final

# Far beyond any image's size in px; larger values would overflow areas.
LARGEST_PX: Final = 1e8
# px^2: the area of the largest image that a format can hold.
LARGEST_AREA: Final = 1e12
# Above it, a float stands for several whole numbers.
_EXACT: Final = 2**53
# Python refuses to convert integers with more than 4,300 digits.
_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,3999}")
_SHOWN_ITEMS: Final = 20


def id_key(value: Any) -> str | None:
    """An id as text, so that 1, 1.0 and "1" are the same; None for what is no id: true, null, 1.5, an empty text."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        return None
    return str(value)


def is_whole(key: str) -> bool:
    """Whether the text of an id is that of a whole number as JSON writes it: "12", and neither "012" nor "12.0"."""
    return _WHOLE.fullmatch(key) is not None


def finite(value: Any) -> float | None:
    """The number, or None for what is none. A whole number too large for a float counts as none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def flag(value: Any) -> bool | None:
    """A yes or no: true, 1, 1.0, "1" and false, 0, 0.0, "0", null; None for anything else."""
    if value is None or (isinstance(value, str) and value == "0"):
        return False
    if isinstance(value, str) and value == "1":
        return True
    return bool(value) if isinstance(value, bool | int | float) and value in (0, 1) else None


def side(value: Any) -> int | None:
    """An image's side in px; 0 where the file claims none (null or 0), None for what is no whole number from 0."""
    number = 0.0 if value is None else finite(value)
    if number is None or not 0 <= number < 2**31 or not number.is_integer():
        return None
    return int(number)


def area(value: Any) -> float | None:
    """An area in px^2; NaN where the file claims none (null or 0), None for what is no number from 0."""
    number = 0.0 if value is None else finite(value)
    if number is None or not 0 <= number <= LARGEST_AREA:
        return None
    return number or math.nan


def shown(value: Any) -> str:
    """A value of a file for a message, cut short."""
    # Only the beginning is shown, so only that is written.
    start = value[: _SHOWN_ITEMS if isinstance(value, list) else 200] if isinstance(value, list | str) else value
    try:
        words = text(json.dumps(start, ensure_ascii=False, default=str))
    except RecursionError:
        return "a deeply nested value"
    return words if len(words) <= 60 else words[:59] + "…"


def text(value: Any) -> str:
    """The value as text that can be stored; JSON can spell half characters, which no file can hold."""
    return str(value).encode(errors="replace").decode()
