"""Faults of a COCO file: kept record by record for an import, or counted by kind to refuse the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from core.coco.values import quoted
from core.errors import AppError


class Kind(StrEnum):
    """The kind of a fault. Its value is the id of the check under which an import reports it."""

    MALFORMED = "malformed-line"
    NON_FINITE = "non-finite"
    UNKNOWN_IMAGE = "unknown-image"
    UNKNOWN_CLASS = "unknown-class"
    AMBIGUOUS_ID = "ambiguous-id"
    DUPLICATE_ID = "duplicate-id"
    REPEATED_NAME = "repeated-name"
    BAD_MASK = "bad-segmentation"
    MENDED_MASK = "mended-segmentation"
    BOX_OF_MASK = "box-from-segmentation"
    BAD_AREA = "bad-area"
    BAD_SIZE = "size-differs"
    BAD_NAME = "bad-name"
    NO_NAME = "names-missing"


# What happens to records that are used in spite of a fault.
_MENDED: Final = {
    Kind.DUPLICATE_ID: "{count:,} ids are used twice, and are numbered anew",
    Kind.REPEATED_NAME: "{count:,} names are used twice",
    Kind.BAD_MASK: "{count:,} masks are left out, and their boxes alone count",
    Kind.MENDED_MASK: "{count:,} masks are written in a wrong form, and are read all the same",
    Kind.BOX_OF_MASK: "{count:,} objects have no box or an empty one, and the boxes round their masks are taken",
    Kind.BAD_AREA: "{count:,} areas are left out, and the boxes' areas are taken",
    Kind.BAD_SIZE: "{count:,} image sizes are left out, and count as unknown",
    Kind.NO_NAME: "{count:,} classes have no name, and are called by their ids",
    Kind.BAD_NAME: "{count:,} names hold half a character, and a question mark replaces it",
}
_FIT: Final = "Give two files that fit together."
_REMEDIES: Final = {
    Kind.UNKNOWN_IMAGE: _FIT,
    Kind.UNKNOWN_CLASS: _FIT,
    Kind.DUPLICATE_ID: "Make ids unique.",
    Kind.AMBIGUOUS_ID: "Make ids unique.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A faulty record: `where` is its list's name, `number` its 1-based position, `words` follow a colon.

    A mended record is still used; any other is not. `image` is the index of its image, -1 if unknown.
    """

    kind: Kind
    where: str
    number: int
    words: str
    is_mended: bool = False
    image: int = -1


# Nobody reads more of one kind, and a finding takes a hundred times the memory of the empty list that causes it.
_KEPT: Final = 10_000


class Faults:
    """The faults of one file: all counts, and the first fault of each kind (strict) or the first 10,000."""

    def __init__(self, file: str, *, is_strict: bool) -> None:
        """Takes the file's name for messages."""
        self.file = file
        self.is_strict = is_strict
        self._most = 1 if is_strict else _KEPT
        self.kept: list[Fault] = []  # in the order in which they were noted
        self._counts: dict[tuple[Kind, bool], int] = {}

    def note(
        self, kind: Kind, where: str, number: int, words: str, *values: Any, is_mended: bool = False, image: int = -1
    ) -> None:
        """Notes a `Fault`; each {} in its words is replaced by a value of the file, shortened.

        A hostile file may hold millions of faults, so words are made only for the kept ones.
        """
        group = (kind, is_mended)
        self._counts[group] = self._counts.get(group, 0) + 1
        if self._counts[group] > self._most:
            return
        words = words.format(*map(quoted, values))
        fault = Fault(kind=kind, where=where, number=number, words=words, is_mended=is_mended, image=image)
        self.kept.append(fault)

    def refuse(self, remedy: str) -> None:
        """Raises AppError if a strict reading has unmended faults: each kind with its count and its first fault."""
        refused = [fault for fault in self.kept if not fault.is_mended]
        if not self.is_strict or not refused:
            return
        counts = [self._counts[fault.kind, False] for fault in refused]
        if sum(counts) == 1:
            message = self.words_of(refused[0])
        else:
            parts = (f"{_located(fault)}{_more(count)}" for count, fault in zip(counts, refused, strict=True))
            message = f"{self.file}: {sum(counts):,} records cannot be used: {'; '.join(parts)}."
        raise AppError(message, " ".join(dict.fromkeys(_REMEDIES.get(fault.kind, remedy) for fault in refused)))

    def notes(self, mended: Mapping[Kind, str] = _MENDED) -> list[str]:
        """A sentence on each kind of mended fault, with its count and its first fault."""
        return [
            f"{mended[fault.kind].format(count=self._counts[fault.kind, True])}; the first is {self.words_of(fault)}"
            for fault in self.kept
            if fault.is_mended
        ]

    def more(self) -> list[tuple[Kind, bool, int]]:
        """The number of faults beyond the kept ones, by kind and whether they were mended."""
        return [(*group, count - self._most) for group, count in self._counts.items() if count > self._most]

    def words_of(self, fault: Fault) -> str:
        """The fault as a sentence with file and record."""
        return f"{self.file}, {_located(fault)}."


def _located(fault: Fault) -> str:
    return f"{fault.where} {fault.number}: {fault.words}"


def _more(count: int) -> str:
    return f" (and {count - 1:,} more like it)" if count > 1 else ""
