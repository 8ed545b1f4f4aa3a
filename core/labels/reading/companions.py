"""Recognises images that are no photographs to train on: masks, depth images, crops (rule 5)."""

import re
from collections import defaultdict
from typing import Final

from core.labels.sources.file_kinds import stem_of
from core.labels.sources.image_index import fold

_FOLDERS: Final = {
    "masks": re.compile(
        r"segmentationclass(aug|png|visualization)?|segmentationobject|segmentation(s|_masks?)?|masks?(_.*)?|.*_masks?"
        r"|semantic|instances?|panoptic|labelids|gtfine|seg|stuff"
    ),
    "depth images": re.compile(r"depths?(_.*)?|disparit(y|ies)|.*_depth"),
    "crops": re.compile(r"crops?|cropped|thumbnails?|thumbs"),
    "visualisations": re.compile(r"visuali[sz]ations?|vis|previews?|.*_vis(uali[sz]ation)?"),
}
_SUFFIXES: Final = re.compile(r"[_-](masks?|seg|depth|labels?|gt|vis|labelids|instanceids|color)$")


def companions(images: list[str], labelled: set[str]) -> dict[str, str]:
    """Images that accompany others, each with what it is.

    A folder named for masks, depth images, crops or visualisations accompanies the rest if labels speak of no image in
    it, and images of the same names lie elsewhere (crops need none: they are named after boxes).
    """
    by_folder: dict[str, list[str]] = defaultdict(list)
    for image in images:
        by_folder[image.rpartition("/")[0]].append(image)
    kinds = {folder: _kind_of(folder) for folder in by_folder}
    stems = {_stem(image) for folder, members in by_folder.items() if not kinds[folder] for image in members}
    kinds_of_images: dict[str, str] = {}
    for folder, members in by_folder.items():
        kind = kinds[folder]
        if not kind or any(image in labelled for image in members) or not stems:
            continue
        if kind == "crops" or sum(_bare(_stem(image)) in stems for image in members) * 2 >= len(members):
            kinds_of_images.update(dict.fromkeys(members, kind))
    return kinds_of_images


def in_named_folders(images: list[str]) -> frozenset[str]:
    """Images in folders named for masks and the like: of two images of one name, the other one is meant."""
    folders = {image.rpartition("/")[0] for image in images}
    named = {folder for folder in folders if _kind_of(folder)}
    return frozenset(image for image in images if image.rpartition("/")[0] in named)


def _kind_of(folder: str) -> str:
    for part in reversed(fold(folder).split("/")):
        for kind, pattern in _FOLDERS.items():
            if pattern.fullmatch(part):
                return kind
    return ""


def _stem(image: str) -> str:
    return stem_of(fold(image))


def _bare(stem: str) -> str:
    return _SUFFIXES.sub("", stem)
