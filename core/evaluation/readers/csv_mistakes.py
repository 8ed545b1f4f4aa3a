"""The bad lines of a CSV file, counted by mistake, with the first ones of each."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from core.coco.values import quoted
from core.errors import AppError

# In the order of the checks. The first mistake of a line counts.
FIELDS, NO_IMAGE, IMAGES, BOX, SCORE, CLASSES = range(6)
_WORDS: Final = {
    FIELDS: ("with another number of fields than the header", "Give each line a value for each column."),
    NO_IMAGE: ("with an image that the truth does not have", "Give two files that fit together."),
    IMAGES: ("with an image that the truth has several times", "Give file names with all folders, or image_id."),
    BOX: ("with a box that is not four finite numbers in px in the right order", "Write numbers such as 12.5."),
    SCORE: ("with a score that is no number from 0 to 1", "Write scores such as 0.75."),
    CLASSES: ("with a class that the truth has several times", "Give category_id instead of names."),
}
_NAMED: Final = 3


class Mistakes:
    """Collects bad lines by mistake, and the text of the first few of each."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._first: dict[int, list[str]] = {}

    def note(
        self, mistake: int, applies: npt.NDArray[np.bool_], lines: Sequence[int], words: Callable[[int], str]
    ) -> None:
        """Adds the lines with this mistake: `applies` (N,) to `lines`; `words` gives the text at an index."""
        if not applies.any():
            return
        first = self._first.setdefault(mistake, [])
        for index in np.flatnonzero(applies)[: _NAMED - len(first)]:
            first.append(f"line {lines[index]}: {quoted(words(int(index)))}")
        self._counts[mistake] = self._counts.get(mistake, 0) + int(applies.sum())

    def refuse(self, file_name: str, lines: int) -> None:
        """Raises AppError if there are bad lines: how many, with which mistakes, and where."""
        if not self._counts:
            return
        parts = []
        for mistake in sorted(self._counts):
            count, first = self._counts[mistake], self._first[mistake]
            more = ", …" if count > len(first) else ""
            parts.append(f"{count:,} {_WORDS[mistake][0]} ({', '.join(first)}{more})")
        bad = sum(self._counts.values())
        raise AppError(
            f"{file_name}: {bad:,} of {lines:,} lines cannot be evaluated: {'; '.join(parts)}.",
            " ".join(_WORDS[mistake][1] for mistake in sorted(self._counts)),
        )
