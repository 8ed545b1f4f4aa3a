"""The split of each image: by the label files, by YAML files and lists of images, or by the names of folders."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from core.labels.findings import Finding, Severity
from core.labels.formats.base import quoted
from core.labels.sources.image_index import ImageIndex, fold
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.splits_of_names import splits_of_folders
from core.labels.sources.text import Text, decode, guesses
from core.labels.sources.yaml_description import Description

_KEYS: Final = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
_SWITCHES: Final = ("true", "false", "null", "~")
_TRAINVAL: Final = "trainval"
_SPLIT_OF_STEM: Final = {**_KEYS, _TRAINVAL: "train"}
_ENDINGS: Final = tuple(f"{stem}.txt" for stem in _SPLIT_OF_STEM)
_LIST_BYTES: Final = 64 * 2**20
_MOST_FINDINGS: Final = 200
_NAMES_TRIED: Final = 200


@dataclass(slots=True, kw_only=True)
class SplitEntries:
    """Splits of images that lists and YAML files name.

    `counts` are entries of lists by their fate: "imported", or a reason why the entry says nothing.
    """

    split_of: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


NO_IMAGE: Final = "names no image"
REPEATED: Final = "names an image again"
OTHER_LIST: Final = "in a list of one class or another task"
IMPORTED: Final = "imported"
_IMAGE_SETS: Final = "imagesets"


def read_split_lists(tree: SourceTree, descriptions: list[Description], index: ImageIndex) -> SplitEntries:
    """The splits that YAML files and lists of images say; the first statement about an image counts."""
    entries = SplitEntries()
    for description in descriptions:
        for key, split in _KEYS.items():
            value = description.content.get(key)
            for path in value if isinstance(value, list) else [value]:
                # The settings of a run of Ultralytics have `val: true`.
                if isinstance(path, str) and path.lower() not in _SWITCHES:
                    _from_description(tree, path, split, description, index, entries)
    for path in split_files(tree):
        if path not in entries.files:
            _from_list(tree, path, _SPLIT_OF_STEM[_stem(path)], index, entries)
    for path in _other_lists(tree):
        if path not in entries.files:
            _leave_out(tree, path, entries)
    return entries


def split_files(tree: SourceTree) -> list[str]:
    """Lists of images of one split, by their names: `train.txt`, `ImageSets/Main/val.txt`.

    `trainval.txt` is the training part where nothing divides it.
    """
    paths = [
        path
        for path in tree.with_suffix(".txt")
        # The first condition is quick, and true for few of a hundred thousand label files.
        if path.lower().endswith(_ENDINGS) and _stem(path) in _SPLIT_OF_STEM and not tree.images_of_stem(_stem(path))
    ]
    divided = {
        path.rpartition("/")[0] for path in paths if _SPLIT_OF_STEM[_stem(path)] != "test" and _stem(path) in _KEYS
    }
    paths = [path for path in paths if _stem(path) != _TRAINVAL or path.rpartition("/")[0] not in divided]
    main = {_image_sets(path) for path in paths if fold(path).split("/")[-2:-1] == ["main"]}
    # VOC has lists for each of its tasks. Those of detection are in `Main`.
    return [path for path in paths if _image_sets(path) not in main - {""} or fold(path).split("/")[-2] == "main"]


def _image_sets(path: str) -> str:
    """The folder `ImageSets` that holds a list in a folder of a task; "" for other lists."""
    folder = path.rpartition("/")[0].rpartition("/")[0]
    return folder if fold(folder.rpartition("/")[2]) == _IMAGE_SETS else ""


def _other_lists(tree: SourceTree) -> list[str]:
    """Lists in VOC's folder that say nothing about splits: of one class, of another task, of `trainval`."""
    used = set(split_files(tree))
    return [path for path in tree.with_suffix(".txt") if _IMAGE_SETS in fold(path).split("/")[:-1] and path not in used]


def _leave_out(tree: SourceTree, path: str, entries: SplitEntries) -> None:
    """Counts the entries of a list that is not read."""
    try:
        text = decode(tree.read(path)) if tree.sizes[path] <= _LIST_BYTES else None
    except OSError:
        text = None
    entries.counts[OTHER_LIST] += sum(bool(line.strip()) for line in text.text.split("\n")) if text else 0


def folder_splits(images: Iterable[str]) -> dict[str, str]:
    """The split of each image that lies in a folder named for one."""
    return splits_of_folders(images)


def _from_description(
    tree: SourceTree, path: str, split: str, description: Description, index: ImageIndex, entries: SplitEntries
) -> None:
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if not parts:
        return
    if parts[-1].lower().endswith(".txt"):
        if lists := _best_lists(tree, parts, description.folder):
            _from_list(tree, lists, split, index, entries)
        return
    images = _images_in(index.images, parts, description.folder)
    if images:
        for image in images:
            _claim(image, split, description.path, 0, entries)
        return
    message = f"{description.path}: `{split}` is {quoted(path)}, but no image lies in such a folder."
    _look(entries, "in-no-split", message, description.path)


