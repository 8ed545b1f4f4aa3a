"""Reads single numbers of label files, and words their faults."""

from typing import Any

from core.coco.values import LARGEST_PX
from core.labels.formats.base import quoted


class NumberFaultError(Exception):
    """A value is no usable number: `check` is the finding's id, the text describes the value."""

    def __init__(self, check: str, what: str) -> None:
        super().__init__(what)
        self.check = check


def read_number(value: Any) -> float:
    """A finite float from a text or a JSON value. Raises NumberFaultError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or "_" in str(value)[:400]:
        raise NumberFaultError("malformed-line", f"{quoted(str(value)[:400])} is not a number")
    try:
        number = float(value)
    except ValueError:
        raise NumberFaultError("malformed-line", f"{quoted(str(value))} is not a number") from None
    except OverflowError:
        raise NumberFaultError("non-finite", "a number too large for an image") from None
    if not -LARGEST_PX <= number <= LARGEST_PX:
        raise NumberFaultError("non-finite", f"{quoted(str(value))} is not a finite number of an image's size")
    return number


def read_size(value: Any) -> int:
    """A width or height in px, 0 for anything else: the real size is read from the image anyway."""
    try:
        return max(int(read_number(value)), 0)
    except NumberFaultError:
        return 0
