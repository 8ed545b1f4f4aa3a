"""Archives are unpacked whole or not at all."""

import tarfile
import zipfile
from pathlib import Path

import pytest

from core.labels.imports.archive import is_archive, read_archive_notes
from tests.factories.app.uploads import not_an_archive, zip_of
from tests.factories.archives import refused, tar_of, unpacked, zip_bytes


def test_a_zip_is_unpacked_with_its_folders(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.zip", {"set/a.txt": "one", "set/b/c.txt": "two"})
    notes, files = unpacked(archive, tmp_path)
    assert (notes.files, files) == (2, ["set/a.txt", "set/b/c.txt"])
    assert (tmp_path / "out/set/b/c.txt").read_text() == "two"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_told_by_its_content_whatever_its_name(tmp_path: Path, mode: str) -> None:
    archive = tar_of(tmp_path / "data.bin", mode, ["./a/b.txt"])
    assert unpacked(archive, tmp_path)[1] == ["a/b.txt"]
    assert (tmp_path / "out/a/b.txt").read_bytes() == b"abc"


def test_a_zip_behind_a_program_is_a_zip(tmp_path: Path) -> None:
    (tmp_path / "setup.exe").write_bytes(b"MZ program" * 99 + zip_bytes({"a.txt": b"x"}))
    assert unpacked(tmp_path / "setup.exe", tmp_path)[1] == ["a.txt"]


def test_a_tar_that_ends_in_a_zip_is_a_tar(tmp_path: Path) -> None:
    (tmp_path / "z.zip").write_bytes(zip_bytes({"inner.txt": b"x"}))
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(tmp_path / "z.zip", "z.zip")
    assert zipfile.is_zipfile(tmp_path / "a.tar")
    assert unpacked(tmp_path / "a.tar", tmp_path)[1] == ["z/inner.txt"]


def test_the_notes_lie_beside_the_tree(tmp_path: Path) -> None:
    assert read_archive_notes(tmp_path) is None
    notes, _ = unpacked(tar_of(tmp_path / "a.tar", "w", ["a.txt"]), tmp_path)
    assert read_archive_notes(tmp_path) == notes


@pytest.mark.parametrize("name", ["../x", "/x", "C:/x", "c:\\x", "a\\..\\..\\b", "a/../../b", ".", "a\nb", "x" * 300])
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_stays(tmp_path: Path, name: str) -> None:
    archive = zip_of(tmp_path / "a.zip", {"good.txt": "x", name: "y"})
    refused(archive, tmp_path)


@pytest.mark.parametrize("names", [("a.jpg", "A.jpg"), ("a", "a/b"), ("a/b", "A/c")], ids=["case", "file", "folder"])
def test_the_same_name_twice_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    assert "same name twice" in refused(zip_of(tmp_path / "a.zip", dict.fromkeys(names, "x")), tmp_path)


@pytest.mark.parametrize("files", [{}, {"inner.zip": "x"}], ids=["empty", "nested"])
def test_an_archive_without_data_is_refused(tmp_path: Path, files: dict[str, bytes | str]) -> None:
    refused(zip_of(tmp_path / "a.zip", files), tmp_path)


@pytest.mark.parametrize("content", [b"this is no archive", b"", b"text " * 500, b"\x1f\x8b"], ids=len)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    refused(tmp_path / "a.zip", tmp_path)


def test_text_under_the_name_of_an_archive_is_said_to_be_none(tmp_path: Path) -> None:
    assert "no zip or tar" in refused(not_an_archive(tmp_path / "a.zip"), tmp_path)
    assert not is_archive(tmp_path / "a.zip")


def test_a_zip_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    whole = zip_of(tmp_path / "a.zip", {f"{number}.txt": "x" for number in range(20)}).read_bytes()
    for length in range(4, len(whole), 97):
        (tmp_path / "a.zip").write_bytes(whole[:length])
        assert "broken" in refused(tmp_path / "a.zip", tmp_path)
