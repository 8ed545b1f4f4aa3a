"""Bad lines of a CSV file, counted in full by kind, the first of each named."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from core.coco.values import quoted
from core.errors import AppError

# In the order in which a line is looked at; the first that applies counts.
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
    """All bad lines by kind; of each kind the first few with what stands there."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._first: dict[int, list[str]] = {}

    def note(
        self, kind: int, applies: npt.NDArray[np.bool_], lines: Sequence[int], words: Callable[[int], str]
    ) -> None:
        """Add the lines to which this kind applies, (N,) of `lines`; `words` is what stands in one of these."""
        if not applies.any():
            return
        first = self._first.setdefault(kind, [])
        for place in np.flatnonzero(applies)[: _NAMED - len(first)]:
            first.append(f"line {lines[place]}: {quoted(words(int(place)))}")
        self._counts[kind] = self._counts.get(kind, 0) + int(applies.sum())

    def refuse(self, file_name: str, lines: int) -> None:
        """Raises AppError where there is any: how many of how many lines, of which kinds, where."""
        if not self._counts:
            return
        parts = []
        for kind in sorted(self._counts):
            count, first = self._counts[kind], self._first[kind]
            more = ", …" if count > len(first) else ""
            parts.append(f"{count:,} {_WORDS[kind][0]} ({', '.join(first)}{more})")
        bad = sum(self._counts.values())
        raise AppError(
            f"{file_name}: {bad:,} of {lines:,} lines cannot be judged: {'; '.join(parts)}.",
            " ".join(_WORDS[kind][1] for kind in sorted(self._counts)),
        )
