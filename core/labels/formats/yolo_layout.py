"""Reads the names and splits of a YOLO source: from its YAML file, Darknet's lists, or its folders."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from core.labels.formats.builder import Builder
from core.labels.formats.class_names import number_of, read_list
from core.labels.formats.splits import splits_of_folders
from core.labels.sources.source_tree import SourceTree
from core.yaml_files import YamlError, YamlLimits, read_yaml

# A table of class names has two values per class.
_LIMITS: Final = YamlLimits(bytes=2**20, values=220_000)
_LIST_BYTES: Final = 64 * 2**20
_MOST_CLASSES: Final = 100_000
_NAME_FILES: Final = ("obj.names", "classes.names", "coco.names", "classes.txt", "labels.txt", "_darknet.labels")
_SPLIT_KEYS: Final = {"train": "train", "val": "val", "valid": "val", "test": "test"}


@dataclass(frozen=True, slots=True)
class Description:
    """The YAML file of an Ultralytics data set: its path and content."""

    path: str
    content: dict[str, Any]


def read_description(tree: SourceTree, builder: Builder) -> Description | None:
    """The shallowest YAML file with `names` or `train`; None if there is none."""
    for path in sorted(tree.with_suffix(".yaml", ".yml"), key=lambda path: (path.count("/"), path)):
        content = _load(tree, path, builder)
        if isinstance(content, dict) and ("names" in content or "train" in content):
            return Description(path, content)
    return None


def read_names(tree: SourceTree, description: Description | None, builder: Builder) -> tuple[list[str], str] | None:
    """The class names by index and their file: the YAML file first, then the usual lists of names."""
    if description is not None and "names" in description.content:
        names = _names(description.content["names"])
        if names:
            return names, description.path
        message = f"{description.path}: `names` is neither a list nor a table of class names."
        builder.blocked("malformed-file", message, description.path)
    for file_name in _NAME_FILES:
        if listed := read_list(tree, file_name, builder):
            return listed
    return None


def read_splits(tree: SourceTree, description: Description | None) -> dict[str, str]:
    """The split of each image: by the YAML file, else by Darknet's train.txt, val.txt and test.txt, else by folder."""
    splits: dict[str, str] = {}
    if description is not None:
        for key, split in _SPLIT_KEYS.items():
            value = description.content.get(key)
            for path in value if isinstance(value, list) else [value]:
                if isinstance(path, str):
                    splits.update(dict.fromkeys(_images_at(tree, path, description.path), split))
    if len(set(splits.values())) > 1:
        return splits
    for key, split in _SPLIT_KEYS.items():
        for path in tree.named(f"{key}.txt"):
            splits.update(dict.fromkeys(_listed_images(tree, path), split))
    return splits if len(set(splits.values())) > 1 else splits_of_folders(tree.images)


def _load(tree: SourceTree, path: str, builder: Builder) -> Any:
    try:
        if tree.sizes[path] > _LIMITS.bytes:
            raise ValueError("larger than 1 MiB")
        return read_yaml(tree.read(path), _LIMITS, only_text=True)
    except YamlError as error:
        message = f"{path}{error.where}: cannot be read as YAML ({error.problem}). {error.remedy}"
        builder.blocked("malformed-file", message, path)
    except (OSError, ValueError) as error:
        builder.blocked("malformed-file", f"{path}: cannot be read as YAML ({error}).", path)
    return None


def _names(value: Any) -> list[str] | None:
    """The names by class index, as written: `no` and `007` are names too."""
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return list(value)
    if isinstance(value, dict) and value and all(isinstance(name, str) for name in value.values()):
        return _by_number({number_of(key): name for key, name in value.items()})
    return None


def _by_number(names: dict[int | None, str]) -> list[str] | None:
    numbers = [number for number in names if number is not None]
    if len(numbers) != len(names) or max(numbers) >= _MOST_CLASSES:
        return None
    return [names.get(number, "") for number in range(max(numbers) + 1)]


def _images_at(tree: SourceTree, path: str, description: str) -> list[str]:
    """The images in the folder or list that a YAML file names by `path`; foreign prefixes are ignored."""
    parts = tuple(part for part in PurePosixPath(path.replace("\\", "/")).parts if part not in ("..", ".", "/"))
    if not parts:
        return []
    if parts[-1].endswith(".txt"):
        lists = tree.named(parts[-1])
        return _listed_images(tree, lists[0]) if lists else []
    base = PurePosixPath(description).parent.parts
    for start in range(len(parts)):
        tail = parts[start:]
        inside = [image for image in tree.images if PurePosixPath(image).parts[: len(base + tail)] == base + tail]
        images = inside or [image for image in tree.images if _holds(PurePosixPath(image).parent.parts, tail)]
        if images:
            return images
    return []


def _holds(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return any(parts[at : at + len(wanted)] == wanted for at in range(len(parts) - len(wanted) + 1))


def _listed_images(tree: SourceTree, path: str) -> list[str]:
    """The images in a list of paths, one per line; [] for a file that is no list."""
    if tree.sizes[path] > _LIST_BYTES:
        return []
    try:
        lines = tree.read(path).decode("utf-8-sig").splitlines()
    except (OSError, ValueError):
        return []
    images = (tree.find_image(line.strip(), beside=path) for line in lines if line.strip())
    return [image for image in images if image is not None]
