"""Bombs are refused while they are written."""

import zipfile
from pathlib import Path

import pytest

from core.settings import Limits
from tests.factories.archives import refused, unpacked


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
    assert words in refused(archive, tmp_path, limits)


def test_folders_count_as_entries(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a/b/c/d.txt", b"x")
    assert "more than 3 files and folders" in refused(tmp_path / "a.zip", tmp_path, Limits(unpacked_files=3))
    assert unpacked(tmp_path / "a.zip", tmp_path, Limits(unpacked_files=4))[1] == ["a/b/c/d.txt"]
