"""Finds the split in the name of a file or folder."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_WORDS: Final = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip


def split_of_name(name: str) -> str:
    """The split named by a word in a file name (`instances_val2017` is val), "" for none."""
    for word in re.findall(r"[a-z]+", name.lower()):
        if word in _WORDS:
            return _WORDS[word]
    return ""


def split_of_file(path: str) -> str:
    """The split named by a label file's name, or else by its nearest folder, "" for none."""
    name = path.rpartition("/")[2].rpartition(".")[0]
    return split_of_name(name) or split_of_folders(path)


def split_of_folders(path: str) -> str:
    """The split named by the nearest folder of a path (`images/val2017/a.jpg` is val), "" for none."""
    return _split_of_folder(path.rpartition("/")[0])


# Many files share a folder.
@lru_cache(maxsize=4096)
def _split_of_folder(path: str) -> str:
    for folder in reversed(path.split("/")):
        split = _WORDS.get(re.sub(r"[\d_-]+$", "", folder.lower()), "")
        if split:
            return split
    return ""


def splits_of_folders(paths: Iterable[str]) -> dict[str, str]:
    """The split of each path that has a folder named for a split."""
    return {path: split for path in paths if (split := split_of_folders(path))}
