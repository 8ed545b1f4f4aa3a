"""Gives each object its class, by the names and the lists that apply to its label file (rule 4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.labels.findings import Finding, Severity
from core.labels.formats.base import quoted
from core.labels.formats.written import Written
from core.labels.reading.class_lists import NAME_LENGTH, ClassList, ClassLists, ClassScope, number_of

_MOST_FINDINGS: Final = 1_000
_NAMES_SHOWN: Final = 6
_FOLDERS_SHOWN: Final = 4
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

    `index_of_token` (scope, token) gives the classes of tokens; `scope_of_entry` the scope of each entry. `scopes` are
    those that lists of names rule.
    """

    category: npt.NDArray[np.int64]
    findings: list[Finding] = field(default_factory=list)
    evidence: str = ""
    index_of_token: dict[tuple[int, str], int] = field(default_factory=dict)
    scope_of_entry: list[int] = field(default_factory=list)
    scopes: list[ClassScope] = field(default_factory=list)

    def index_of(self, entry: int, token: str) -> int | None:
        """The class index of a token in an entry's label file, None for an unknown class."""
        return self.index_of_token.get((self.scope_of_entry[entry], token))


@dataclass(slots=True, kw_only=True)
class _Scope:
    """Label files that the same lists rule: the names by number, or why they are in doubt.

    `ruling` are all lists, `lists` those of them that count.
    """

    ruling: tuple[ClassList, ...]
    lists: tuple[ClassList, ...]
    are_own: bool = True  # the lists are not borrowed from another folder
    names: tuple[str, ...] = ()
    file: str = ""
    index_of: dict[str, int] = field(default_factory=dict)  # token -> class index
    tokens: list[str] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)
    is_doubtful: bool = False
    is_conflict: bool = False
    is_shifted: bool = False


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
        self.part, self.lists, self.user_names, self.first_id, self.table = part, lists, names, first_id, table
        self.scopes: list[_Scope] = []
        self.classified = Classified(category=np.full(len(part.token), -1, dtype=np.int64))

    def classify(self) -> Classified:
        part = self.part
        self.classified.scope_of_entry = scope_of = self._scopes_of_entries()
        # Each pair of a scope and a token is looked at once, and not each object.
        token_of_row, tokens = pd.factorize(np.array(part.token, dtype=object))
        scope_of_row = np.array(scope_of, dtype=np.int64)[np.frombuffer(part.entry, dtype=np.int64)]
        pairs, pair_of_row = np.unique(scope_of_row * max(len(tokens), 1) + token_of_row, return_inverse=True)
        first_rows = np.full(len(self.scopes), -1, dtype=np.int64)
        first_rows[scope_of_row[::-1]] = np.arange(len(part.token))[::-1]
        for scope, token in (divmod(pair, len(tokens)) for pair in pairs.tolist()):
            self.scopes[scope].tokens.append(tokens[token])
        for number, scope in enumerate(self.scopes):
            scope.numbers = {seen for token in scope.tokens if (seen := number_of(token)) is not None}
            self._read_scope(scope, int(first_rows[number]))
            for token, index in scope.index_of.items():
                self.classified.index_of_token[number, token] = index
        classes = [self._class_of(pair // len(tokens), tokens[pair % len(tokens)]) for pair in pairs.tolist()]
        self.classified.category = np.array(classes, dtype=np.int64)[pair_of_row]
        self._report_unknown(scope_of_row)
        self._evidence()
        self.classified.scopes = self._ruled(scope_of)
        return self.classified

    def _ruled(self, scope_of: list[int]) -> list[ClassScope]:
        """The scopes with lists, and the label files in each."""
        files: list[dict[str, None]] = [{} for _ in self.scopes]
        for entry, scope in zip(self.part.entries, scope_of, strict=True):
            files[scope][entry.file] = None
        return [
            ClassScope(
                lists=scope.ruling, file="" if scope.is_conflict else scope.file, label_files=len(its),
                folders=tuple(dict.fromkeys(file.rpartition("/")[0] for file in its))[:_FOLDERS_SHOWN],
                is_conflict=scope.is_conflict, is_shifted=scope.is_shifted,
                highest=max(scope.numbers, default=-1),
            )
            for scope, its in zip(self.scopes, files, strict=True) if scope.ruling
        ]  # fmt: skip

    def _class_of(self, number: int, token: str) -> int:
        """The index of a token's class, -1 for none. Doubt is about numbers: a word is the name of its class."""
        scope = self.scopes[number]
        if scope.is_doubtful and number_of(token) is not None:
            return -1
        if token not in scope.index_of and scope.is_doubtful and any(token in listed.names for listed in scope.lists):
            # Lists that disagree about numbers still know the word.
            scope.index_of[token] = self.table.add(token, token)
        return scope.index_of.get(token, -1)

    def _scopes_of_entries(self) -> list[int]:
        # Label files that borrow the lists of another folder are no evidence about that folder's numbers.
        numbers: dict[tuple[tuple[ClassList, ...], bool], int] = {}
        by_folder: dict[str, int] = {}
        scopes = []
        for entry in self.part.entries:
            folder = entry.file.rpartition("/")[0]
            if folder not in by_folder:
                lists, are_own = ([], True) if self.user_names else self.lists.ruling(entry.file)
                key = (tuple(lists), are_own)
                if key not in numbers:
                    numbers[key] = len(self.scopes)
                    self.scopes.append(_Scope(ruling=key[0], lists=self.lists.counting(key[0]), are_own=are_own))
                by_folder[folder] = numbers[key]
            scopes.append(by_folder[folder])
        return scopes

    def _read_scope(self, scope: _Scope, row: int) -> None:
        if self.user_names:
            scope.names, scope.file = self.user_names, ""
        elif scope.lists and self._has_other_words(scope):
            scope.ruling = scope.lists = ()
        elif scope.lists:
            scope.names, scope.file = scope.lists[0].names, scope.lists[0].file
            self._compare(scope)
        if scope.names:
            self._add_names(scope)
            self._doubt_first_id(scope, row)
        else:
            self._add_tokens(scope, row)

    def _has_other_words(self, scope: _Scope) -> bool:
        """Whether all tokens are words that the lists of other label files do not know: KITTI beside YOLO."""
        if scope.are_own or scope.numbers:
            return False
        of_others = {listed.file for other in self.scopes if other.are_own for listed in other.lists}
        names = {name for listed in scope.lists for name in listed.names}
        return names.isdisjoint(scope.tokens) and all(listed.file in of_others for listed in scope.lists)

    def _compare(self, scope: _Scope) -> None:
        """Lists that rule the same label files must agree on the numbers in use."""
        used = scope.numbers or set(range(max(len(listed.names) for listed in scope.lists)))
        for listed in scope.lists:
            if listed.guesses:
                excerpt = "; ".join(f"{encoding}: {', '.join(names)}" for encoding, names in listed.guesses)
                message = f"{listed.file}: nothing says in which encoding it is. {excerpt}."
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
                scope.is_conflict = True
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
        if max(numbers) == count or (not self.user_names and count > 2 and numbers == set(range(1, count))):
            last = max(numbers)
            shifted = f"1 is {quoted(scope.names[0])} and {count} is {quoted(scope.names[-1])}"
            message = (
                f"No class id is 0, the lowest is 1 and the highest {last}; {scope.file or 'the names'} list"
                f"{'s' if scope.file else ''} {count:,} names from 0. If ids start at 1, {shifted}: use --first-id 1. "
                "If not, give the names with --names."
            )
            scope.is_shifted = True
            file = self.part.entries[self.part.entry[row]].file if row >= 0 else scope.file
            self._block_scope(scope, "unknown-class", message, file, self.part.line[row] if row >= 0 else 0)

    def _add_tokens(self, scope: _Scope, row: int) -> None:
        """Without a list, words are names and numbers block."""
        for word in sorted(token for token in scope.tokens if number_of(token) is None and not _is_numeric(token)):
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

    def _report_unknown(self, scope_of_row: npt.NDArray[np.int64]) -> None:
        # A list in doubt, and a number that no list names, have had their one finding.
        part, silent = self.part, {number for number, scope in enumerate(self.scopes) if scope.is_doubtful}
        unnamed = {number for number, scope in enumerate(self.scopes) if not scope.names}
        findings = 0
        for row in np.flatnonzero(self.classified.category < 0).tolist():
            scope, token = int(scope_of_row[row]), part.token[row]
            if scope in silent or (scope in unnamed and number_of(token) is not None):
                continue
            findings += 1
            if findings > _MOST_FINDINGS:
                return
            message = f"class {quoted(token)}, {self._expected(self.scopes[scope], token)}."
            self.classified.findings.append(_finding(part, row, "unknown-class", message))

    def _expected(self, scope: _Scope, token: str) -> str:
        names = [name for name in scope.names if name]
        if not names:
            return "but no classes are known"
        if (number := number_of(token)) is not None and self.first_id <= number < len(scope.names) + self.first_id:
            return f"which has no name in {scope.file or 'the user_names names'}"
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
        if self.user_names:
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
