"""The lists of class names in a source, and which label files each of them rules (rule 4)."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from core.errors import AppError
from core.labels.findings import Finding, Severity
from core.labels.formats.base import quoted
from core.labels.formats.tables.class_table import read_class_table
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.text import decode
from core.labels.sources.yaml_description import Description

NAME_LENGTH: Final = 200
# The longest lists in use (Objects365, LVIS, Open Images) are below 20,000 names.
_LIST_BYTES: Final = 2**20
_MOST_CLASSES: Final = 100_000
_NAME_SHOWN: Final = 120
_LIST_NAMES: Final = (
    "classes.txt",
    "labels.txt",
    "label_names.txt",
    "class_names.txt",
    "_darknet.labels",
    "predefined_classes.txt",
)
_LIST_SUFFIXES: Final = (".names", ".labels")
# A number, what parts it from the name, and the name.
_NUMBERED: Final = re.compile(r"([0-9]{1,5})(\s*[:=]\s*|\s+)(\S.*)")
# Python refuses to read integers of thousands of digits; no class has more than nine.
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassList:
    """Names by class number, the file that lists them, and the folder whose label files it rules.

    `guesses` are the two likeliest encodings with the names under each, if the file's encoding is a guess. `count` is
    the number of classes that the file states besides, 0 if it does not.
    """

    file: str
    folder: str
    names: tuple[str, ...]
    count: int = 0
    guesses: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(slots=True, kw_only=True)
class ClassLists:
    """All lists of names of a source, and findings about those that cannot be read. `chosen` are files of lists."""

    lists: list[ClassList] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    chosen: tuple[str, ...] = ()

    def ruling(self, label: str) -> tuple[list[ClassList], bool]:
        """The lists that rule a label file, and whether they are of its folder or one above it; else all others."""
        folder = label.rpartition("/")[0]
        above = [listed for listed in self.lists if not listed.folder or f"{folder}/".startswith(f"{listed.folder}/")]
        return (above, True) if above else (self.lists, False)

    def counting(self, ruling: tuple[ClassList, ...]) -> tuple[ClassList, ...]:
        """Of lists that rule the same label files, the nearest that the user chose; else all."""
        chosen = [listed for listed in ruling if listed.file in self.chosen]
        nearest = max((len(listed.folder) for listed in chosen), default=0)
        return tuple(listed for listed in chosen if len(listed.folder) == nearest) or ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScope:
    """Label files that the same lists of names rule: how many, and some of their `folders`.

    `file` is the list that counts, "" if the lists contradict each other (`is_conflict`). `is_shifted` says that the
    numbers seem to start at 1; `highest` is the highest of them, -1 without one.
    """

    lists: tuple[ClassList, ...]
    file: str
    label_files: int
    folders: tuple[str, ...]
    is_conflict: bool = False
    is_shifted: bool = False
    highest: int = -1

    @property
    def names(self) -> tuple[str, ...]:
        """The names by number in the list that counts; empty in a conflict."""
        return next((listed.names for listed in self.lists if listed.file == self.file), ())


def read_class_lists(
    tree: SourceTree, descriptions: list[Description], unclaimed: list[str], chosen: tuple[str, ...] = ()
) -> ClassLists:
    """The lists in YAML files, in files of one name a line, in Darknet's `.data` files, and in tables of ids.

    `unclaimed` are files that no reader reads; those that prove to be tables of ids are taken off this list. `chosen`
    are the files of lists that count where several rule the same label files. Raises AppError for one that is no list.
    """
    read = ClassLists(chosen=chosen)
    for description in descriptions:
        _from_yaml(description, read)
    for path in _list_files(tree):
        _from_lines(tree, path, path.rpartition("/")[0], read)
    for path in tree.with_suffix(".data"):
        _from_darknet(tree, path, read)
    for path in [path for path in unclaimed if path.lower().endswith((".csv", ".tsv"))]:
        if table := read_class_table(tree, path):
            unclaimed.remove(path)
            if names := _by_number(table):
                read.lists.append(ClassList(file=path, folder=path.rpartition("/")[0], names=names))
    _refuse_unknown(read)
    return read


def _refuse_unknown(read: ClassLists) -> None:
    earlier = [listed.file for listed in read.lists]
    for file in read.chosen:
        if file not in earlier:
            remedy = (
                f"Choose one of: {', '.join(earlier[:8])}." if earlier else "The source has no list of class names."
            )
            raise AppError(f"{quoted(file, _NAME_SHOWN)} is no list of class names of this source.", remedy)


def number_of(token: str) -> int | None:
    """The token as a class number, None for a name or an absurd number."""
    return int(token) if token.isdecimal() and token.isascii() and len(token) <= _DIGITS else None


def is_class_list(path: str) -> bool:
    """Whether a file has the name of a list of class names."""
    name = path.rpartition("/")[2].lower()
    return name in _LIST_NAMES or name.endswith(_LIST_SUFFIXES)


def _list_files(tree: SourceTree) -> list[str]:
    return [path for path in tree.with_suffix(".txt", *_LIST_SUFFIXES) if is_class_list(path)]


def _from_yaml(description: Description, read: ClassLists) -> None:
    if description.problem:
        _block(read, description.path, description.problem)
        return
    if "names" not in description.content:
        return
    names = _names(description.content["names"])
    if names:
        count = number_of(str(description.content.get("nc", "")).strip()) or 0
        read.lists.append(ClassList(file=description.path, folder=description.folder, names=names, count=count))
    else:
        message = f"{description.path}: `names` is neither a list nor a table of class names."
        _block(read, description.path, message)


def _from_lines(tree: SourceTree, path: str, folder: str, read: ClassLists) -> None:
    try:
        if tree.sizes[path] > _LIST_BYTES:
            raise ValueError("larger than 1 MiB")
        data = tree.read(path)
        text = decode(data)
        if text is None:
            raise ValueError("binary data")
    except (OSError, ValueError) as error:
        _block(read, path, f"{path}: no list of class names, one a line ({error}).")
        return
    lines = [line.strip() for line in text.text.rstrip().split("\n")] if text.text.strip() else []
    if not lines:
        return
    names = _names_of_lines(lines)
    if names != tuple(lines):
        how = "its names stand on one line" if len(lines) == 1 else "each line begins with the number of its class"
        message = f"{path}: {how}; read as {', '.join(map(quoted, names[:3]))}{' …' * (len(names) > 3)}."
        read.findings.append(Finding(check="bad-name", severity=Severity.FIXED, message=message, file=path))
    guesses: tuple[tuple[str, tuple[str, ...]], ...] = ()
    if text.rivals:
        guesses = tuple((rival, tuple(data.decode(rival, "replace").split())[:6]) for rival in text.rivals)
    read.lists.append(ClassList(file=path, folder=folder, names=names, guesses=guesses))


def _names_of_lines(lines: list[str]) -> tuple[str, ...]:
    """The names of a list: its lines, or what commas part on a single one, or what follows the numbers 0 to N - 1.

    Numbers from 1 may be a part of the names, as `1 euro` and `2 euro`, unless a colon or an equals sign follows.
    """
    if len(lines) == 1 and "," in lines[0]:
        return tuple(name.strip() for name in lines[0].split(",") if name.strip())
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    names = {int(match[1]): match[3] for match in numbered if match}
    if len(names) == len(lines) > 1 and (
        set(names) == set(range(len(lines))) or all(match and match[2].strip() in (":", "=") for match in numbered)
    ):
        return _by_number(names) or tuple(lines)
    return tuple(lines)


def _from_darknet(tree: SourceTree, path: str, read: ClassLists) -> None:
    """The list that Darknet's `obj.data` names, unless it has been read by its own name."""
    if tree.sizes[path] > _LIST_BYTES or (text := decode(_bytes(tree, path))) is None:
        return
    for line in text.text.split("\n"):
        key, _, value = (part.strip() for part in line.partition("="))
        if key == "names" and value:
            for listed in tree.named(value.replace("\\", "/").rpartition("/")[2])[:1]:
                if all(earlier.file != listed for earlier in read.lists):
                    _from_lines(tree, listed, path.rpartition("/")[0], read)


def _names(value: Any) -> tuple[str, ...] | None:
    """The names by class number, as written: `no` and `007` are names too."""
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return tuple(name.strip() for name in value)
    if isinstance(value, dict) and value and all(isinstance(name, str) for name in value.values()):
        numbers = {number_of(str(key)): name.strip() for key, name in value.items()}
        if None not in numbers:
            return _by_number({number: name for number, name in numbers.items() if number is not None})
    return None


def _by_number(names: dict[int, str]) -> tuple[str, ...] | None:
    if not names or max(names) >= _MOST_CLASSES:
        return None
    return tuple(names.get(number, "") for number in range(max(names) + 1))


def _bytes(tree: SourceTree, path: str) -> bytes:
    try:
        return tree.read(path)
    except OSError:
        return b""


def _block(read: ClassLists, file: str, message: str) -> None:
    read.findings.append(Finding(check="malformed-file", severity=Severity.BLOCKS, message=message, file=file))
