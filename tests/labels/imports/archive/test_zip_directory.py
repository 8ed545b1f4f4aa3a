"""The entries of a zip are counted before they are listed."""

import struct
import zipfile
from pathlib import Path

import pytest

from core.labels.imports.archive import zip_directory
from core.labels.imports.archive.meter import LimitError
from core.labels.imports.archive.zip_directory import check_directory
from core.settings import Limits
from tests.factories.archives import refused, zip_bytes

ENTRY = b"PK\x01\x02" + bytes(42)


def directory_of(count: int, claimed: int = 1, comment: bytes = b"", is_64: bool = False) -> bytes:
    """A zip of nothing but a directory of nameless entries."""
    size = len(ENTRY) * count
    data = ENTRY * count
    if is_64:
        data += struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, claimed, claimed, size, 0)
        data += struct.pack("<4sLQL", b"PK\x06\x07", 0, size, 1)
        size = 0xFFFFFFFF
    return data + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, claimed, claimed, size, 0, len(comment)) + comment


@pytest.mark.parametrize(
    "options",
    [{}, {"claimed": 60_000}, {"comment": b"PK of a friend"}, {"is_64": True}, {"comment": b"x", "is_64": True}],
    ids=["lying count", "another lie", "comment", "zip64", "zip64 with a comment"],
)
def test_a_directory_of_too_many_entries_is_refused_without_listing_it(
    tmp_path: Path, options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + directory_of(201, **options))  # type: ignore[arg-type]
    check_directory(tmp_path / "a.zip", Limits(unpacked_files=201))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    words = refused(tmp_path / "a.zip", tmp_path, Limits(unpacked_files=200))
    assert words == "The archive holds more than 200 files and folders."


def test_an_end_record_within_the_end_record_hides_nothing(tmp_path: Path) -> None:
    # The number of the disk and the count read `PK\5\6`: a search from the end would find that.
    data = bytearray(directory_of(201))
    data[-18:-14] = b"PK\x05\x06"
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(LimitError, match="more than 200"):
        check_directory(tmp_path / "a.zip", Limits(unpacked_files=200))


def test_a_directory_of_huge_names_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_directory, "_LARGEST_DIRECTORY", 2**20)
    (tmp_path / "a.zip").write_bytes(zip_bytes({f"{number:060000}": b"" for number in range(20)}))
    assert "list of files in the archive takes" in refused(tmp_path / "a.zip", tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK", b"text" * 99, b"PK\x05\x06" + bytes(10)], ids=len)
def test_what_has_no_directory_passes_to_the_reader(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    check_directory(tmp_path / "a.zip", Limits(unpacked_files=0))
