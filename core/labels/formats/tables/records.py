"""Cuts a CSV text into records, and goes on after a broken one."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

# A file with more quotes that do not end is no CSV file. Each costs up to 128 kB of reading twice.
BROKEN_RECORDS: Final = 1_000
# Small enough for a processor's cache.
_CHARACTERS_AT_ONCE: Final = 2**18
_RECORDS_AT_ONCE: Final = 5_000


class BrokenFileError(Exception):
    """A file has too many records that cannot be cut into fields; the text gives the line."""


class _Lines:
    """The lines of a text, one after another. `position` and `number` (of the next line, from 1) can be set back."""

    def __init__(self, text: str, position: int, number: int) -> None:
        self.text, self.position, self.number = text, position, number

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        start = self.position
        if start >= len(self.text):
            raise StopIteration
        self.position = self.end_of_line(start)
        self.number += 1
        return self.text[start : self.position]

    def end_of_line(self, start: int) -> int:
        """The position after the line that holds `start`."""
        return self.text.find("\n", start) + 1 or len(self.text)


Record = list[str] | None


def pieces(
    text: str, delimiter: str, *, fields: int, start: int = 0, line: int = 1
) -> Iterator[tuple[Sequence[int], Sequence[Record]]]:
    """The lines and fields of all records as `records` gives them, some thousand at a time; empty ones may be there.

    Text without a quote is cut where the delimiters stand, which takes a third of the time.
    """
    while start < len(text):
        end = text.find("\n", start + _CHARACTERS_AT_ONCE) + 1 or len(text)
        block = text[start:end]
        if '"' in block:
            break
        lines = block.removesuffix("\n").split("\n")
        yield range(line, line + len(lines)), [each.split(delimiter) for each in lines]
        start, line = end, line + len(lines)
    numbered = records(text, delimiter, fields=fields, start=start, line=line)
    while piece := list(islice(numbered, _RECORDS_AT_ONCE)):
        yield [number for number, _ in piece], [record for _, record in piece]


def records(
    text: str, delimiter: str, *, fields: int = 0, start: int = 0, line: int = 1
) -> Iterator[tuple[int, Record]]:
    """The 1-based line and the fields of each record that is not empty, from a position on.

    The fields are None for a record that cannot be cut: a field of more than 128 kB, or a quote that does not end. A
    record over several lines without `fields` fields is taken for the latter. Raises BrokenFileError if there are many.
    """
    lines = _Lines(text, start, line)
    # Strict: else a quote without its end takes all rows up to the next one into a field.
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    broken = 0
    while True:
        begin, number = lines.position, lines.number
        try:
            record: Record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            record = None
        if record is None or (lines.number - number > 1 and fields and len(record) != fields):
            # The next record begins on the next line, not where the quote happens to end.
            lines.position, lines.number = lines.end_of_line(begin), number + 1
            record, broken = None, broken + 1
        if broken > BROKEN_RECORDS:
            raise BrokenFileError(f"line {number}")
        if record != []:
            yield number, record


def head_records(text: str, delimiter: str, at_most: int) -> list[tuple[int, int, list[str]]]:
    """The first records as (position after it, line after it, fields), without empty and broken ones."""
    lines = _Lines(text, 0, 1)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    taken: list[tuple[int, int, list[str]]] = []
    while len(taken) < at_most:
        try:
            record = next(reader)
        except StopIteration:
            break
        except csv.Error:
            continue
        if record:
            taken.append((lines.position, lines.number, record))
    return taken
