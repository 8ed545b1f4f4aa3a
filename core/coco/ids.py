"""Looks up the ids of a COCO file's images and categories."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.coco.columns import id_column
from core.coco.values import id_key, is_whole

UNKNOWN: Final = -1
AMBIGUOUS: Final = -2


class IdTable:
    """Maps ids, as text, to our numbers from 0; an id that means two things, to AMBIGUOUS."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        """Takes the ids in the form of `id_key`."""
        self.numbers = dict(numbers)
        # As whole numbers too, so that a column of plain ids is looked up at once.
        self._plain: dict[Any, int] = {key: number for key, number in numbers.items() if number != AMBIGUOUS}
        self._plain |= {int(key): number for key, number in self._plain.items() if is_whole(key)}

    def find(self, value: Any) -> int:
        """Our number for an id as written in a file; UNKNOWN or AMBIGUOUS."""
        key = id_key(value)
        return UNKNOWN if key is None else self.numbers.get(key, UNKNOWN)

    def column(self, records: Sequence[dict[str, Any]], name: str) -> npt.NDArray[np.int64]:
        """(N,) our number for the id of each record; UNKNOWN or AMBIGUOUS."""
        plain = id_column(records, name, self._plain)
        if plain is not None:
            return plain
        return np.array([self.find(record.get(name)) for record in records], dtype=np.int64)
