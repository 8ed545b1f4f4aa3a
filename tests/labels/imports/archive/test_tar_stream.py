"""A tar is unpacked in bounded memory, however little its packed form says."""

import bz2
import io
import lzma
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from core.labels.imports.archive import meter, tar_stream
from core.labels.imports.archive.meter import Meter
from core.labels.imports.archive.tar_stream import TarStream
from core.settings import Limits
from tests.factories.archives import refused, tar_of, unpacked


def header_of(kind: bytes, size: int) -> bytes:
    """A header that says that this much follows."""
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_header_of_200_mb_is_refused_and_not_read(tmp_path: Path, kind: bytes) -> None:
    packer = bz2.BZ2Compressor()
    data = packer.compress(header_of(kind, 200_000_000))
    data += packer.compress(b"a" * 20_000_000) + packer.flush()
    (tmp_path / "a.tar").write_bytes(data)
    tracemalloc.start()
    try:
        assert "A header in the archive has 200,000,000 bytes" in refused(tmp_path / "a.tar", tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    finally:
        tracemalloc.stop()


def test_folders_in_few_bytes_are_refused_as_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "_RATIO_FROM_BYTES", 2**20)
    tar_of(tmp_path / "a.tar", "w:bz2", ["folder/"] * 5000, tarfile.DIRTYPE)
    assert "times its size" in refused(tmp_path / "a.tar", tmp_path)


def lzma_alone(content: bytes, dictionary: int) -> bytes:
    """LZMA of the old kind, whose header claims a dictionary of this size."""
    data = bytearray(lzma.compress(content, lzma.FORMAT_ALONE))
    data[1:5] = dictionary.to_bytes(4, "little")
    return bytes(data)


def xz(content: bytes, dictionary: int) -> bytes:
    """An xz whose block claims a dictionary of this size: 64 MiB or, in the code of the format, 4 GiB - 1."""
    data = bytearray(lzma.compress(content, preset=9))
    # After the stream's header of 12 bytes: the block's header (size, flags, filter, size, dictionary), its CRC-32.
    header = data[12:20]
    header[4] = {64 * 2**20: 28, 2**32 - 1: 40}[dictionary]
    data[12:24] = header + zlib.crc32(header).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("pack", "sound", "huge"), [(lzma_alone, 2**23, 2**31), (xz, 2**26, 2**32 - 1)], ids=["LZMA", "xz"]
)
def test_a_dictionary_of_gigabytes_is_refused_before_it_is_made(
    tmp_path: Path, pack: Callable[[bytes, int], bytes], sound: int, huge: int
) -> None:
    whole = tar_of(tmp_path / "a.tar", "w", ["a.txt"]).read_bytes()
    (tmp_path / "a.tar").write_bytes(pack(whole, sound))
    assert unpacked(tmp_path / "a.tar", tmp_path / "sound")[1] == ["a.txt"]
    (tmp_path / "huge").mkdir()
    (tmp_path / "huge" / "a.tar").write_bytes(pack(whole, huge))
    assert "more than 256 MiB of memory" in refused(tmp_path / "huge" / "a.tar", tmp_path / "huge")


@pytest.mark.parametrize("padding", [b"", bytes(8)], ids=["directly", "after zeros"])
def test_several_xz_streams_are_read_as_one(tmp_path: Path, padding: bytes) -> None:
    whole = tar_of(tmp_path / "b.tar", "w", ["a.txt", "b.txt"]).read_bytes()
    parts = [lzma.compress(whole[:700]), lzma.compress(whole[700:])]
    (tmp_path / "a.tar.xz").write_bytes(padding.join(parts) + padding)
    assert unpacked(tmp_path / "a.tar.xz", tmp_path)[1] == ["a.txt", "b.txt"]


def test_a_file_is_read_to_the_end_of_its_last_block(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 512 + b"y" * 512)
    with TarStream(tmp_path / "a", Meter(packed_bytes=1024, limits=Limits())) as stream:
        assert b"".join(stream.data(3)) == b"xxx"
        assert stream.block() == b"y" * 512
        assert stream.share == 1.0
        assert stream.block() == b""


def test_only_compressed_starts_are_taken_for_compressed(tmp_path: Path) -> None:
    assert tar_stream.is_compressed(lzma.compress(b""))
    assert not tar_stream.is_compressed(io.BytesIO(b"text").read())
