"""The curves of a run at a bounded size, for any length of run.

A metric has at most 999 stretches of iterations of equal width. If there are more, neighbours are merged and the width
doubles. A stretch has its mean, and its lowest and highest value with their iterations, so a spike of the loss stays
where it was. A metric with at most 999 values keeps every value.

Stretches begin at multiples of their width, which is the smallest power of two that suffices. So a curve depends only
on the measured values, not on how many came at a time (means: up to the last digits of a float).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.void]

_STRETCHES: Final = 999
# Two extremes per stretch, and the last value: as many as a wide screen has pixels, and few enough for every second.
CURVE_POINTS: Final = 2 * _STRETCHES + 1
# A stretch: iteration of its first record; iteration, time (Unix seconds) and value of its last record; count, mean and
# extremes of all.
STRETCH: Final = np.dtype(
    [
        *(("first", np.int64), ("iteration", np.int64), ("time", np.float64), ("value", np.float64)),
        *(("count", np.int64), ("mean", np.float64)),
        *(("low", np.float64), ("low_iteration", np.int64), ("low_time", np.float64)),
        *(("high", np.float64), ("high_iteration", np.int64), ("high_time", np.float64)),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The mean of each stretch of a curve, at its last iteration. All (N,); `times` in Unix seconds."""

    iterations: Integers
    values: Floats
    times: Floats
    counts: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One metric over a run, by rising iteration: three columns (N,); `times` in Unix seconds.

    A long curve has the lowest and the highest value of each stretch, and the last value of the run.
    """

    iterations: Integers
    values: Floats
    times: Floats
    stretches: Means | None = None

    @property
    def means(self) -> Means:
        """The values for a smooth line: the means of stretches, or the values if nothing was merged."""
        if self.stretches is not None:
            return self.stretches
        return Means(
            iterations=self.iterations,
            values=self.values,
            times=self.times,
            counts=np.ones(len(self.values), dtype=np.int64),
        )


@dataclass(slots=True)
class Stretches:
    """One growing metric: `rows` (N,) of STRETCH by rising iteration, and the width of a stretch in iterations."""

    rows: Rows = field(default_factory=lambda: np.empty(0, STRETCH))
    width: int = 1

    @property
    def first(self) -> int:
        """The first iteration; for an empty curve the largest possible one."""
        return int(self.rows["first"][0]) if len(self.rows) else np.iinfo(np.int64).max

    def append(self, iterations: Any, values: Any, times: Any) -> None:
        """Adds (N,) values of rising iterations, none before the last one here. A new value of that one replaces it."""
        new = _single(iterations, values, times)
        kept = self.rows
        if len(kept) and kept["count"][-1] == 1 and kept["iteration"][-1] == new["iteration"][0]:
            kept = kept[:-1]
        # Only the last stretch can grow.
        self.rows = np.concatenate((kept[:-1], _merged(np.concatenate((kept[-1:], new)), self.width)))
        self._fit()

    def prepend(self, iterations: Any, values: Any, times: Any) -> None:
        """Adds (N,) values of rising iterations, all before the first one here."""
        self.rows = _merged(np.concatenate((_single(iterations, values, times), self.rows)), self.width)
        self._fit()

    def curve(self) -> Curve:
        """The curve to draw: at most CURVE_POINTS points."""
        return _curve(self.rows)

    def _fit(self) -> None:
        while len(self.rows) > _STRETCHES:
            self.width *= 2
            self.rows = _merged(self.rows, self.width)


class LazyCurves(Mapping[str, Curve]):
    """Curves by metric. Each is made from its rows on access, because a page draws few of many."""

    def __init__(self, rows: Mapping[str, Rows]) -> None:
        self._rows, self._made = rows, dict[str, Curve]()

    def __getitem__(self, name: str) -> Curve:
        if name not in self._made:
            self._made[name] = _curve(self._rows[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, name: object) -> bool:
        return name in self._rows  # Mapping's version would make the curve


def _curve(rows: Rows) -> Curve:
    means = Means(iterations=rows["iteration"], values=rows["mean"], times=rows["time"], counts=rows["count"])
    if (rows["count"] == 1).all():
        return Curve(iterations=rows["iteration"], values=rows["value"], times=rows["time"], stretches=means)
    last = rows[-1:]
    iterations = np.concatenate((rows["low_iteration"], rows["high_iteration"], last["iteration"]))
    # A value that is both an extreme and the last is one point.
    iterations, chosen = np.unique(iterations, return_index=True)
    values = np.concatenate((rows["low"], rows["high"], last["value"]))[chosen]
    times = np.concatenate((rows["low_time"], rows["high_time"], last["time"]))[chosen]
    return Curve(iterations=iterations, values=values, times=times, stretches=means)


def _single(iterations: Any, values: Any, times: Any) -> Rows:
    """(N,) values as (N,) stretches of one record each."""
    rows = np.empty(len(values), STRETCH)
    for name in ("first", "iteration", "low_iteration", "high_iteration"):
        rows[name] = iterations
    for name in ("value", "mean", "low", "high"):
        rows[name] = values
    for name in ("time", "low_time", "high_time"):
        rows[name] = times
    rows["count"] = 1
    return rows


def _merged(rows: Rows, width: int) -> Rows:
    """The (N,) rows, with all rows of a stretch of `width` iterations merged into one."""
    stretches = rows["iteration"] // width
    starts = np.flatnonzero(np.diff(stretches, prepend=stretches[:1] - 1))
    if len(starts) == len(rows):
        return rows
    sizes = np.diff(starts, append=len(rows))
    stretch_of = np.repeat(np.arange(len(starts)), sizes)
    merged = rows[starts + sizes - 1]
    merged["first"] = rows["first"][starts]
    merged["count"] = np.add.reduceat(rows["count"], starts)
    merged["mean"] = np.add.reduceat(rows["count"] * rows["mean"], starts) / merged["count"]
    for name, extreme in (("low", np.minimum), ("high", np.maximum)):
        extremes = np.flatnonzero(rows[name] == extreme.reduceat(rows[name], starts)[stretch_of])
        first = extremes[np.unique(stretch_of[extremes], return_index=True)[1]]
        for part in (name, f"{name}_iteration", f"{name}_time"):
            merged[part] = rows[part][first]
    return merged
