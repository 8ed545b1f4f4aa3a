"""Images whose file ends too early: completes them, and counts the rows that are missing.

The file is completed, rather than Pillow's `LOAD_TRUNCATED_IMAGES` set: that setting holds for all threads, so another
cut image would pass for a whole one meanwhile.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from core.images import open_image

# Of the rows: as much as a file that lost its last block. More is another image than the one that was labelled.
MOST_MISSING: Final = 0.05

_EOI, _SOS = 0xD9, 0xDA
_STANDALONE: Final = (0x01, *range(0xD0, 0xD9))
_FRAMES: Final = (0xC0, 0xC1, 0xC2)
_END_OF_JPEG: Final = b"\xff\xd9"
# libjpeg fills with grey what it has no data for; turning YCC into RGB may round.
_GREY, _ROUNDING = 128, 2
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a PNG, by its colour type
_DAMAGED: Final = (OSError, ValueError, SyntaxError, struct.error, zlib.error, LookupError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A completed file, and how many of the image's rows (as stored) are missing at its end.

    `content` is empty if a PNG lacks more rows than MOST_MISSING.
    """

    content: bytes
    missing_rows: int
    rows: int

    @property
    def share(self) -> float:
        """The share of missing rows, 0 to 1."""
        return self.missing_rows / max(self.rows, 1)


def complete(content: bytes) -> Completed | None:
    """Completes a JPEG or PNG that ends too early; None for a whole file, another format, or one without pixels."""
    try:
        if content.startswith(_PNG):
            return _complete_png(content)
        if content.startswith(b"\xff\xd8") and not content.rstrip(b"\0").endswith(_END_OF_JPEG):
            return _complete_jpeg(content)
    except _DAMAGED:
        return None
    return None


def _complete_jpeg(content: bytes) -> Completed | None:
    scans = _Scans(content)
    if not scans.starts:
        return None
    whole = content + _END_OF_JPEG
    pixels = _pixels(whole)
    if not scans.are_complete:
        # A progressive JPEG whose later passes are missing looks blurred everywhere.
        missing = len(pixels)
    elif len(scans.starts) == 1:
        # Unsigned: what lies below wraps round to large numbers.
        missing = _trailing((pixels - np.uint8(_GREY - _ROUNDING)) <= 2 * _ROUNDING)
    else:
        # The last pass reached the rows in which it changes something. Its header stays: libjpeg smooths without it.
        before = _pixels(content[: scans.starts[-1]] + _END_OF_JPEG)
        missing = _trailing(pixels == before)
    return Completed(content=whole, missing_rows=missing, rows=len(pixels))


def _pixels(content: bytes) -> npt.NDArray[np.uint8]:
    with open_image(io.BytesIO(content)) as image:
        pixels = np.asarray(image)
    return pixels.reshape(pixels.shape[0], pixels.shape[1], -1)


def _trailing(is_missing: npt.NDArray[np.bool_]) -> int:
    """The number of rows at the end of (rows, columns, channels) that are missing from side to side."""
    present = np.flatnonzero(~is_missing.all(axis=(1, 2)))
    return len(is_missing) - 1 - int(present[-1]) if len(present) else len(is_missing)


class _Scans:
    """The passes over a JPEG's coefficients: where the data of each begin, and whether any coefficient lacks a pass."""

    def __init__(self, content: bytes) -> None:
        self.starts: list[int] = []
        self._left: dict[int, set[int]] = {}  # by component: coefficients whose last bit is still missing
        for at, marker, body in _segments(content):
            if marker in _FRAMES:
                self._left = {body[6 + 3 * index]: set(range(64)) for index in range(body[5])}
            elif marker == _SOS:
                self.starts.append(at + 4 + len(body))
                self._take(body)

    @property
    def are_complete(self) -> bool:
        """Whether no pass is missing. The last one may be cut off."""
        return bool(self._left) and not any(self._left.values())

    def _take(self, body: bytes) -> None:
        count = body[0]
        first, last, bits = body[1 + 2 * count : 4 + 2 * count]
        if bits & 0x0F:
            return  # the lowest bits come later
        for index in range(count):
            self._left.get(body[1 + 2 * index], set()).difference_update(range(first, last + 1))


def _segments(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The marked parts of a JPEG: place, marker, content without its length. Pixels lie between: they are skipped."""
    at = 2
    while (at := content.find(b"\xff", at)) >= 0 and at + 4 <= len(content):
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0 or marker in _STANDALONE:
            at += 2
        elif marker == _EOI:
            return
        else:
            length = int.from_bytes(content[at + 2 : at + 4], "big")
            if at + 2 + length > len(content):
                return
            yield at, marker, content[at + 4 : at + 2 + length]
            at += 2 + length


def _complete_png(content: bytes) -> Completed | None:
    """Rows follow each other in a PNG, so the length of the unpacked data tells how many there are."""
    before, packed, has_end = _png_parts(content)
    if has_end or not packed:
        return None
    width, height, depth, colour, _, _, interlaced = struct.unpack(">2L5B", before[16:29])
    if interlaced:
        return None
    row_bytes = 1 + (width * depth * _CHANNELS[colour] + 7) // 8
    data = zlib.decompressobj().decompress(packed, row_bytes * height)
    rows = len(data) // row_bytes
    # The header may claim any height; only what is nearly whole is completed.
    if height - rows > MOST_MISSING * height:
        return Completed(content=b"", missing_rows=height - rows, rows=height)
    # A row that is there in part counts as missing. Filter 0 and zeros: black.
    pixels = data[: rows * row_bytes] + bytes(row_bytes * (height - rows))
    whole = _PNG + before[8:] + _chunk(b"IDAT", zlib.compress(pixels, 1)) + _chunk(b"IEND", b"")
    return Completed(content=whole, missing_rows=height - rows, rows=height)


def _png_parts(content: bytes) -> tuple[bytes, bytes, bool]:
    """All before the pixels, the packed pixels as far as they go, and whether the file has its end."""
    at, first, packed = 8, 0, list[bytes]()
    while at + 8 <= len(content):
        length, kind = struct.unpack(">L4s", content[at : at + 8])
        if kind == b"IEND":
            return content[:first], b"".join(packed), True
        if kind == b"IDAT":
            first = first or at
            packed.append(content[at + 8 : at + 8 + length])
        at += 12 + length
    return content[:first], b"".join(packed), False


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
