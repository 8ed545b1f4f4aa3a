"""Notes of an unpacked archive as a file."""

from pathlib import Path

import pytest

from core.errors import DamagedFileError
from core.labels.imports.archive.notes import (
    ArchiveNotes,
    GuessedNames,
    LeftPacked,
    read_archive_notes,
    write_archive_notes,
)


def test_notes_are_read_as_they_were_written(tmp_path: Path) -> None:
    guess = GuessedNames(archive="a.zip", code_pages=("gbk", "big5"), names=(("猫.jpg", "驭.jpg"),), count=1)
    notes = ArchiveNotes(
        files=3,
        links=("a/link",),
        link_count=2000,
        unpacked=("a.zip",),
        left=(LeftPacked(path="b.7z", reason="only zip and tar archives are unpacked"),),
        left_count=1,
        names_guessed=(guess,),
    )
    write_archive_notes(tmp_path, notes)
    assert read_archive_notes(tmp_path) == notes


def test_damaged_notes_are_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "archive.json").write_text('{"files": "many"}')
    with pytest.raises(DamagedFileError, match="files"):
        read_archive_notes(tmp_path)
