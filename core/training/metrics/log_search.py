"""Reads the last lines of a worker's output, and searches in it.

It reads blocks from the end, up to a bound. So the last lines cost the same for any length of log, and a search in a
very long log says how far it went.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import AppError
from core.training.metrics.reverse_lines import blocks_backwards

LEVELS: Final = ("info", "warning", "error")
# Takes a fraction of a second to search. A worker needs months to write as much.
SEARCH_BYTES: Final = 32 * 2**20
# Characters shown of a line.
_LINE_LENGTH: Final = 2000
_BLOCK_BYTES: Final = 2**16
# A line of core.worker: date, time, level, message.
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ([A-Z]+) ")
_LEVEL_OF: Final = {"DEBUG": "info", "INFO": "info", "WARNING": "warning", "ERROR": "error", "CRITICAL": "error"}
# Characters for private use as marks. They are replaced in a log that has them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_NO_MARKS: Final = {ord(_OPEN): "?", ord(_CLOSE): "?"}
_TRACEBACK: Final = "Traceback (most recent call last)"

_Matches = Callable[[list[str]], list[bool]]


@dataclass(frozen=True, slots=True)
class LogQuery:
    """A query for the last `lines` of a log that match.

    `search` is text, case-insensitive, or with `is_regex` a regular expression (RE2, which never takes exponential
    time). `level` is one of LEVELS and includes worse ones. `until` is an offset; the log after it is ignored.
    """

    lines: int = 200
    search: str = ""
    is_regex: bool = False
    level: str = "info"
    until: int | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether the query leaves out lines."""
        return bool(self.search) or self.level != LEVELS[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line; `marks` are the (start, end) of each match of the search."""

    text: str
    level: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """The result of a query, oldest line first; `match_count` counts all matching lines, also those left out.

    `size` is the log's in bytes, `searched` the bytes that were searched, from the end.
    """

    lines: tuple[LogLine, ...]
    match_count: int
    size: int
    searched: int

    @property
    def is_whole(self) -> bool:
        """Whether the whole log was searched."""
        return self.searched >= self.size


def search_log(path: Path, query: LogQuery) -> LogView:
    """Searches the last matching lines of a log. Raises AppError for an invalid regular expression."""
    size = path.stat().st_size if path.is_file() else 0
    size = size if query.until is None else min(size, query.until)
    last: list[LogLine] = []
    count = searched = 0
    matches = _matcher(query)
    for lines, whole in _levelled_blocks(path, size):
        kept = [line for line in lines if LEVELS.index(line.level) >= LEVELS.index(query.level)]
        kept = [line for line, is_hit in zip(kept, matches([line.text for line in kept]), strict=True) if is_hit]
        count += len(kept)
        searched = whole
        last = kept[len(kept) - min(len(kept), query.lines - len(last)) :] + last
        if len(last) >= query.lines and not query.is_narrow:
            break
    return LogView(lines=tuple(_marked(last, query)), match_count=count, size=size, searched=searched)


def _levelled_blocks(path: Path, end: int) -> Iterator[tuple[list[LogLine], int]]:
    """Blocks of lines with their levels, from the end, each with the number of bytes read so far."""
    stop = max(0, end - SEARCH_BYTES)
    waiting: list[str] = []  # first lines of the later block, whose level is that of a line in this one
    for block, block_end in blocks_backwards(path, _BLOCK_BYTES, end, SEARCH_BYTES, cut_line=True):
        texts = [line.decode(errors="replace")[:_LINE_LENGTH].rstrip("\r") for line in block] + waiting
        first = next((index for index, text in enumerate(texts) if _own_level(text)), 0)
        waiting, level = texts[:first], LEVELS[0]
        lines = []
        for text in texts[first:]:
            level = _own_level(text) or level
            lines.append(LogLine(text=text, level=level))
        yield lines, end - block_end + sum(len(line) + 1 for line in block)
    yield [LogLine(text=text, level=LEVELS[0]) for text in waiting], end - stop


def _own_level(text: str) -> str:
    """The level in a line's stamp; "" for a line that continues the one before."""
    stamp = _STAMP.match(text)
    if stamp:
        return _LEVEL_OF.get(stamp[1], LEVELS[0])
    return "error" if text.startswith(_TRACEBACK) else ""


def _matcher(query: LogQuery) -> _Matches:
    if not query.search:
        return lambda texts: [True] * len(texts)
    if not query.is_regex:
        wanted = query.search.lower()
        return lambda texts: [wanted in text.lower() for text in texts]
    # arrow, not re: a user's pattern must not keep the page server busy for hours.
    pattern = _pattern(query.search)
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        reason = str(error).partition(": ")[2].rpartition(": ")[0]
        message = f"{query.search!r} is not a regular expression: {reason or error}."
        raise AppError(message, "Correct it, or search for it as plain text.") from error
    return lambda texts: pc.match_substring_regex(pa.array(texts, pa.string()), pattern).to_pylist()


def _marked(lines: list[LogLine], query: LogQuery) -> list[LogLine]:
    """The lines with the marks of the matches."""
    if not query.search:
        return lines
    texts = pa.array([line.text.translate(_NO_MARKS) for line in lines], pa.string())
    pattern = _pattern(query.search if query.is_regex else re.escape(query.search))
    pylist = pc.replace_substring_regex(texts, pattern, f"{_OPEN}\\0{_CLOSE}").to_pylist()
    return [
        LogLine(text=line.text, level=line.level, marks=tuple(_spans(marked)))
        for line, marked in zip(lines, pylist, strict=True)
    ]


def _spans(marked: str) -> Iterator[tuple[int, int]]:
    """The (start, end) of each marked part, in the text without marks."""
    before, *hits = marked.split(_OPEN)
    start = len(before)
    for hit in hits:
        text, _, after = hit.partition(_CLOSE)
        if text:
            yield start, start + len(text)
        start += len(text) + len(after)


def _pattern(search: str) -> str:
    return f"(?i){search}"
