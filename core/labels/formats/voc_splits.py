"""Reads the splits of a Pascal VOC source from ImageSets/Main."""

from pathlib import PurePosixPath
from typing import Final

from core.labels.formats.builder import Builder
from core.labels.sources.source_tree import SourceTree

# Only these: `aeroplane_train.txt` and the like list a class's presence (1, -1, 0), not a split.
_FILES: Final = {"train.txt": "train", "val.txt": "val", "valid.txt": "val", "test.txt": "test"}
_LIST_BYTES: Final = 64 * 2**20


def read_splits(tree: SourceTree, builder: Builder) -> dict[str, str]:
    """The split of each image, by the lists of stems in ImageSets/Main; the first list that names an image wins."""
    lists = [path for name in _FILES for path in tree.named(name) if "ImageSets" in PurePosixPath(path).parts]
    splits: dict[str, str] = {}
    for path in lists:
        split = _FILES[PurePosixPath(path).name]
        for stem in _stems(tree, path, builder):
            for image in tree.images_of_stem(stem):
                if splits.setdefault(image, split) != split:
                    message = f"{image} is listed in {splits[image]} and in {split}; {splits[image]} was used."
                    builder.look("two-splits", message, path, 0, image)
    return splits


def _stems(tree: SourceTree, path: str, builder: Builder) -> list[str]:
    try:
        if tree.sizes[path] > _LIST_BYTES:
            raise ValueError("too large")
        lines = tree.read(path).decode("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        builder.blocked("malformed-file", f"{path}: no list of image names ({error}).", path)
        return []
    return [words[0] for line in lines if (words := line.split())]
