"""Entries of a zip: files, links that are passed over, and what is refused."""

import lzma
import zipfile
from pathlib import Path

import pytest

from tests.factories.app.uploads import zip_of
from tests.factories.archives import refused, unpacked


def test_an_entry_without_a_name_is_refused(tmp_path: Path) -> None:
    assert "'' in the archive is no usable file name" in refused(zip_of(tmp_path / "a.zip", {"": "x"}), tmp_path)


def test_backslashes_part_folders(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.zip", {"set\\images\\": "", "set\\images\\a.jpg": "x", "set\\a.txt": "y"})
    assert unpacked(archive, tmp_path)[1] == ["set/a.txt", "set/images/a.jpg"]


def test_a_folder_by_its_attribute_is_no_file(tmp_path: Path) -> None:
    folder = zipfile.ZipInfo("set\\images")
    folder.external_attr = 0x10
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(folder, "")
        archive.writestr("set\\images\\a.jpg", "x")
    assert unpacked(tmp_path / "a.zip", tmp_path)[1] == ["set/images/a.jpg"]


def test_links_are_passed_over_and_named(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("set/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.txt", "x")
    notes, files = unpacked(tmp_path / "a.zip", tmp_path)
    assert (files, notes.files, notes.links, notes.link_count) == (["a.txt"], 1, ("set/link",), 1)


@pytest.mark.parametrize("kind", [0o010000, 0o020000, 0o060000, 0o140000], ids=oct)
def test_devices_are_refused(tmp_path: Path, kind: int) -> None:
    device = zipfile.ZipInfo("device")
    device.create_system, device.external_attr = 3, (kind | 0o666) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(device, "")
    assert "is a device" in refused(tmp_path / "a.zip", tmp_path)


def test_an_encrypted_zip_is_refused_by_name(tmp_path: Path) -> None:
    data = bytearray(zip_of(tmp_path / "a.zip", {"a.txt": "x"}).read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    assert "encrypted" in refused(tmp_path / "a.zip", tmp_path)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_LZMA], ids=["stored", "LZMA"])
def test_an_entry_before_the_start_of_the_file_is_refused(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("a.txt", b"content")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    # The end record says that the directory begins later than it does, so all places count from before the file.
    data[-6:-2] = (int.from_bytes(data[-6:-2], "little") + 9).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(data)
    assert "broken" in refused(tmp_path / "a.zip", tmp_path)


def test_an_lzma_entry_that_wants_gigabytes_is_refused_before_it_gets_them(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.txt", b"content")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    # After the version (2), the length (2) and the first property (1) stands the size of the dictionary.
    start = 30 + len("a.txt") + 5
    assert int.from_bytes(data[start : start + 4], "little") <= lzma.PRESET_EXTREME
    assert unpacked(tmp_path / "a.zip", tmp_path / "sound")[1] == ["a.txt"]
    (tmp_path / "sound" / "out" / "a.txt").unlink()
    data[start : start + 4] = (2**32 - 1).to_bytes(4, "little")
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "a.zip").write_bytes(data)
    assert "4,096 MiB of memory" in refused(tmp_path / "big" / "a.zip", tmp_path / "big")
