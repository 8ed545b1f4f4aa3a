"""What all readers of CSV files share: delimiters, the usual names of columns, and columns of numbers."""

import csv
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import numpy as np
import numpy.typing as npt

DELIMITERS: Final = (",", ";", "\t")
# Meaning -> names in the spelling of `plain_name`. Of several in a file, the first counts: `width` may be the image's,
# so `w` goes before it.
COLUMN_NAMES: Final = {
    "image": ("image", "filename", "imagename", "file", "imageid"),
    "class": ("class", "category", "label", "classname", "categoryname", "labelname", "categoryid", "classid"),
    "score": ("score", "confidence", "conf"),
    "x1": ("x1", "xmin", "left"),
    "y1": ("y1", "ymin", "top"),
    "x2": ("x2", "xmax", "right"),
    "y2": ("y2", "ymax", "bottom"),
    "x": ("x", "bboxx"),
    "y": ("y", "bboxy"),
    "width": ("w", "width", "bboxw", "bboxwidth"),
    "height": ("h", "height", "bboxh", "bboxheight"),
}


def plain_name(name: str) -> str:
    """The name of a column in lower-case letters and digits: `imageid` for `Image_ID`."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def split_line(line: str, delimiter: str) -> list[str]:
    """The fields of a line; none if it cannot be split: a quote that does not end, or a field of more than 128 kB."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def parse_numbers(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """(N,) the numbers, NaN for other texts."""
    # Python would also accept 1_000 and digits of other scripts.
    if (everything := "".join(texts)).isascii() and "_" not in everything:
        with suppress(ValueError):
            return np.array(list(map(float, texts)), dtype=np.float64)
    return np.array([parse_number(text) for text in texts], dtype=np.float64)


def parse_number(text: str) -> float:
    """The number, NaN for another text."""
    with suppress(ValueError):
        return float(text) if text.isascii() and "_" not in text else np.nan
    return np.nan
