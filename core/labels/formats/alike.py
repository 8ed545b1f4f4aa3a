"""Counts what is alike, so that millions of bad records do not fill the memory with findings."""

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Final, Generic, TypeVar

# Nobody reads more of one kind, and a finding takes a hundred times the memory of a bad record.
MOST_ALIKE: Final = 1_000

Kind = TypeVar("Kind", bound=Hashable)


class Alike(Generic[Kind]):
    """How many things of each kind there were in one file. The first MOST_ALIKE of a kind are worth a finding."""

    def __init__(self) -> None:
        """Starts with none."""
        self._counts: Counter[Kind] = Counter()

    def is_worth_a_finding(self, kind: Kind) -> bool:
        """Counts one more of a kind, and says whether it is among the first."""
        self._counts[kind] += 1
        return self._counts[kind] <= MOST_ALIKE

    def more(self) -> Iterator[tuple[Kind, int]]:
        """Each kind of which there were more, and how many more."""
        for kind, count in self._counts.items():
            if count > MOST_ALIKE:
                yield kind, count - MOST_ALIKE
