"""Reads the YAML files of Ultralytics data sets: class names, splits, and the shape of keypoints."""

from dataclasses import dataclass
from typing import Any, Final

from core.labels.sources.source_tree import SourceTree
from core.yaml_files import YamlError, YamlLimits, read_yaml

# A table of class names has two values per class.
_LIMITS: Final = YamlLimits(bytes=2**20, values=220_000, repeated_keys=False)
_KEYS: Final = ("names", "train", "val", "test", "kpt_shape")


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A YAML file of a data set: its path and content. `problem` says why it cannot be read; then content is empty."""

    path: str
    content: dict[str, Any]
    problem: str = ""

    @property
    def folder(self) -> str:
        """The folder of the file; "" for the source itself."""
        return self.path.rpartition("/")[0]


def read_descriptions(tree: SourceTree) -> list[Description]:
    """The YAML files that describe a data set, or that cannot be read; the shallowest first."""
    paths = sorted(tree.with_suffix(".yaml", ".yml"), key=lambda path: (path.count("/"), path))
    read = (_read(tree, path) for path in paths)
    return [description for description in read if description is not None]


def keypoint_shape(tree: SourceTree) -> tuple[int, int] | None:
    """Ultralytics' `kpt_shape`: (points, numbers a point: 2 or 3); None if no YAML file has it."""
    for path in tree.with_suffix(".yaml", ".yml"):
        if tree.sizes[path] > _LIMITS.bytes or b"kpt_shape" not in _bytes(tree, path):
            continue
        description = _read(tree, path)
        shape = description.content.get("kpt_shape") if description else None
        if isinstance(shape, list) and len(shape) == 2 and all(str(side).isdecimal() for side in shape):
            points, numbers = int(str(shape[0])[:6]), int(str(shape[1])[:6])
            if points and numbers in (2, 3):
                return points, numbers
    return None


def _read(tree: SourceTree, path: str) -> Description | None:
    try:
        if tree.sizes[path] > _LIMITS.bytes:
            raise ValueError("larger than 1 MiB")
        content = read_yaml(tree.read(path), _LIMITS, only_text=True)
    except YamlError as error:
        problem = f"{path}{error.where}: cannot be read as YAML ({error.problem}). {error.remedy}"
        return Description(path=path, content={}, problem=problem)
    except (OSError, ValueError) as error:
        return Description(path=path, content={}, problem=f"{path}: cannot be read as YAML ({error}).")
    if isinstance(content, dict) and any(key in content for key in _KEYS):
        return Description(path=path, content=content)
    return None


def _bytes(tree: SourceTree, path: str) -> bytes:
    try:
        return tree.read(path)
    except OSError:
        return b""
