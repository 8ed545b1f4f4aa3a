"""Names in a zip without a mark of their encoding."""

import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from core.labels.imports.archive.zip_names import read_names
from tests.factories.archives import refused, unpacked, zip_of_raw_names


def test_marked_names_and_those_that_are_utf8_anyway_are_not_guessed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("größe.txt", "x")
    assert unpacked(tmp_path / "a.zip", tmp_path)[0].names_guessed == ()
    zip_of_raw_names(tmp_path / "b.zip", ["图片/猫.jpg".encode(), b"a.txt"])
    notes, files = unpacked(tmp_path / "b.zip", tmp_path / "b")
    assert (notes.names_guessed, files) == ((), ["a.txt", "图片/猫.jpg"])


@pytest.mark.parametrize(
    ("code_page", "names"),
    [
        pytest.param("cp866", ["картинки/кошка_01.jpg", "метки/собака.txt"], id="Russian"),
        pytest.param("cp850", ["Straße/Bäume_1.jpg", "naïve/façade.jpg"], id="Western, DOS"),
        pytest.param("cp1252", ["été/forêt_2.jpg", "café.txt"], id="Western, Windows"),
        pytest.param("cp932", ["画像/猫.jpg", "ラベル/表示.txt"], id="Japanese, one byte is a backslash"),
        pytest.param("gbk", ["图片/猫.jpg", "标签/狗.txt"], id="Chinese, simplified"),
        pytest.param("cp949", ["사진/고양이.jpg", "라벨/강아지.txt"], id="Korean"),
        pytest.param("big5", ["圖片/貓.jpg", "標籤/狗.txt"], id="Chinese, traditional"),
    ],
)
def test_names_in_a_code_page_are_decoded_together_and_the_guess_is_said(
    tmp_path: Path, code_page: str, names: list[str]
) -> None:
    archive = zip_of_raw_names(tmp_path / "a.zip", [b"plain.txt", *(name.encode(code_page) for name in names)])
    notes, files = unpacked(archive, tmp_path)
    assert files == sorted(["plain.txt", *names])
    (guess,) = notes.names_guessed
    assert [shown[0] for shown in guess.names] == names
    assert len(guess.code_pages) == 2
    assert all(len(shown) == 2 and shown[0] != shown[1] for shown in guess.names)
    assert (guess.archive, guess.count) == ("", 2)


def test_an_unsafe_name_in_a_code_page_is_refused(tmp_path: Path) -> None:
    assert "leads out" in refused(zip_of_raw_names(tmp_path / "a.zip", ["..\\猫.jpg".encode("cp932")]), tmp_path)


@pytest.mark.parametrize(("named", "expected"), [(b"\x84.jpg", "Д.jpg"), (b"other", "ä.jpg")], ids=["own", "stale"])
def test_the_field_with_the_name_in_utf8_counts_if_it_is_of_this_name(named: bytes, expected: str) -> None:
    info = zipfile.ZipInfo(b"\x84.jpg".decode("cp437"))
    name = b"\1" + zlib.crc32(named).to_bytes(4, "little") + "Д.jpg".encode()
    info.extra = struct.pack("<2H", 0x7075, len(name)) + name
    found = read_names([info])
    assert found.names == [expected]
    assert (found.guessed is None) == (expected == "Д.jpg")
