"""Whether a value can stand where Detectron2's default stands: types, lengths, bounds.

Detectron2 itself compares the outermost type only, and takes None for anything; what is wrong inside of a list shows
when the model is built, long after the start.
"""

import math
from typing import Any, Final

# One number a channel, a stage or a side of a box: another length cannot be meant.
_AS_LONG_AS_THE_DEFAULT: Final = ("PIXEL_MEAN", "PIXEL_STD", "BBOX_REG_WEIGHTS", "DEFORM_ON_PER_STAGE")
# Whole numbers by default, and computed with as fractions.
_FRACTIONS: Final = ("MODEL.ANCHOR_GENERATOR.SIZES", "MODEL.ANCHOR_GENERATOR.ANGLES")
# No step is no decay.
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
    """Why a value that fits cannot be, as half a sentence: "it takes …"; "" where it can."""
    given, usual = _numbers(value), _numbers(default)
    if name.endswith(_SHARES) and all(0 <= number <= 1 for number in usual):
        return "" if all(0 <= number <= 1 for number in given) else "it takes values from 0 to 1"
    # Where no default is negative (a count, a size, a rate), no value can be.
    if usual and min(usual) >= 0 and given and min(given) < 0:
        return "it cannot be negative"
    return ""


def _elements_fit(name: str, default: list[Any], value: list[Any]) -> bool:
    if name.endswith(_AS_LONG_AS_THE_DEFAULT) and len(value) != len(default):
        return False
    # An empty default names features of the backbone.
    usual = default[0] if default else ""
    return bool(value or not default or name in _MAY_BE_EMPTY) and all(fits(name, usual, one) for one in value)


def _is_number(value: Any, fraction: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if fraction else isinstance(value, int)


def _numbers(value: Any) -> list[float]:
    """All numbers in a value, those of nested lists included."""
    if isinstance(value, list | tuple):
        return [number for one in value for number in _numbers(one)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []
