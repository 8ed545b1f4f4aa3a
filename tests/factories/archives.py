"""Archives, sound and hostile, and the check that one is refused."""

import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from core.errors import UploadError
from core.labels.imports.archive import ArchiveNotes, unpack
from core.settings import Limits


def tar_of(path: Path, mode: str, names: list[str], kind: bytes = tarfile.REGTYPE) -> Path:
    """A tar with members of one kind; files hold `abc`, links lead to a file of the system."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name in names:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd" if kind != tarfile.REGTYPE else ""
            member.size = 3 if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"abc"))
    return path


def zip_bytes(files: dict[str, bytes]) -> bytes:
    """The bytes of a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def zip_of_raw_names(path: Path, names: list[bytes]) -> Path:
    """A zip whose names are these bytes, without the mark of UTF-8; each file holds its number."""
    local, central = b"", b""
    for number, name in enumerate(names):
        content = str(number).encode()
        facts = struct.pack("<5H3L2H", 20, 0, 0, 0, 33, zlib.crc32(content), len(content), len(content), len(name), 0)
        central += b"PK\x01\x02\x14\0" + facts + struct.pack("<3H2L", 0, 0, 0, 0, len(local)) + name
        local += b"PK\x03\x04" + facts + name + content
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(names), len(names), len(central), len(local), 0)
    path.write_bytes(local + central + end)
    return path


def unpacked(archive: Path, folder: Path, limits: Limits | None = None) -> tuple[ArchiveNotes, list[str]]:
    """The notes of unpacking into `folder/out`, and the sorted paths of the files there."""
    notes = unpack(archive, folder / "out", limits or Limits())
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    return notes, sorted(path.relative_to(folder / "out").as_posix() for path in files)


def refused(archive: Path, folder: Path, limits: Limits | None = None) -> str:
    """The message of the refusal, after checking that it has a remedy and left nothing behind."""
    with pytest.raises(UploadError) as caught:
        unpack(archive, folder / "out", limits or Limits())
    assert caught.value.remedy
    assert sorted(path.name for path in folder.iterdir()) == sorted([archive.name, "out"])
    assert list((folder / "out").iterdir()) == []
    return caught.value.message
