"""Checks a value against Detectron2's default of its key: types, lengths, bounds.

Detectron2 compares only the outermost type, and accepts None for any key. A wrong element of a list fails only when the
model is built, long after the start.
"""

import math
from typing import Any, Final

# One number per channel, stage or side of a box: no other length is valid.
_AS_LONG_AS_THE_DEFAULT: Final = ("PIXEL_MEAN", "PIXEL_STD", "BBOX_REG_WEIGHTS", "DEFORM_ON_PER_STAGE")
# The defaults are whole numbers, but fractions are valid.
_FRACTIONS: Final = ("MODEL.ANCHOR_GENERATOR.SIZES", "MODEL.ANCHOR_GENERATOR.ANGLES")
# No step means no decay.
_MAY_BE_EMPTY: Final = ("SOLVER.STEPS",)
_SHARES: Final = ("_THRESH", "THRESH_TEST", "_FRACTION", "THRESHOLDS", "_THRESHOLD", ".IOUS")


def fits(name: str, default: Any, value: Any) -> bool:
    """Whether the value is of the default's type, down to the elements of nested lists; numbers must be finite."""
    if default is None:  # the only such key is a number or nothing
        return value is None or _is_number(value, fraction=True)
    if isinstance(default, list | tuple):
        return isinstance(value, list | tuple) and _elements_fit(name, list(default), list(value))
    if isinstance(default, bool | str):
        return type(value) is type(default)
    return _is_number(value, fraction=isinstance(default, float) or name in _FRACTIONS)


def out_of_bounds(name: str, default: Any, value: Any) -> str:
    """Why a value of the right type is out of bounds, as half a sentence: "it takes …"; "" if it is not."""
    numbers, usual = _numbers(value), _numbers(default)
    if name.endswith(_SHARES) and all(0 <= number <= 1 for number in usual):
        return "" if all(0 <= number <= 1 for number in numbers) else "it takes values from 0 to 1"
    # If no default is negative (a count, a size, a rate), no value may be.
    if usual and min(usual) >= 0 and numbers and min(numbers) < 0:
        return "it cannot be negative"
    return ""


def _elements_fit(name: str, default: list[Any], value: list[Any]) -> bool:
    if name.endswith(_AS_LONG_AS_THE_DEFAULT) and len(value) != len(default):
        return False
    # An empty default names features of the backbone.
    usual = default[0] if default else ""
    return bool(value or not default or name in _MAY_BE_EMPTY) and all(fits(name, usual, element) for element in value)


def _is_number(value: Any, fraction: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if fraction else isinstance(value, int)


def _numbers(value: Any) -> list[float]:
    """All numbers in a value, also in nested lists."""
    if isinstance(value, list | tuple):
        return [number for element in value for number in _numbers(element)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []
