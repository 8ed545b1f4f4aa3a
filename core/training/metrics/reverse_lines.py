"""Reads the lines of a file from its end, so that the last lines cost the same for any length of file."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.records import damaged

_BLOCK_BYTES: Final = 2**20


def blocks_backwards(
    path: Path,
    block_bytes: int = _BLOCK_BYTES,
    end: int | None = None,
    limit: int | None = None,
    cut_line: bool = False,
) -> Iterator[tuple[list[bytes], int]]:
    """The complete lines of a file, a block at a time from the end, and the offset at which each block ends.

    The lines of a block are in the file's order and without line ends. Only one block, or the longest line, is in
    memory. A missing file has no lines. Raises DamagedFileError for a folder in its place.

    Args: end, the offset to begin at instead of the file's end; limit, the most bytes to read; cut_line, whether a last
    line without a line end counts.
    """
    try:
        handle = path.open("rb")
    except FileNotFoundError:
        return
    except IsADirectoryError:
        raise damaged(path, "it is a folder") from None
    with handle:
        size = handle.seek(0, os.SEEK_END)
        start = size if end is None else min(end, size)
        stop = 0 if limit is None else max(0, start - limit)
        rest = b""  # the first bytes of the block read before, which end a line
        while start > stop:
            length = min(block_bytes, start - stop)
            start -= length
            handle.seek(start)
            data = handle.read(length) + rest
            if not cut_line:
                data = data[: data.rfind(b"\n") + 1]
                cut_line = bool(data)
            cut = data.find(b"\n") + 1 if start else 0
            if start and not cut:  # no line begins in here
                rest = data
                continue
            rest, lines = data[:cut], data[cut:].split(b"\n")
            if not lines[-1]:
                lines.pop()
            if lines:
                yield lines, start + len(data)
