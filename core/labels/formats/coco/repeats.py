"""Finds the objects that several COCO files of a source have in common, such as instances and keypoints of persons."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.coco.values import id_key
from core.labels.formats.written import Entry, Written

_Key = tuple[int, str | None, str, tuple[float, ...]]


class Repeats:
    """Objects of earlier files, by their image, id, class and box.

    Images of two files are the same if they have the same name, and neither different splits nor different sizes.
    """

    def __init__(self, written: Written) -> None:
        """Takes the target, whose rows are compared."""
        self.written = written
        self._ids: list[Any] = []  # by row of `written`
        self._entries: dict[str, list[int]] = defaultdict(list)

    def find(
        self, entry: npt.NDArray[np.int64], ids: Sequence[Any], tokens: Sequence[str], boxes: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.bool_], Counter[str]]:
        """(N,) whether an earlier file has each object of a new one, and their count by that file.

        Args: entry (N,) indices of their images; ids as written; tokens; boxes (N, 4) as written.
        """
        is_known = np.zeros(len(entry), dtype=np.bool_)
        files: Counter[str] = Counter()
        earlier = self._earlier_entries(np.unique(entry).tolist())
        present = self._keys(sorted({index for indices in earlier.values() for index in indices}))
        if not present:
            return is_known, files
        for row in np.flatnonzero(np.isin(entry, list(earlier))).tolist():
            box, key = tuple(boxes[row].tolist()), id_key(ids[row])
            for index in earlier[int(entry[row])]:
                if key is not None and (index, key, tokens[row], box) in present:
                    is_known[row] = True
                    files[self.written.entries[index].file] += 1
                    break
        return is_known, files

    def add(self, first_entry: int, ids: Sequence[Any]) -> None:
        """Remembers the entries from `first_entry` on, and the ids of the rows just added."""
        for index in range(first_entry, len(self.written.entries)):
            self._entries[self.written.entries[index].image].append(index)
        self._ids.extend(ids)

    def _earlier_entries(self, entries: Sequence[int]) -> dict[int, list[int]]:
        """The entries of earlier files that mean the same image."""
        seen = {}
        for index in entries:
            entry = self.written.entries[index]
            same = [
                earlier
                for earlier in self._entries.get(entry.image, [])
                if _is_same_image(entry, self.written.entries[earlier])
            ]
            if same:
                seen[index] = same
        return seen

    def _keys(self, entries: Sequence[int]) -> set[_Key]:
        if not entries:
            return set()
        written = self.written
        rows = np.flatnonzero(np.isin(np.array(written.entry), entries)).tolist()
        return {
            (
                written.entry[row],
                id_key(self._ids[row]),
                written.token[row],
                tuple(written.values[4 * row : 4 * row + 4]),
            )
            for row in rows
        }


def _is_same_image(entry: Entry, earlier: Entry) -> bool:
    if entry.split and earlier.split and entry.split != earlier.split:
        return False
    sizes = (entry.width, entry.height), (earlier.width, earlier.height)
    return sizes[0] == sizes[1] or (0, 0) in sizes
