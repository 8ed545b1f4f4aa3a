"""The one range of values by which all deep images of a data set are mapped to 8 bits."""

import math
from typing import Final

import pandas as pd

from core.errors import AppError
from core.images import BitRange

_EXAMPLE: Final = "Give two numbers, the darkest and the brightest value, e.g. 0,4095."


def bit_range_of(facts: pd.DataFrame) -> BitRange | None:
    """The lowest and the highest value of all deep images in a frame of `ImageFact`; None if it has none."""
    deep = facts[facts["is_deep"].to_numpy(dtype=bool)]
    return (float(deep["low"].min()), float(deep["high"].max())) if len(deep) else None


def parse_bit_range(text: str) -> BitRange | None:
    """The range in a text `LOW,HIGH`; None for "". Raises AppError."""
    if not text:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise AppError(f"The range {text[:40]!r} is not two numbers.", _EXAMPLE) from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise AppError(f"The range {text[:40]!r} does not rise from a number to a larger one.", _EXAMPLE)
    return low, high


def range_in_words(bit_range: BitRange) -> str:
    """The range for people: `0 to 4,095`."""
    return " to ".join(f"{value:,.6g}" if abs(value) < 1e6 else f"{value:.6g}" for value in bit_range)