def _best_lists(tree: SourceTree, parts: list[str], folder: str) -> str:
    """The list that a YAML file names, by the longest end of its path."""
    paths = tree.named(parts[-1])
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        inside = f"{folder}/{tail}" if folder else tail
        for path in paths:
            if path in (inside, tail) or path.endswith(f"/{tail}"):
                return path
    return ""


def _images_in(images: list[str], parts: list[str], folder: str) -> list[str]:
    """The images in a folder named by a path whose foreign beginning counts for nothing."""
    for start in range(len(parts)):
        tail = "/".join(parts[start:]) + "/"
        base = f"{folder}/{tail}" if folder else tail
        inside = [image for image in images if image.startswith(base)]
        if inside := inside or [image for image in images if image.startswith(tail) or f"/{tail}" in image]:
            return inside
    return []


def _from_list(tree: SourceTree, path: str, split: str, index: ImageIndex, entries: SplitEntries) -> None:
    entries.files.append(path)
    try:
        if tree.sizes[path] > _LIST_BYTES:
            raise ValueError("too large")
        data = tree.read(path)
        text = decode(data)
        if text is None:
            raise ValueError("binary data")
    except (OSError, ValueError) as error:
        message = f"{path}: no list of image names ({error})."
        entries.findings.append(Finding(check="malformed-file", severity=Severity.BLOCKS, message=message, file=path))
        return
    if text.rivals and not text.text.isascii():
        text = _settle_encoding(text, data, path, index, entries)
    for number, line in enumerate(text.text.split("\n"), 1):
        if name := line.strip():
            _from_line(name, split, path, number, index, entries)


def _settle_encoding(text: Text, data: bytes, path: str, index: ImageIndex, entries: SplitEntries) -> Text:
    """The text in the code page in which its names are images; a finding that blocks if there is none, or several."""
    fitting = [guess for guess in guesses(data) if _are_images(guess.text, path, index)]
    if len(fitting) == 1:
        return fitting[0]
    words = "; ".join(
        f"{guess.encoding}: {quoted(next(line for line in guess.text.split() if not line.isascii()))}"
        for guess in (fitting or guesses(data))[:2]
    )
    message = f"{path}: not UTF-8, and nothing says in which encoding its names are ({words})."
    entries.findings.append(Finding(check="encoding-guessed", severity=Severity.BLOCKS, message=message, file=path))
    return text


def _are_images(text: str, path: str, index: ImageIndex) -> bool:
    """Whether each of the first names with letters beyond ASCII is that of an image."""
    foreign = [line.strip() for line in text.split("\n") if not line.isascii()]
    return all(_images_named(name, path, index) for name in foreign[:_NAMES_TRIED])


def _from_line(name: str, split: str, path: str, line: int, index: ImageIndex, entries: SplitEntries) -> None:
    images = _images_named(name, path, index)
    if not images:
        entries.counts[NO_IMAGE] += 1
        _look(entries, "orphan-entry", f"{path}, line {line}: {quoted(name, 120)} names no image.", path, line)
        return
    fates = [_claim(image, split, path, line, entries) for image in images]
    entries.counts[IMPORTED if any(fates) else REPEATED] += 1


def _images_named(name: str, path: str, index: ImageIndex) -> list[str]:
    """The images that a line names: a path, a stem, or a stem and a number (VOC's lists of one class)."""
    for spelling in (name, name.split()[0]):
        match = index.find(spelling, path)
        if match.image:
            return [match.image]
        if images := _near(path, index.of_stem(spelling.replace("\\", "/").rpartition("/")[2])):
            return images
    return []


def _near(path: str, images: list[str]) -> list[str]:
    """Of images with one name, those of the list's own data set: VOC2007's list says nothing of VOC2012's images."""
    folders = path.split("/")[:-1]
    shared = {image: _shared(folders, image.split("/")) for image in images}
    return [image for image in images if shared[image] == max(shared.values())]


def _shared(left: list[str], right: list[str]) -> int:
    return next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


def _claim(image: str, split: str, path: str, line: int, entries: SplitEntries) -> bool:
    """Puts an image into a split unless it is in one; returns whether this was new."""
    earlier = entries.split_of.get(image)
    if earlier is None:
        entries.split_of[image] = split
        return True
    if earlier != split:
        message = f"{image} is listed in {earlier} and in {split}; {earlier} was used."
        _look(entries, "two-splits", message, path, line, image)
    return False


def _look(entries: SplitEntries, check: str, message: str, file: str, line: int = 0, image: str = "") -> None:
    if len(entries.findings) < _MOST_FINDINGS:
        entries.findings.append(
            Finding(check=check, severity=Severity.LOOK, message=message, file=file, line=line, image=image)
        )


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0].lower()
