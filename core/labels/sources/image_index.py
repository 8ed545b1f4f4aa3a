"""Finds the image that a label file means, by its path, then by its name (docs/reading.md, rule 1)."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import unquote

from core.labels.sources.file_kinds import IMAGE_SUFFIXES, UNREAD_IMAGE_SUFFIXES, stem_of, suffix_of
from core.labels.sources.splits_of_names import split_of_folders, split_of_name

# Folders named for the kind of their files, not for a part of the data: `images/train/a.jpg` and `labels/train/a.txt`
# are a pair, as are `train/images/a.jpg` and `train/labels/a.txt`.
ROLE_FOLDERS: Final = frozenset(
    {
        *("images", "image", "imgs", "img", "labels", "label", "annotations", "annotation", "annots", "jpegimages"),
        *(
            "obj_train_data",
            "obj_valid_data",
            "obj_test_data",
            "image_2",
            "label_2",
            "xmls",
            "xml",
            "txt",
            "ann",
            "anns",
        ),
        *("pics", "pictures", "photos", "frames", "jpg", "png", "data", "json", "jsons"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The image that was meant ("" for none), or why none is: several fit, or one of another folder has the name."""

    image: str = ""
    candidates: tuple[str, ...] = ()
    is_by_other_name: bool = False  # another suffix, or a spelling that had to be decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleFolders:
    """Names of folders that only say what is in them: all label files have one, and no image, or the other way round.

    `labels/` is such a folder by its name; `yolo_boxes/` beside `pictures_rgb/` is one by this.
    """

    of_labels: frozenset[str] = frozenset()
    of_images: frozenset[str] = frozenset()


NO_IDLE: Final = IdleFolders()


