"""Archives are unpacked whole or not at all."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from core.errors import UploadError
from core.labels.imports.archive import unpack
from core.settings import Limits
from tests.factories.app.uploads import not_an_archive, zip_of


def tar_of(path: Path, mode: str, names: list[str], kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name in names:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd" if kind != tarfile.REGTYPE else ""
            member.size = 3 if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"abc"))
    return path


def test_a_zip_is_unpacked_with_its_folders(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.zip", {"set/a.txt": "one", "set/b/c.txt": "two"})
    assert unpack(archive, tmp_path / "out", Limits()) == 2
    assert (tmp_path / "out/set/b/c.txt").read_text() == "two"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_told_by_its_content_whatever_its_name(tmp_path: Path, mode: str) -> None:
    archive = tar_of(tmp_path / "data.bin", mode, ["./a/b.txt"])
    assert unpack(archive, tmp_path / "out", Limits()) == 1
    assert (tmp_path / "out/a/b.txt").read_bytes() == b"abc"


@pytest.mark.parametrize("name", ["../x", "/x", "C:/x", "c:\\x", "a\\b", "a/../../b", ".", "a\nb", "x" * 300])
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_stays(tmp_path: Path, name: str) -> None:
    archive = zip_of(tmp_path / "a.zip", {"good.txt": "x", name: "y"})
    _refused(archive, tmp_path)


@pytest.mark.parametrize("names", [("a.jpg", "A.jpg"), ("a", "a/b"), ("a/b", "A/c")], ids=["case", "file", "folder"])
def test_the_same_name_twice_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    _refused(zip_of(tmp_path / "a.zip", dict.fromkeys(names, "x")), tmp_path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    _refused(tar_of(tmp_path / "a.tar", "w", ["link"], kind), tmp_path)


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    _refused(tmp_path / "a.zip", tmp_path)


def test_an_encrypted_zip_is_refused_by_name(tmp_path: Path) -> None:
    data = bytearray(zip_of(tmp_path / "a.zip", {"a.txt": "x"}).read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    assert "encrypted" in _refused(tmp_path / "a.zip", tmp_path)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(unpacked_files=2), "more than 2 files"),
        (Limits(unpacked_bytes=2**20), "unpacks to more"),
        (Limits(), "times its size"),
    ],
    ids=["files", "bytes", "ratio"],
)
def test_a_bomb_is_refused_while_it_is_written(tmp_path: Path, limits: Limits, words: str) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, size in (("b", 1), ("c", 1), ("a", 70 * 2**20)):
            packed.writestr(name, b"\0" * size)
    assert words in _refused(archive, tmp_path, limits)


@pytest.mark.parametrize("files", [{}, {"inner.zip": "x"}], ids=["empty", "nested"])
def test_an_archive_without_data_is_refused(tmp_path: Path, files: dict[str, bytes | str]) -> None:
    _refused(zip_of(tmp_path / "a.zip", files), tmp_path)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    assert "no zip or tar" in _refused(not_an_archive(tmp_path / "a.zip"), tmp_path)


def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    whole = tar_of(tmp_path / "a.tgz", "w:gz", [f"{number}.txt" for number in range(500)]).read_bytes()
    (tmp_path / "a.tgz").write_bytes(whole[: len(whole) // 2])
    assert "broken" in _refused(tmp_path / "a.tgz", tmp_path)


def test_a_broken_zstandard_archive_is_refused_by_every_python(tmp_path: Path) -> None:
    # Python 3.14 reads this kind; older ones do not know it. A frame that ends in a block of the reserved type.
    content = tar_of(tmp_path / "a.tar", "w", ["a.txt"]).read_bytes()
    (tmp_path / "a.tar").unlink()
    header = b"\x28\xb5\x2f\xfd\xa0" + (2 * len(content)).to_bytes(4, "little")
    raw, reserved = (len(content) << 3).to_bytes(3, "little"), b"\x07\x00\x00"
    (tmp_path / "a.tar.zst").write_bytes(header + raw + content + reserved)
    assert _refused(tmp_path / "a.tar.zst", tmp_path)


def _refused(archive: Path, folder: Path, limits: Limits | None = None) -> str:
    """The message of the refusal, after checking that it has a remedy and left nothing behind."""
    with pytest.raises(UploadError) as caught:
        unpack(archive, folder / "out", limits or Limits())
    assert caught.value.remedy
    assert sorted(path.name for path in folder.iterdir()) == sorted([archive.name, "out"])
    assert list((folder / "out").iterdir()) == []
    return caught.value.message
