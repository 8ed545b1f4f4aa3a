"""Entries of a tar: files, links that are passed over, and what is refused."""

import io
import tarfile
from pathlib import Path

import pytest

from core.settings import Limits
from tests.factories.archives import refused, tar_of, unpacked


def tar_with_pax(path: Path, headers: dict[str, str], name: str = "a.txt") -> Path:
    """A tar with one file of three bytes behind an extended header."""
    member = tarfile.TarInfo(name)
    member.size, member.pax_headers = 3, headers
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member, io.BytesIO(b"abc"))
    return path


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE], ids=["symbolic", "hard"])
def test_links_are_passed_over_and_named(tmp_path: Path, kind: bytes) -> None:
    tar_of(tmp_path / "a.tar", "w", ["set/link"], kind)
    with tarfile.open(tmp_path / "a.tar", "a") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"), io.BytesIO())
    notes, files = unpacked(tmp_path / "a.tar", tmp_path)
    assert (files, notes.files, notes.links, notes.link_count) == (["a.txt"], 1, ("set/link",), 1)


def test_a_link_may_not_even_be_named_outside(tmp_path: Path) -> None:
    refused(tar_of(tmp_path / "a.tar", "w", ["../link"], tarfile.SYMTYPE), tmp_path)


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"V"])
def test_devices_and_unknown_kinds_are_refused(tmp_path: Path, kind: bytes) -> None:
    assert "neither file nor folder" in refused(tar_of(tmp_path / "a.tar", "w", ["device"], kind), tmp_path)


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_folders_and_large_files_are_read(tmp_path: Path, form: int) -> None:
    name = "/".join(["folder" * 6] * 4) + "/" + "größe" * 12 + ".txt"
    content = b"0123456789" * 300_000
    with tarfile.open(tmp_path / "a.tar", "w", format=form) as archive:
        folder, file = tarfile.TarInfo("folder/"), tarfile.TarInfo(name)
        folder.type, file.size = tarfile.DIRTYPE, len(content)
        archive.addfile(folder)
        archive.addfile(file, io.BytesIO(content))
        archive.addfile(tarfile.TarInfo("last.txt"), io.BytesIO())
    assert unpacked(tmp_path / "a.tar", tmp_path)[1] == [name, "last.txt"]
    assert (tmp_path / "out" / name).read_bytes() == content


def test_two_tars_behind_each_other_are_both_read(tmp_path: Path) -> None:
    first = tar_of(tmp_path / "a.tar", "w", ["a.txt"]).read_bytes()
    (tmp_path / "a.tar").write_bytes(first + tar_of(tmp_path / "b.tar", "w", ["b.txt"]).read_bytes())
    assert unpacked(tmp_path / "a.tar", tmp_path)[1] == ["a.txt", "b.txt"]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_an_archive_without_its_end_is_refused_wherever_it_is_cut(tmp_path: Path, mode: str) -> None:
    whole = tar_of(tmp_path / "a.tar", mode, [f"{number}.txt" for number in range(30)]).read_bytes()
    # A plain tar may lose a part of the zeros that fill its last record: its end mark stays.
    end = len(whole.rstrip(b"\0")) if mode == "w" else len(whole)
    assert unpacked(tmp_path / "a.tar", tmp_path / "whole")[0].files == 30
    (tmp_path / "cut").mkdir()
    for length in {*range(1, end, max(end // 60, 1)), end - 1, *(range(512, end, 2048) if mode == "w" else ())}:
        (tmp_path / "cut" / "a.tar").write_bytes(whole[:length])
        refused(tmp_path / "cut" / "a.tar", tmp_path / "cut")


def test_a_broken_zstandard_archive_is_refused_by_every_python(tmp_path: Path) -> None:
    # Python 3.14 reads this kind; older ones do not know it. A frame that ends in a block of the reserved type.
    content = tar_of(tmp_path / "a.tar", "w", ["a.txt"]).read_bytes()
    (tmp_path / "a.tar").unlink()
    header = b"\x28\xb5\x2f\xfd\xa0" + (2 * len(content)).to_bytes(4, "little")
    raw, reserved = (len(content) << 3).to_bytes(3, "little"), b"\x07\x00\x00"
    (tmp_path / "a.tar.zst").write_bytes(header + raw + content + reserved)
    assert refused(tmp_path / "a.tar.zst", tmp_path)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1" * 9}, id="1.0"),
        pytest.param({"GNU.sparse.map": "0,1", "GNU.sparse.size": "1" * 12}, id="0.1"),
        pytest.param({"GNU.sparse.numblocks": "9" * 9}, id="0.0"),
    ],
)
def test_sparse_files_are_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    assert "sparse" in refused(tar_with_pax(tmp_path / "a.tar", headers), tmp_path)


def test_a_sparse_file_of_the_old_kind_is_refused(tmp_path: Path) -> None:
    assert "sparse" in refused(tar_of(tmp_path / "a.tar", "w", ["a"], tarfile.GNUTYPE_SPARSE), tmp_path)


@pytest.mark.parametrize(
    "record", [b"x path=a\n", b"5 path=abc\n", b"99 path=a\n", b"11 path=abc?", b"0 path=a\n", b"\0" * 20, b"9" * 30]
)
def test_a_malformed_extended_header_is_refused(tmp_path: Path, record: bytes) -> None:
    tar_with_pax(tmp_path / "a.tar", {"comment": "c" * 20})
    data = (tmp_path / "a.tar").read_bytes()
    start, end = 512, data.index(b"\n", 512) + 1
    (tmp_path / "a.tar").write_bytes(data[:start] + record.ljust(end - start, b"x") + data[end:])
    assert "broken" in refused(tmp_path / "a.tar", tmp_path)


def test_a_size_in_an_extended_header_counts(tmp_path: Path) -> None:
    assert "no end" in refused(tar_with_pax(tmp_path / "a.tar", {"size": "999999999"}), tmp_path)


def test_a_crowd_of_folders_in_few_bytes_is_refused_as_a_bomb(tmp_path: Path) -> None:
    tar_of(tmp_path / "a.tar", "w:bz2", [f"{number}/" for number in range(400)], tarfile.DIRTYPE)
    words = refused(tmp_path / "a.tar", tmp_path, Limits(unpacked_files=399))
    assert "more than 399 files and folders" in words
