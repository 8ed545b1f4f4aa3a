"""Gives each object its class, by the names and the lists that apply to its label file (rule 4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from core.labels.findings import Finding, Severity
from core.labels.formats.base import quoted
from core.labels.formats.written import Written
from core.labels.reading.class_lists import NAME_LENGTH, ClassList, ClassLists, number_of

_MOST_FINDINGS: Final = 1_000
_NAMES_SHOWN: Final = 6
_PLACES_KEPT: Final = 100


@dataclass(slots=True)
class ClassTable:
    """Classes as (name, id in the source) by class index; a name that exists is the same class."""

    categories: list[tuple[str, str]] = field(default_factory=list)
    _index: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, source_id: str) -> int:
        """The index of a class, which is added if it is new."""
        name = name[:NAME_LENGTH]
        if name not in self._index:
            self._index[name] = len(self.categories)
            self.categories.append((name, source_id[:NAME_LENGTH]))
        return self._index[name]

    def index(self, name: str) -> int | None:
        """The index of a class that is in the table."""
        return self._index.get(name[:NAME_LENGTH])


@dataclass(slots=True, kw_only=True)
class Classified:
    """The class of each object of a part: `category` (N,) indices, -1 for a class that is unknown or in doubt.

    `index_of_token` (scope, token) gives the classes of tokens; `scope_of_entry` the scope of each entry.
    """

    category: npt.NDArray[np.int64]
    findings: list[Finding] = field(default_factory=list)
    evidence: str = ""
    index_of_token: dict[tuple[int, str], int] = field(default_factory=dict)
    scope_of_entry: list[int] = field(default_factory=list)

    def index_of(self, entry: int, token: str) -> int | None:
        """The class index of a token in an entry's label file, None for an unknown class."""
        return self.index_of_token.get((self.scope_of_entry[entry], token))


@dataclass(slots=True, kw_only=True)
class _Scope:
    """Label files that the same lists rule: the names by number, or why they are in doubt."""

    lists: tuple[ClassList, ...]
    names: tuple[str, ...] = ()
    file: str = ""
    index_of: dict[str, int] = field(default_factory=dict)  # token -> class index
    numbers: set[int] = field(default_factory=set)
    is_doubtful: bool = False


def classify(
    part: Written, lists: ClassLists, names: tuple[str, ...] | None, first_id: int, table: ClassTable
) -> Classified:
    """The classes of a part's objects; new ones are added to `table`.

    `names` are the user's, by number. `first_id` is the number of the first name: 0, or 1 for ids from 1.
    """
    if part.is_indexed:
        return _Indexed(part, lists, names, first_id, table).classify()
    return _by_name(part, names, table)


def _by_name(part: Written, names: tuple[str, ...] | None, table: ClassTable) -> Classified:
    """Tokens are names. With names given by the user, others are unknown."""
    for name, source_id in [(name, str(number)) for number, name in enumerate(names)] if names else part.classes:
        table.add(name, source_id)
    if not names and not part.classes:
        for name in sorted(set(part.token)):
            table.add(name, name)
    indices = {token: table.index(token) if names else table.add(token, token) for token in dict.fromkeys(part.token)}
    category = np.array([-1 if (index := indices[token]) is None else index for token in part.token], dtype=np.int64)
    classified = Classified(category=category, scope_of_entry=[0] * len(part.entries))
    classified.index_of_token = {(0, token): index for token, index in indices.items() if index is not None}
    unknown = np.flatnonzero(category < 0)
    for row in unknown[:_MOST_FINDINGS].tolist():
        message = f"class {quoted(part.token[row])} is not among the given names."
        classified.findings.append(_finding(part, row, "unknown-class", message))
    return classified


