"""Builds the class table from class tokens (names or numbers) and lists of names."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from core.labels.formats.builder import Builder
from core.labels.sources.source_tree import SourceTree

NAME_LENGTH: Final = 200
# The longest lists in use (Objects365, LVIS, Open Images) are below 20,000 names.
_LIST_BYTES: Final = 2**20
# Python refuses to read integers of thousands of digits; no class has more than nine.
_DIGITS: Final = 9


@dataclass(slots=True)
class ClassTable:
    """Categories as (name, source id) by class index, and the lookup from a token to its class."""

    categories: list[tuple[str, str]] = field(default_factory=list)
    _by_token: dict[str, int] = field(default_factory=dict)
    _by_number: dict[int, int] = field(default_factory=dict)

    def index(self, token: str) -> int | None:
        """The class index of a token, None for an unknown class."""
        number = number_of(token)
        if number is not None and number in self._by_number:
            return self._by_number[number]
        return self._by_token.get(token)

    def by_name(self, name: str) -> int:
        """The class index of a name that is in the table."""
        return self._by_token[name]

    def name(self, token: str) -> str:
        """The class's name, or the token itself if the class is unknown."""
        index = self.index(token)
        return token[:NAME_LENGTH] if index is None else self.categories[index][0]

    def add(self, name: str, source_id: str, number: int | None = None) -> None:
        """Adds a class; a name that exists already is the same class."""
        index = self._by_token.get(name)
        if index is None:
            index = self._by_token[name] = len(self.categories)
            self.categories.append((name, source_id))
        if number is not None:
            self._by_number[number] = index


def number_of(token: str) -> int | None:
    """The token as a class number, None for a name or an absurd number."""
    return int(token) if token.isdecimal() and len(token) <= _DIGITS else None


def table_of(names: Iterable[str]) -> ClassTable:
    """The table of a list of names; a blank name becomes e.g. `class 3`."""
    table = ClassTable()
    for number, name in enumerate(names):
        table.add(name.strip()[:NAME_LENGTH] or f"class {number}", str(number), number)
    return table


def table_from_tokens(tokens: Iterable[str]) -> tuple[ClassTable, list[int]]:
    """The table for labels without a list of names: words by alphabet, then numbers as `class 3`; and the numbers."""
    table, seen = ClassTable(), set(tokens)
    for word in sorted(token for token in seen if number_of(token) is None and not _is_numeric(token)):
        table.add(word[:NAME_LENGTH], word[:NAME_LENGTH])
    numbers = sorted({number for token in seen if (number := number_of(token)) is not None})
    for number in numbers:
        table.add(f"class {number}", str(number), number)
    return table, numbers


def read_list(tree: SourceTree, file_name: str, builder: Builder) -> tuple[list[str], str] | None:
    """The names in the shallowest file of this name, one per line, and its path; None if there is no such file.

    It is a finding if several files disagree, or if a file is no list of names.
    """
    paths = tree.named(file_name)
    lists = [names for path in paths if (names := _read_names(tree, path, builder)) is not None]
    if not lists:
        return None
    if any(names != lists[0] for names in lists[1:]):
        message = f"{', '.join(paths[:4])} list different classes; {paths[0]} was used."
        builder.blocked("names-conflict", message, paths[0])
    return lists[0], paths[0]


def _read_names(tree: SourceTree, path: str, builder: Builder) -> list[str] | None:
    try:
        if tree.sizes[path] > _LIST_BYTES:
            raise ValueError("larger than 1 MiB")
        text = tree.read(path).decode("utf-8-sig")
        if "\0" in text:
            raise ValueError("binary data")
    except (OSError, ValueError) as error:
        builder.blocked("malformed-file", f"{path}: no list of class names, one a line ({error}).", path)
        return None
    return text.rstrip().splitlines() or None


def _is_numeric(token: str) -> bool:
    try:
        float(token)
    except ValueError:
        return False
    return True