@dataclass(frozen=True, kw_only=True)
class ImageIndex:
    """The images of a source by path, name, stem, and folders without their roles.

    `unsupported` are images of kinds that are not read; nothing is matched with them, but they can be named.
    `accompanying` are those that probably accompany another image of the name: its mask, or its depth image.
    """

    images: list[str]
    unsupported: list[str] = field(default_factory=list)
    accompanying: frozenset[str] = frozenset()

    @cached_property
    def _paths(self) -> dict[str, list[str]]:
        return _grouped((fold(path), path) for path in self.images)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _grouped((fold(path.rpartition("/")[2]), path) for path in self.images)

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        return _grouped((stem_of(fold(path)), path) for path in self.images)

    @cached_property
    def _by_key(self) -> dict[str, list[str]]:
        return _grouped((pair_key(path), path) for path in self.images)

    def of_key_of(self, label: str) -> list[str]:
        """Images with the same folders (but for role folders) and stem as a label file, or with its whole name."""
        images = self._of_label.get(label)
        if images is None:
            images = self._of_label[label] = self._by_key.get(pair_key(label)) or self._of_whole_name(label)
        return images

    def _of_whole_name(self, label: str) -> list[str]:
        whole = label[: len(label) - len(suffix_of(label))]
        return self._by_key.get(pair_key(whole), []) if has_image_suffix(whole) else []

    @cached_property
    def _of_label(self) -> dict[str, list[str]]:
        """What `of_key_of` has found so far: it is asked about each label file more than once."""
        return {}

    @cached_property
    def _unsupported_by_stem(self) -> dict[str, list[str]]:
        return _grouped((stem_of(fold(path)), path) for path in self.unsupported)

    def unsupported_of(self, name: str) -> str:
        """An image of a kind that is not read with this name, with or without its suffix; "" for none."""
        name = fold(name.replace("\\", "/").rpartition("/")[2])
        images = self._unsupported_by_stem.get(stem_of(name)) or self._unsupported_by_stem.get(name)
        return images[0] if images else ""

    def of_stem(self, name: str) -> list[str]:
        """Images with this name, or with it without its suffix, in any folder."""
        name = fold(name)
        stem = stem_of(name) if has_image_suffix(name) else name
        return self._by_name.get(name) or self._by_stem.get(stem, [])

    def idle_folders(self, labels: Iterable[str]) -> IdleFolders:
        """The idle folders of label files that belong to images of their names, and of these images."""
        of_labels, of_images = _Shared(), _Shared()
        for label in labels:
            *folders, name = _parts_without_roles(fold(label))
            candidates = self._named_like(name)
            of_labels.add(folders)
            for image in candidates:
                of_images.add(_parts_without_roles(fold(image))[:-1])
        return IdleFolders(
            of_labels=_without_splits(of_labels.by_all - of_images.by_any),
            of_images=_without_splits(of_images.by_all - of_labels.by_any),
        )

    def pair(self, label: str, idle: IdleFolders = NO_IDLE) -> Match:
        """The image of a label file that belongs to the image of its path.

        Folders that are `idle` count for nothing. The caller sees to it that no two label files claim an image by its
        name alone.
        """
        if exact := self.of_key_of(label):
            return self._only(exact, label)
        *folders, name = _parts_without_roles(fold(label))
        candidates = self._named_like(name)
        wanted = tuple(folder for folder in folders if folder not in idle.of_labels)
        fitting = []
        for image in candidates:
            parts = _parts_without_roles(fold(image))[:-1]
            if _agree(wanted, tuple(folder for folder in parts if folder not in idle.of_images)):
                fitting.append(image)
        return self._only(fitting, label) if fitting else Match(candidates=tuple(candidates))

    def _named_like(self, name: str) -> list[str]:
        """The images with the name of a label file, which may hold the image's suffix: `a.txt` or `a.jpg.txt`."""
        return self._by_stem.get(stem_of(name)) or self._by_name.get(stem_of(name), [])

    def find(self, name: str, beside: str, prefix: tuple[str, ...] = ()) -> Match:
        """The image that a label file `beside` names by a path or a name.

        `prefix` are the folders that all paths of the label file have in common.
        """
        address = name.partition("?")[0] if "://" in name else name
        tried = dict.fromkeys((name, unquote(name), unquote(address)))
        for number, spelling in enumerate(tried):
            match = self._find(spelling, beside, prefix)
            if match.image or match.candidates:
                return (
                    match
                    if not number
                    else Match(image=match.image, candidates=match.candidates, is_by_other_name=True)
                )
        return Match()

    def _find(self, name: str, beside: str, prefix: tuple[str, ...]) -> Match:
        parts, is_absolute = split_reference(name)
        if not parts:
            return Match()
        folder = tuple(fold(beside).split("/")[:-1])
        is_foreign = is_absolute or _leaves_source((*folder, *parts))
        for start in (folder, ()):
            if paths := self._paths.get("/".join(_resolved((*start, *parts)))):
                return self._only(paths, name)
        clean = tuple(part for part in parts if part not in (".", ".."))
        candidates = self._by_name.get(clean[-1], []) if clean else []
        if not candidates and clean:
            has_suffix = has_image_suffix(clean[-1])
            candidates = self._by_stem.get(stem_of(clean[-1]) if has_suffix else clean[-1], [])
            match = self._choose(clean, candidates, beside, prefix, is_foreign)
            # A name without a suffix is no other name: Open Images and ImageNet write all names so.
            return Match(
                image=match.image, candidates=match.candidates, is_by_other_name=bool(match.image) and has_suffix
            )
        return self._choose(clean, candidates, beside, prefix, is_foreign)

    def _choose(
        self, parts: tuple[str, ...], candidates: list[str], beside: str, prefix: tuple[str, ...], is_foreign: bool
    ) -> Match:
        if not candidates:
            return Match()
        stripped = parts[len(prefix) :] if parts[: len(prefix)] == prefix and len(parts) > len(prefix) else parts
        depth = {image: _shared_end(fold(image).split("/")[:-1], list(parts[:-1])) for image in candidates}
        # Folders named for a role contradict nothing: `JPEGImages/a.jpg` may lie in `images`.
        wanted = _parts_without_roles("/".join(stripped))[:-1]
        fitting = [
            image
            for image in candidates
            if depth[image] >= len(stripped) - 1
            or _shared_end(list(_parts_without_roles(fold(image))[:-1]), list(wanted)) >= len(wanted)
        ]
        if len(candidates) == 1 and (fitting or is_foreign):
            return Match(image=candidates[0])
        if not fitting and is_foreign:
            # A path of another machine: the image whose folders agree longest, if only one does.
            best = max(depth.values())
            fitting = [image for image in candidates if depth[image] == best] if best else candidates
        if not fitting:
            return Match(candidates=tuple(candidates))
        deepest = max(depth[image] for image in fitting)
        return self._only([image for image in fitting if depth[image] == deepest], beside)

    def _only(self, candidates: list[str], label: str) -> Match:
        """The only candidate; else the one whose folders the label file shares, or whose split it names."""
        if len(candidates) == 1:
            return Match(image=candidates[0])
        # `A.jpg` and `a.jpg` are two images where the file system tells them apart.
        spelt = {stem_of(label), label.rpartition("/")[2]}
        same_case = [image for image in candidates if {image.rpartition("/")[2], stem_of(image)} & spelt]
        candidates = same_case or candidates
        if len(candidates) == 1:
            return Match(image=candidates[0])
        photos = [image for image in candidates if image not in self.accompanying]
        if len(photos) == 1:
            return Match(image=photos[0])
        folders = fold(label).split("/")[:-1]
        shared = {image: _shared_start(folders, fold(image).split("/")[:-1]) for image in candidates}
        nearest = [image for image in candidates if shared[image] == max(shared.values())]
        if len(nearest) == 1:
            return Match(image=nearest[0])
        split = split_of_name(stem_of(label)) or split_of_folders(label)
        of_split = [image for image in nearest if split and split_of_folders(image) == split]
        return Match(image=of_split[0]) if len(of_split) == 1 else Match(candidates=tuple(candidates))