class _Indexed:
    """Classifies tokens that may be numbers of a list."""

    def __init__(
        self, part: Written, lists: ClassLists, names: tuple[str, ...] | None, first_id: int, table: ClassTable
    ) -> None:
        self.part, self.lists, self.given, self.first_id, self.table = part, lists, names, first_id, table
        self.scopes: list[_Scope] = []
        self.classified = Classified(category=np.full(len(part.token), -1, dtype=np.int64))

    def classify(self) -> Classified:
        part = self.part
        self.classified.scope_of_entry = scope_of = self._scopes_of_entries()
        for row, entry in enumerate(part.entry):
            if (number := number_of(part.token[row])) is not None:
                self.scopes[scope_of[entry]].numbers.add(number)
        first_row = {scope_of[entry]: row for row, entry in reversed(list(enumerate(part.entry)))}
        for number, scope in enumerate(self.scopes):
            self._read_scope(scope, first_row.get(number, -1))
            for token, index in scope.index_of.items():
                self.classified.index_of_token[number, token] = index
        self._give_classes(scope_of)
        self._evidence()
        return self.classified

    def _scopes_of_entries(self) -> list[int]:
        # Label files that borrow the lists of another folder are no evidence about that folder's numbers.
        numbers: dict[tuple[tuple[ClassList, ...], bool], int] = {}
        by_folder: dict[str, int] = {}
        scopes = []
        for entry in self.part.entries:
            folder = entry.file.rpartition("/")[0]
            if folder not in by_folder:
                lists, are_own = ([], True) if self.given else self.lists.ruling(entry.file)
                key = (tuple(lists), are_own)
                if key not in numbers:
                    numbers[key] = len(self.scopes)
                    self.scopes.append(_Scope(lists=key[0]))
                by_folder[folder] = numbers[key]
            scopes.append(by_folder[folder])
        return scopes

    def _read_scope(self, scope: _Scope, row: int) -> None:
        if self.given:
            scope.names, scope.file = self.given, ""
        elif scope.lists:
            scope.names, scope.file = scope.lists[0].names, scope.lists[0].file
            self._compare(scope)
        if scope.names:
            self._add_names(scope)
            self._doubt_first_id(scope, row)
        else:
            self._add_tokens(scope, row)

    def _compare(self, scope: _Scope) -> None:
        """Lists that rule the same label files must agree on the numbers in use."""
        used = scope.numbers or set(range(max(len(listed.names) for listed in scope.lists)))
        for listed in scope.lists:
            if listed.guesses:
                shown = "; ".join(f"{encoding}: {', '.join(names)}" for encoding, names in listed.guesses)
                message = f"{listed.file}: nothing says in which encoding it is. {shown}."
                self._block_scope(scope, "encoding-guessed", message, listed.file)
                return
        for listed in scope.lists:
            if listed.count > len(listed.names):
                message = f"{listed.file}: `nc` is {listed.count:,}, but `names` lists {len(listed.names):,}."
                self._block_scope(scope, "names-conflict", message, listed.file)
                return
        first = scope.lists[0]
        for other in scope.lists[1:]:
            differing = [number for number in sorted(used) if _name_at(first, number) != _name_at(other, number)]
            if differing and not _is_only_longer(first, other, differing):
                number = differing[0]
                message = (
                    f"{first.file} and {other.file} list different classes: {number} is "
                    f"{quoted(_name_at(first, number))} or {quoted(_name_at(other, number))}."
                )
                self._block_scope(scope, "names-conflict", message, first.file)
                return
            if len(other.names) > len(scope.names):
                scope.names = other.names

    def _add_names(self, scope: _Scope) -> None:
        ids: dict[str, list[int]] = {}
        # A name that is missing keeps its place as a class, but no object can have it. Of a few bytes of YAML with a
        # large number, there would be a hundred thousand.
        keeps_places = len(scope.names) <= _PLACES_KEPT + 2 * sum(map(bool, scope.names))
        for number, name in enumerate(scope.names):
            if not name:
                if keeps_places:
                    self.table.add(f"class {number}", str(number + self.first_id))
                continue
            ids.setdefault(name, []).append(number)
            index = self.table.add(name, str(number + self.first_id))
            scope.index_of[str(number + self.first_id)] = index
            scope.index_of.setdefault(name, index)
        for name, numbers in ids.items():
            if len(numbers) > 1:
                listed = " and ".join(str(number) for number in numbers[:4])
                where = scope.file or "The given names"
                message = f"{where}: ids {listed} have one name, {quoted(name)}; they are one class."
                self.classified.findings.append(
                    Finding(check="repeated-name", severity=Severity.LOOK, message=message, file=scope.file)
                )

    def _doubt_first_id(self, scope: _Scope, row: int) -> None:
        """Block numbers that start at 1 where the list starts at 0."""
        count, numbers = len(scope.names), scope.numbers
        # A list whose first name is missing counts from 1 itself.
        if self.first_id or not numbers or min(numbers) != 1 or scope.is_doubtful or not scope.names[0]:
            return
        # Names that the user gives are meant for these ids, unless one is beyond them.
        if max(numbers) == count or (not self.given and count > 2 and numbers == set(range(1, count))):
            last = max(numbers)
            shifted = f"1 is {quoted(scope.names[0])} and {count} is {quoted(scope.names[-1])}"
            message = (
                f"No class id is 0, the lowest is 1 and the highest {last}; {scope.file or 'the names'} list"
                f"{'s' if scope.file else ''} {count:,} names from 0. If ids start at 1, {shifted}: use --first-id 1. "
                "If not, give the names with --names."
            )
            file = self.part.entries[self.part.entry[row]].file if row >= 0 else scope.file
            self._block_scope(scope, "unknown-class", message, file, self.part.line[row] if row >= 0 else 0)

    def _add_tokens(self, scope: _Scope, row: int) -> None:
        """Without a list, words are names and numbers block."""
        tokens = {token for token, entry in zip(self.part.token, self.part.entry, strict=True)
                  if self.scopes[self.classified.scope_of_entry[entry]] is scope}  # fmt: skip
        for word in sorted(token for token in tokens if number_of(token) is None and not _is_numeric(token)):
            scope.index_of[word] = self.table.add(word, word)
        if not scope.numbers:
            return
        listed = ", ".join(map(str, sorted(scope.numbers)[:12])) + (", …" if len(scope.numbers) > 12 else "")
        message = f"Classes are numbers ({listed}) and no file names them."
        entry = self.part.entries[self.part.entry[row]]
        self.classified.findings.append(
            Finding(check="names-missing", severity=Severity.BLOCKS, message=message, file=entry.file,
                    line=self.part.line[row])
        )  # fmt: skip

    def _give_classes(self, scope_of: list[int]) -> None:
        category, part = self.classified.category, self.part
        # A number that no list names has had its one finding.
        silent = {number for number, scope in enumerate(self.scopes) if scope.is_doubtful or not scope.names}
        findings = 0
        for row, (entry, token) in enumerate(zip(part.entry, part.token, strict=True)):
            scope = scope_of[entry]
            index = self._index_of(self.scopes[scope], token)
            # The doubt is about numbers. A word is the name of its class.
            if index is not None and (not self.scopes[scope].is_doubtful or number_of(token) is None):
                category[row] = index
                continue
            if scope in silent and (self.scopes[scope].is_doubtful or number_of(token) is not None):
                continue
            findings += 1
            if findings <= _MOST_FINDINGS:
                message = f"class {quoted(token)}, {self._expected(self.scopes[scope], token)}."
                self.classified.findings.append(_finding(part, row, "unknown-class", message))

    def _index_of(self, scope: _Scope, token: str) -> int | None:
        """The class of a token; where lists disagree about numbers, a word that any of them has is known."""
        if token not in scope.index_of and scope.is_doubtful and any(token in listed.names for listed in scope.lists):
            scope.index_of[token] = self.table.add(token, token)
        return scope.index_of.get(token)

    def _expected(self, scope: _Scope, token: str) -> str:
        names = [name for name in scope.names if name]
        if not names:
            return "but no classes are known"
        if (number := number_of(token)) is not None and self.first_id <= number < len(scope.names) + self.first_id:
            return f"which has no name in {scope.file or 'the given names'}"
        listed = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
        first = self.first_id
        return f"expected a name ({listed}) or a number from {first} to {len(scope.names) - 1 + first}"

    def _block_scope(self, scope: _Scope, check: str, message: str, file: str, line: int = 0) -> None:
        scope.is_doubtful = True
        self.classified.findings.append(
            Finding(check=check, severity=Severity.BLOCKS, message=message, file=file, line=line)
        )

    def _evidence(self) -> None:
        files = dict.fromkeys(scope.file for scope in self.scopes if scope.file)
        if self.given:
            self.classified.evidence = "Class names as given."
        elif files:
            self.classified.evidence = f"Class names from {', '.join(list(files)[:4])}."
        elif any(scope.numbers for scope in self.scopes):
            self.classified.evidence = "No file names the classes."
        elif self.part.token:
            self.classified.evidence = "Class names from the labels."


def _name_at(listed: ClassList, number: int) -> str:
    return listed.names[number] if number < len(listed.names) else ""


def _is_only_longer(left: ClassList, right: ClassList, differing: Iterable[int]) -> bool:
    """Whether two lists differ only in what one of them does not reach."""
    shorter = min(len(left.names), len(right.names))
    return all(number >= shorter for number in differing)


def _finding(part: Written, row: int, check: str, message: str) -> Finding:
    entry = part.entries[part.entry[row]]
    where = f"{entry.file}, {'line' if part.is_indexed else 'object'} {part.line[row]}"
    return Finding(
        check=check, severity=Severity.BLOCKS, message=f"{where}: {message}", file=entry.file, line=part.line[row]
    )


def _is_numeric(token: str) -> bool:
    try:
        float(token)
    except ValueError:
        return False
    return True
