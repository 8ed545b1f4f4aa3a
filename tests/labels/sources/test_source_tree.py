"""The files of a folder, and what is passed over."""

import os
from pathlib import Path

import pytest

from core.errors import UploadError
from core.labels.sources.source_tree import SourceTree
from core.settings import Limits
from tests.factories.app.uploads import folder_of


def test_files_are_listed_by_kind_and_sorted(tmp_path: Path) -> None:
    names = ["b/2.JPG", "a/1.png", "a/1.txt", "c.CR2", "d.svg", "labels.zip", "old.tar.gz", "notes"]
    tree = SourceTree.walk(folder_of(tmp_path / "set", dict.fromkeys(names, "x")))
    assert tree.images == ["a/1.png", "b/2.JPG"]
    assert tree.unsupported_images == ["c.CR2", "d.svg"]
    assert tree.archives == ["labels.zip", "old.tar.gz"]
    assert tree.with_suffix(".txt") == ["a/1.txt"]
    assert tree.named("1.txt") == ["a/1.txt"]
    assert tree.images_of_stem("2") == ["b/2.JPG"]
    assert list(tree.sizes) == sorted(names)


def test_links_are_passed_over_and_named(tmp_path: Path) -> None:
    folder_of(tmp_path, {"pool/a.jpg": "x", "set/labels/a.txt": "x"})
    (tmp_path / "set" / "images").mkdir()
    (tmp_path / "set" / "images" / "train").symlink_to(tmp_path / "pool")
    (tmp_path / "set" / "a.jpg").symlink_to("nowhere")
    tree = SourceTree.walk(tmp_path / "set")
    assert list(tree.sizes) == ["labels/a.txt"]
    assert (tree.links, tree.link_count) == (("a.jpg", "images/train"), 2)


def test_of_many_links_a_thousand_are_named_and_all_are_counted(tmp_path: Path) -> None:
    for number in range(1005):
        (tmp_path / str(number)).symlink_to("x")
    tree = SourceTree.walk(tmp_path)
    assert (len(tree.links), tree.link_count) == (1000, 1005)


def test_hidden_system_and_special_files_are_skipped_and_named(tmp_path: Path) -> None:
    folder_of(tmp_path, {".git/config": "x", "__MACOSX/._a.jpg": "x", "a/Thumbs.db": "x", "a/b.txt": "x"})
    os.mkfifo(tmp_path / "a" / "pipe.jpg")
    tree = SourceTree.walk(tmp_path)
    assert list(tree.sizes) == ["a/b.txt"]
    assert (tree.skipped, tree.skipped_count) == ((".git", "__MACOSX", "a/Thumbs.db", "a/pipe.jpg"), 4)


def test_a_folder_of_hundreds_of_levels_is_listed(tmp_path: Path) -> None:
    depth = 400
    deepest = tmp_path / ("d/" * depth)
    deepest.mkdir(parents=True)
    (deepest / "a.txt").write_text("x")
    assert list(SourceTree.walk(tmp_path).sizes) == ["d/" * depth + "a.txt"]


@pytest.mark.parametrize("make", [lambda path: path.write_text(""), lambda path: None], ids=["file", "nothing"])
def test_what_is_no_folder_is_refused(tmp_path: Path, make: object) -> None:
    make(tmp_path / "set")  # type: ignore[operator]
    with pytest.raises(UploadError, match="is not a folder"):
        SourceTree.walk(tmp_path / "set")


def test_too_many_files_and_names_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    folder_of(tmp_path / "set", {"a": "", "b": ""})
    with pytest.raises(UploadError, match="more than 1 files"):
        SourceTree.walk(tmp_path / "set", Limits(unpacked_files=1))
    (tmp_path / "set" / os.fsdecode(b"\xe9.jpg")).write_text("")
    with pytest.raises(UploadError, match="not UTF-8"):
        SourceTree.walk(tmp_path / "set")


def test_a_changed_label_is_told_and_a_file_of_no_kind_is_not(tmp_path: Path) -> None:
    tree = SourceTree.walk(folder_of(tmp_path / "set", {"a.txt": "x", "notes": "x"}))
    (tmp_path / "set" / "notes").write_text("longer")
    assert tree.changed_file() == ""
    (tmp_path / "set" / "a.txt").write_text("longer")
    assert tree.changed_file() == "a.txt"
