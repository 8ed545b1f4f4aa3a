"""What is wrong in a COCO file: kept record by record for an import, or counted by kind to refuse the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from core.coco.values import shown
from core.errors import AppError


class Kind(StrEnum):
    """What is wrong. The value is the id of the check under which an import reports it."""

    MALFORMED = "malformed-line"
    NON_FINITE = "non-finite"
    UNKNOWN_IMAGE = "unknown-image"
    UNKNOWN_CLASS = "unknown-class"
    AMBIGUOUS_ID = "ambiguous-id"
    DUPLICATE_ID = "duplicate-id"
    REPEATED_NAME = "repeated-name"
    BAD_MASK = "bad-segmentation"
    BAD_AREA = "bad-area"
    BAD_SIZE = "size-differs"


# Of records that are used all the same: what happens to them.
_MENDED: Final = {
    Kind.DUPLICATE_ID: "{count:,} ids are used twice, and are numbered anew",
    Kind.REPEATED_NAME: "{count:,} names are used twice",
    Kind.BAD_MASK: "{count:,} masks are left out, and their boxes alone count",
    Kind.BAD_AREA: "{count:,} areas are left out, and the boxes' areas are taken",
    Kind.BAD_SIZE: "{count:,} image sizes are left out, and count as unknown",
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
    """One wrong record: `where` is its list's name, `number` its 1-based place there, `words` go on from a colon.

    A mended record is used all the same; any other is not. `image` is the place of its image, -1 where unknown.
    """

    kind: Kind
    where: str
    number: int
    words: str
    is_mended: bool = False
    image: int = -1


# Nobody reads more of one kind, and a finding takes a hundred times the room of the empty list that makes it.
_KEPT: Final = 10_000


class Faults:
    """The faults of one file: counts, and the first of each kind (strict) or 10,000 of them."""

    def __init__(self, file: str, *, is_strict: bool) -> None:
        """Take the file's name for messages."""
        self.file = file
        self.is_strict = is_strict
        self._kept = 1 if is_strict else _KEPT
        self.found: list[Fault] = []  # those that are kept, in the order in which they were noted
        self._counts: dict[tuple[Kind, bool], int] = {}

    def note(
        self, kind: Kind, where: str, number: int, words: str, *values: Any, is_mended: bool = False, image: int = -1
    ) -> None:
        """Note a `Fault`; each {} in its words is a value of the file, cut short.

        A hostile file may hold millions: words are made of those that are kept only.
        """
        group = (kind, is_mended)
        self._counts[group] = self._counts.get(group, 0) + 1
        if self._counts[group] > self._kept:
            return
        said = words.format(*map(shown, values))
        fault = Fault(kind=kind, where=where, number=number, words=said, is_mended=is_mended, image=image)
        self.found.append(fault)

    def refuse(self, remedy: str) -> None:
        """Raises AppError in a strict reading with faults that are not mended: each kind with its count and first."""
        refused = [fault for fault in self.found if not fault.is_mended]
        if not self.is_strict or not refused:
            return
        counts = [self._counts[fault.kind, False] for fault in refused]
        if sum(counts) == 1:
            message = self.words_of(refused[0])
        else:
            parts = (f"{_place(fault)}{_more(count)}" for count, fault in zip(counts, refused, strict=True))
            message = f"{self.file}: {sum(counts):,} records cannot be used: {'; '.join(parts)}."
        raise AppError(message, " ".join(dict.fromkeys(_REMEDIES.get(fault.kind, remedy) for fault in refused)))

    def notes(self, mended: Mapping[Kind, str] = _MENDED) -> list[str]:
        """A sentence on each kind of mended fault, with its count and the first of them."""
        return [
            f"{mended[fault.kind].format(count=self._counts[fault.kind, True])}; the first is {self.words_of(fault)}"
            for fault in self.found
            if fault.is_mended
        ]

    def more(self) -> list[tuple[Kind, bool, int]]:
        """Of each kind, mended or not, how many there are beyond those that are kept."""
        return [(*group, count - self._kept) for group, count in self._counts.items() if count > self._kept]

    def words_of(self, fault: Fault) -> str:
        """The fault as a sentence with file and record."""
        return f"{self.file}, {_place(fault)}."


def _place(fault: Fault) -> str:
    return f"{fault.where} {fault.number}: {fault.words}"


def _more(count: int) -> str:
    return f" (and {count - 1:,} more like it)" if count > 1 else ""
