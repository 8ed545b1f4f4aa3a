"""The unpacked bytes of a tar (plain, gz, bz2, xz; zst from Python 3.14 on), counted and in bounded memory."""

import bz2
import gzip
import io
import lzma
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

from core.errors import UploadError
from core.labels.imports.archive.entry import CHECK_WHOLE, REPACK
from core.labels.imports.archive.meter import Meter

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK: Final = 512
_CHUNK: Final = 2**20
# Names have 1,000 characters at most; the rest are attributes of the file system.
_LONGEST_HEADER: Final = 2**20
# xz uses 64 MiB at its highest level.
_LZMA_MEMORY: Final = 256 * 2**20
_GZIP, _BZIP2, _XZ, _LZMA, _ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x5d\0\0", b"\x28\xb5\x2f\xfd"
_COMPRESSED: Final = (_GZIP, _BZIP2, _XZ, _LZMA, _ZSTD)


def is_compressed(start: bytes) -> bool:
    """Whether these first bytes of a file are those of a compressed stream."""
    return start.startswith(_COMPRESSED)


def cut_off() -> UploadError:
    """The error for a tar without its end."""
    return UploadError("The archive is broken: it has no end, so a part of it is missing.", CHECK_WHOLE)


def no_archive() -> UploadError:
    """The error for content that is no archive."""
    return UploadError("The upload is no zip or tar archive.", "Pack the folder with images and labels as a zip.")


class TarStream:
    """Reads a tar's blocks in their order."""

    def __init__(self, archive: Path, meter: Meter) -> None:
        self._meter = meter
        self._packed = archive.open("rb")
        self._source = _unpacked(self._packed)
        self._packed_bytes = max(meter.packed_bytes, 1)

    def __enter__(self) -> "TarStream":
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()
        self._packed.close()

    @property
    def share(self) -> float:
        """The part of the packed file that has been read, 0 to 1."""
        return min(self._packed.tell() / self._packed_bytes, 1.0)

    def block(self) -> bytes:
        """The next block; less than a block, or nothing, at the end of the file."""
        block = b""
        while len(block) < BLOCK and (more := self._source.read(BLOCK - len(block))):
            block += more
        self._meter.add(len(block))
        return block

    def header(self, size: int) -> bytes:
        """Data of this size that belongs to a header. Raises UploadError if it is too long."""
        if size > _LONGEST_HEADER:
            raise UploadError(f"A header in the archive has {size:,} bytes, where names have a hundred.", REPACK)
        return b"".join(self.data(size))

    def data(self, size: int) -> Iterator[bytes]:
        """The content of a file of this size, in pieces. Raises UploadError if the archive ends before."""
        remaining = size
        while remaining:
            chunk = self._source.read(min(remaining, _CHUNK))
            if not chunk:
                raise cut_off()
            self._meter.add(len(chunk))
            remaining -= len(chunk)
            yield chunk
        if len(self._source.read(-size % BLOCK)) < -size % BLOCK:
            raise cut_off()


def _unpacked(packed: IO[bytes]) -> IO[bytes]:
    start = packed.read(8)
    packed.seek(0)
    if start.startswith(_GZIP):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=packed, mode="rb"))
    if start.startswith(_BZIP2):
        return bz2.BZ2File(packed)
    if start.startswith((_XZ, _LZMA)):
        return cast("IO[bytes]", io.BufferedReader(_XzFile(packed), _CHUNK))
    if start.startswith(_ZSTD) and sys.version_info >= (3, 14):
        from compression.zstd import ZstdFile

        return cast("IO[bytes]", ZstdFile(packed))
    return packed


class _XzFile(io.RawIOBase):
    """Unpacks xz and LZMA like `lzma.LZMAFile`, which has no limit for the memory that a header asks for."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._pending = b""
        self._decoder = self._new_decoder()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        data = b""
        while not data and self._has_more():
            packed, self._pending = self._pending, b""
            if not packed and self._decoder.needs_input and not (packed := self._packed.read(_CHUNK)):
                raise EOFError("it ends before the end of its compressed data")
            data = self._decompress(packed, len(view))
        view[: len(data)] = data
        return len(data)

    def _decompress(self, packed: bytes, most: int) -> bytes:
        try:
            return self._decoder.decompress(packed, most)
        except lzma.LZMAError as error:
            if "Memory usage limit" not in str(error):
                raise
            raise UploadError(
                f"The archive needs more than {_LZMA_MEMORY / 2**20:.0f} MiB of memory to unpack.",
                "Pack it with a smaller dictionary: `xz -9` is enough.",
            ) from error

    def _has_more(self) -> bool:
        """Whether a stream is open. Opens the next one, after the zeros that may lie between two streams."""
        if not self._decoder.eof:
            return True
        rest = self._decoder.unused_data.lstrip(b"\0")
        while not rest and (chunk := self._packed.read(_CHUNK)):
            rest = chunk.lstrip(b"\0")
        if not rest:
            return False
        self._pending = rest
        self._decoder = self._new_decoder()
        return True

    def _new_decoder(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=_LZMA_MEMORY)
