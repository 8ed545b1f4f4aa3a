"""Counts the entries of a zip before they are listed: `zipfile` keeps half a kilobyte for each."""

import os
import struct
from pathlib import Path
from typing import IO, Final

from core.labels.imports.archive.entry import REPACK
from core.labels.imports.archive.meter import LimitError, too_many_entries
from core.settings import Limits

_END: Final = struct.Struct("<4s4H2LH")  # end of the central directory
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64: Final = struct.Struct("<4sLQL")
_HEADER: Final = struct.Struct("<4s24x3H12x")  # an entry: its signature, and the lengths of name, extra and comment
_END_SIGNATURE: Final = b"PK\x05\x06"
_LONGEST_COMMENT: Final = 2**16
# A million entries with names of 200 bytes. `zipfile` reads the directory in one piece.
_LARGEST_DIRECTORY: Final = 256 * 2**20


def check_directory(archive: Path, limits: Limits) -> None:
    """Raises LimitError if the zip lists more entries than the limit, or its directory is too large.

    A zip without a readable directory passes; `zipfile` then says what is wrong.
    """
    with archive.open("rb") as handle:
        place = _find(handle)
        if place is None:
            return
        start, size = place
        if size > _LARGEST_DIRECTORY:
            raise LimitError(f"The list of files in the archive takes {size / 2**20:,.0f} MiB.", REPACK)
        handle.seek(max(start, 0))
        data = memoryview(handle.read(size))
    _check_count(data, limits)


def _check_count(data: memoryview, limits: Limits) -> None:
    """The number in the end record is not used: it can lie, and `zipfile` reads whatever the directory holds."""
    position = count = 0
    while position + _HEADER.size <= len(data):
        signature, *lengths = _HEADER.unpack_from(data, position)
        if signature != b"PK\x01\x02":
            return
        count += 1
        if count > limits.unpacked_files:
            raise too_many_entries(limits)
        position += _HEADER.size + sum(lengths)


def _find(handle: IO[bytes]) -> tuple[int, int] | None:
    """Start and size of the central directory, found as `zipfile` finds it."""
    end = handle.seek(0, os.SEEK_END)
    tail_start = max(end - _LONGEST_COMMENT - _END.size, 0)
    handle.seek(tail_start)
    tail = handle.read()
    at = max(len(tail) - _END.size, 0)
    if not (tail[at:].startswith(_END_SIGNATURE) and tail.endswith(b"\0\0")):
        # There is a comment after the record.
        at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END.size:
        return None
    size = _END.unpack_from(tail, at)[5]
    position = tail_start + at
    size_64 = _size_64(handle, position)
    if size_64 is not None:
        return position - _LOCATOR_64.size - _END_64.size - size_64, size_64
    return position - size, size


def _size_64(handle: IO[bytes], position: int) -> int | None:
    at = position - _LOCATOR_64.size - _END_64.size
    if at < 0:
        return None
    handle.seek(at)
    data = handle.read(_END_64.size + _LOCATOR_64.size)
    is_64 = data[_END_64.size :].startswith(b"PK\x06\x07") and data.startswith(b"PK\x06\x06")
    return int(_END_64.unpack_from(data)[8]) if is_64 else None
