"""Pairs label files with images, in all common folder layouts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from core.labels.sources.source_tree import SourceTree

# Folders named for the kind of their files, not for a part of the data: `images/train/a.jpg` and `labels/train/a.txt`
# are a pair, as are `train/images/a.jpg` and `train/labels/a.txt`.
_ROLE_FOLDERS: Final = frozenset(
    {"images", "image", "imgs", "img", "labels", "label", "annotations", "annotation", "jpegimages", "obj_train_data"}
)


@dataclass(slots=True, kw_only=True)
class Pairs:
    """The image of each label file, label files without an image, and images without a label file."""

    image_of: dict[str, str] = field(default_factory=dict)
    orphans: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # label files whose image has another label file
    unlabelled: list[str] = field(default_factory=list)


def pair(tree: SourceTree, labels: Iterable[str]) -> Pairs:
    """Pairs by stem and by folders other than role folders, else by a stem that only one image has."""
    by_key: dict[tuple[str, ...], str] = {}
    for path in tree.images:
        by_key.setdefault(_key(path), path)
    pairs = Pairs()
    used: set[str] = set()
    for label in labels:
        image: str | None = by_key.get(_key(label)) or _only(tree.images_of_stem(PurePosixPath(label).stem))
        if image is None:
            pairs.orphans.append(label)
        elif image in used:
            pairs.taken.append(label)
        else:
            used.add(image)
            pairs.image_of[label] = image
    pairs.unlabelled = [path for path in tree.images if path not in used]
    return pairs


def _key(path: str) -> tuple[str, ...]:
    *folders, name = path.split("/")
    return (*(folder for folder in folders if folder.lower() not in _ROLE_FOLDERS), PurePosixPath(name).stem)


def _only(candidates: list[str]) -> str | None:
    return candidates[0] if len(candidates) == 1 else None
