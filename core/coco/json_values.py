"""Values out of somebody else's JSON, none of them trusted."""

import json
import math
from typing import Any


def is_id(key: Any) -> bool:
    """Whether it can be an image's or a category's id: a whole number or a text."""
    return isinstance(key, int | str) or (isinstance(key, float) and key.is_integer())


def finite(value: Any) -> float | None:
    """The number, or None for what is none. A whole number too large for a float counts as none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def side(value: Any) -> int:
    """A picture's side in px; 0 where the file claims nothing usable."""
    number = finite(value)
    return int(number) if number is not None and 0 <= number < 2**31 else 0


def shown(value: Any) -> str:
    """A value of a file for a message, cut short."""
    words = text(json.dumps(value, ensure_ascii=False, default=str))
    return words if len(words) <= 60 else words[:59] + "…"


def text(value: Any) -> str:
    """The value as text that can be stored; JSON can spell half characters, which no file can hold."""
    return str(value).encode(errors="replace").decode()
