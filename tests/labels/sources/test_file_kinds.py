"""Kinds of files by their names."""

from pathlib import PurePosixPath

import pytest

from core.images import READS_HEIF
from core.labels.sources.file_kinds import (
    IMAGE_SUFFIXES,
    LABEL_SUFFIXES,
    UNREAD_IMAGE_SUFFIXES,
    is_archive_name,
    name_of,
    stem_of,
    suffix_of,
)


@pytest.mark.parametrize(
    "path", ["a.jpg", "a/b.JPG", "a.b/c", "a/.hidden", "a/.hidden.txt", "a.tar.gz", "a/b c.d.PNG", "x", "größe.TXT"]
)
def test_parts_of_a_path_are_those_of_pathlib(path: str) -> None:
    pure = PurePosixPath(path)
    assert (name_of(path), stem_of(path), suffix_of(path)) == (pure.name, pure.stem, pure.suffix.lower())


def test_a_dot_at_the_end_begins_no_suffix() -> None:
    assert (suffix_of("a/b."), stem_of("a/b.")) == ("", "b.")


def test_each_suffix_is_of_one_kind() -> None:
    assert not IMAGE_SUFFIXES & UNREAD_IMAGE_SUFFIXES
    assert not (IMAGE_SUFFIXES | UNREAD_IMAGE_SUFFIXES) & LABEL_SUFFIXES
    assert (".heic" in IMAGE_SUFFIXES) == READS_HEIF
    assert (".heic" in UNREAD_IMAGE_SUFFIXES) != READS_HEIF


@pytest.mark.parametrize(
    ("path", "is_archive"),
    [("a/B.ZIP", True), ("a.tar.gz", True), ("a.json.gz", True), ("zip", False), ("a.txt", False)],
)
def test_an_archive_is_known_by_its_name(path: str, is_archive: bool) -> None:
    assert is_archive_name(path) is is_archive
