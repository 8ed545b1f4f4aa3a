"""Lists of splits by their names, and what is left of them."""

from pathlib import Path

import pytest

from core.labels.reading.split_lists import split_files
from core.labels.sources.source_tree import SourceTree
from tests.labels.taken import written


@pytest.mark.parametrize(
    ("paths", "lists"),
    [
        (["train.txt", "x/Val.TXT", "notes.txt"], ["train.txt", "x/Val.TXT"]),
        (["train.txt", "trainval.txt", "val.txt"], ["train.txt", "val.txt"]),
        (["I/Main/test.txt", "I/Main/trainval.txt"], ["I/Main/test.txt", "I/Main/trainval.txt"]),
        (["ImageSets/Main/train.txt", "ImageSets/Layout/val.txt"], ["ImageSets/Main/train.txt"]),
        (["ImageSets/train.txt", "ImageSets/val.txt"], ["ImageSets/train.txt", "ImageSets/val.txt"]),
        (["a/ImageSets/Main/val.txt", "b/ImageSets/Layout/val.txt"],
         ["a/ImageSets/Main/val.txt", "b/ImageSets/Layout/val.txt"]),
        (["train.txt", "train.jpg"], []),
    ],
    ids=["by name", "divided", "not divided", "tasks of VOC", "a flat folder", "two roots", "the label of train.jpg"],
)  # fmt: skip
def test_lists_are_known_by_their_names(paths: list[str], lists: list[str], tmp_path: Path) -> None:
    files = {path: (8, 6) if path.endswith(".jpg") else "a\n" for path in paths}
    assert split_files(SourceTree.walk(written(tmp_path, files))) == lists