def fold(text: str) -> str:
    """Text to compare names by: composed characters (NFC), no case."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def has_image_suffix(path: str) -> bool:
    """Whether a path ends like an image, of a kind that is read or not."""
    return suffix_of(path) in IMAGE_SUFFIXES | UNREAD_IMAGE_SUFFIXES


def pair_key(path: str) -> str:
    """Folders without their roles, and the stem: equal for an image and its label file."""
    folder, _, name = path.rpartition("/")
    return _folders_key(folder) + stem_of(fold(name))


# Many files share a folder.
@lru_cache(maxsize=4096)
def _folders_key(folder: str) -> str:
    parts = _parts_without_roles(f"{fold(folder)}/") if folder else ("",)
    return "/".join(parts)


def common_prefix(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The folders that all paths (as parts, the name last) begin with."""
    shared: tuple[str, ...] | None = None
    for path in paths:
        folders = path[:-1]
        if shared is None:
            shared = folders
        elif folders[: len(shared)] != shared:
            shared = shared[: _shared_start(list(shared), list(folders))]
        if not shared:
            return ()
    return shared or ()


def split_reference(name: str) -> tuple[tuple[str, ...], bool]:
    """The folded parts of a path as written, and whether it is absolute: of another machine, or an address."""
    text = name.strip().replace("\\", "/")
    scheme, colon, rest = text.partition(":")
    is_absolute = text.startswith("/")
    if colon and scheme.isalnum() and (len(scheme) == 1 or rest.startswith("/")):
        text, is_absolute = rest, True
    return tuple(part for part in fold(text).split("/") if part), is_absolute


def _without_splits(names: set[str]) -> frozenset[str]:
    """Folders but those of a split, which says which images are meant, even if all label files are of one."""
    return frozenset(name for name in names if not split_of_folders(f"{name}/"))


class _Shared:
    """The names of folders that all of some paths have, and that any of them has."""

    def __init__(self) -> None:
        self.by_all: set[str] = set()
        self.by_any: set[str] = set()
        self._seen: set[tuple[str, ...]] = set()

    def add(self, folders: Iterable[str]) -> None:
        path = tuple(folders)
        if path in self._seen:
            return
        self.by_all = self.by_all & set(path) if self._seen else set(path)
        self.by_any.update(path)
        self._seen.add(path)


def _resolved(parts: tuple[str, ...]) -> list[str]:
    path: list[str] = []
    for part in parts:
        if part == "..":
            path = path[:-1]
        elif part != ".":
            path.append(part)
    return path


def _leaves_source(parts: tuple[str, ...]) -> bool:
    """Whether a path goes up beyond the source, so that its folders are those of another machine."""
    depth = 0
    for part in parts:
        depth += -1 if part == ".." else part != "."
        if depth < 0:
            return True
    return False


def _parts_without_roles(path: str) -> tuple[str, ...]:
    *folders, name = path.split("/")
    return (*(folder for folder in folders if folder not in ROLE_FOLDERS), name)


def _agree(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether one list of folders is the end of the other, so that no folder contradicts."""
    short, long = sorted((left, right), key=len)
    return not short or long[-len(short) :] == short


def _shared_end(left: list[str], right: list[str]) -> int:
    return _shared_start(left[::-1], right[::-1])


def _shared_start(left: list[str], right: list[str]) -> int:
    count = 0
    for left_part, right_part in zip(left, right, strict=False):
        if left_part != right_part:
            break
        count += 1
    return count


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key, path in pairs:
        groups[key].append(path)
    return dict(groups)
