"""Parses many small text files at once that are all written alike: `class number number …`, one space between.

A data set has hundreds of thousands of such files of some ten lines. Python takes ten times as long for each line as
Arrow takes for all. Whatever is unusual in a file is left to core.labels.formats.rows.lines.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as arrow_csv

# A class and the numbers of a box; and the longest rows that are no polygons, KITTI's with a score.
_SHORTEST, _LONGEST = 5, 17
# A text that holds one of these is not even: blanks other than spaces, and characters that mark binary data.
_STRANGE: Final = bytes(character for character in range(32) if character != 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvenRows:
    """Rows of several files: class tokens, (N, M) numbers, and how many rows each file has."""

    tokens: list[str]
    numbers: npt.NDArray[np.float64]
    rows_of_files: list[int]


def width_of(content: bytes) -> int:
    """The number of fields of the first line of a file, 0 if its rows cannot be even."""
    end = content.find(b"\n")
    width = content.count(b" ", 0, end if end >= 0 else len(content)) + 1
    return width if _SHORTEST <= width <= _LONGEST else 0


def parse_even(contents: list[bytes], width: int) -> EvenRows | None:
    """The rows of files whose lines all have a class and `width` - 1 numbers; None if one is written otherwise."""
    whole = [content if content.endswith(b"\n") else content + b"\n" for content in contents]
    text = b"".join(whole)
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    if not text.isascii() or len(text) != len(text.translate(None, _STRANGE)):
        return None
    try:
        table = _table(text, width)
    except pa.ArrowInvalid:
        return None
    tokens = _texts(table.column(0).combine_chunks())
    counts = [content.count(b"\n") for content in whole]
    if sum(counts) != len(tokens) or "" in tokens:
        return None
    numbers = np.column_stack([table.column(place).to_numpy() for place in range(1, width)])
    return EvenRows(tokens=tokens, numbers=numbers, rows_of_files=counts)


def _texts(column: pa.DictionaryArray) -> list[str]:
    """The texts of a column; equal ones are one object, as millions of rows have few classes."""
    words = np.array(column.dictionary.to_pylist(), dtype=object)
    texts: list[str] = words[column.indices.to_numpy()].tolist() if len(words) else []
    return texts


def _table(text: bytes, width: int) -> pa.Table:
    names = [str(place) for place in range(width)]
    types = {name: pa.float64() for name in names} | {"0": pa.dictionary(pa.int32(), pa.string())}
    return arrow_csv.read_csv(
        pa.py_buffer(text),
        # One block: an error then leaves nothing half read.
        read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 1),
        parse_options=arrow_csv.ParseOptions(delimiter=" ", quote_char=False, ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(column_types=types, null_values=[], strings_can_be_null=False),
    )
