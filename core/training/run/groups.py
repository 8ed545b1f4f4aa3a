"""Runs that belong together: one recipe with several seeds, or on several folds of the data. Light; no torch."""

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPart:
    """One run's place in its group; job.json holds it, so that the runs alone tell what groups there are."""

    group: str  # id, as g-7hk2mq
    name: str
    kind: str  # "seeds" or "folds"
    place: int  # from 1
    of: int
    label: str  # what sets this run apart: "seed 3", "fold 2"

    def as_dict(self) -> dict[str, Any]:
        """As job.json and the command line have it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A figure over the runs of a group. `values` in the runs' order, None where a run has none (yet)."""

    values: tuple[float | None, ...]
    mean: float | None  # of those there are
    deviation: float | None  # standard deviation of the sample (n - 1); None for fewer than two values


def spread(values: Iterable[float | None]) -> Spread:
    """Mean and standard deviation of the values that are there."""
    every = tuple(values)
    known = [value for value in every if value is not None]
    return Spread(
        values=every,
        mean=statistics.fmean(known) if known else None,
        deviation=statistics.stdev(known) if len(known) > 1 else None,
    )
