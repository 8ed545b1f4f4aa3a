"""The files of a source, listed once: no links, nothing hidden, within the limits."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UploadError
from core.labels.sources.sample import take_sample
from core.labels.sources.source_tree import SourceTree
from core.settings import Limits
from tests.factories.taken import written


def test_files_are_listed_without_links_and_junk(tmp_path: Path) -> None:
    written(tmp_path, {"b/x.JPG": (8, 6), "a.txt": "a", ".hidden": "a", "__MACOSX/a.txt": "a", "Thumbs.db": "a"})
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "up").symlink_to(tmp_path)
    tree = SourceTree.walk(tmp_path)
    assert list(tree.sizes) == ["a.txt", "b/x.JPG"]
    assert (tree.images, tree.with_suffix(".txt"), tree.sizes["a.txt"]) == (["b/x.JPG"], ["a.txt"], 1)
    assert tree.images_of_stem("x") == ["b/x.JPG"]


def test_too_many_files_and_what_is_no_folder_are_refused(tmp_path: Path) -> None:
    written(tmp_path, {f"{number}.txt": "" for number in range(4)})
    with pytest.raises(UploadError, match="more than 3 files"):
        SourceTree.walk(tmp_path, replace(Limits(), unpacked_files=3))
    with pytest.raises(UploadError, match="not a folder"):
        SourceTree.walk(tmp_path / "0.txt")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no file names that are not UTF-8")
def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/k\xe4.txt")).write_bytes(b"")
    with pytest.raises(UploadError, match="not UTF-8"):
        SourceTree.walk(tmp_path)


def test_a_change_is_noticed(tmp_path: Path) -> None:
    written(tmp_path, {"a.txt": "a", "a.jpg": (8, 6), "notes.md": "a"})
    tree = SourceTree.walk(tmp_path)
    (tmp_path / "notes.md").write_text("changed")
    assert tree.changed_file() == ""
    (tmp_path / "a.txt").write_text("changed")
    assert tree.changed_file() == "a.txt"


def test_a_sample_has_both_ends_of_a_file(tmp_path: Path) -> None:
    tree = SourceTree.walk(
        written(tmp_path, {"small.txt": "abc", "large.txt": "a" * 70_000 + "b" * 70_000, "bin.txt": b"\x00\xff"})
    )
    small, large, binary = (take_sample(tree, name) for name in ("small.txt", "large.txt", "bin.txt"))
    assert (small.head, small.tail, small.is_whole) == ("abc", "", True)
    assert (set(large.head), set(large.tail), large.is_whole) == ({"a"}, {"b"}, False)
    assert binary.head == ""
    (tmp_path / "small.txt").unlink()
    assert take_sample(tree, "small.txt").head == ""
