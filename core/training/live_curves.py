"""The curves of a run that is being watched: each look costs as much as what is new, not as the run is long. No torch.

`core.training.metrics_log.curves` says the same of a whole log; here records come in a few at a time.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.training.metrics_log import Curve


@dataclass(slots=True)
class _Column:
    iterations: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def cut(self, iteration: int) -> None:
        """Forget everything from an iteration on."""
        if self.iterations and self.iterations[-1] >= iteration:
            place = bisect_left(self.iterations, iteration)
            del self.iterations[place:], self.values[place:], self.times[place:]


@dataclass(slots=True)
class LiveCurves:
    """Every metric that has come so far. Not safe to be written by two threads at once."""

    offset: int = 0  # bytes of the log that are in here
    _columns: dict[str, _Column] = field(default_factory=dict)
    _last: int = -1

    def take(self, records: Iterable[dict[str, Any]], offset: int) -> None:
        """Add the records that follow `self.offset` and end at `offset`.

        A record that steps back (a resumed run repeats what came after its checkpoint) takes the place of everything
        from its iteration on; of two records of one iteration the later value counts.
        """
        for record in records:
            iteration = int(record["iteration"])
            if iteration < self._last:
                for column in self._columns.values():
                    column.cut(iteration)
            self._last = iteration
            for name, value in record.items():
                if name not in ("iteration", "time") and isinstance(value, int | float):
                    self._add(name, iteration, float(value), float(record.get("time") or 0))
        self.offset = offset

    def curves(self) -> dict[str, Curve]:
        """The metrics as columns, by rising iteration."""
        return {
            name: Curve(np.array(column.iterations), np.array(column.values), np.array(column.times))
            for name, column in self._columns.items()
            if column.iterations
        }

    def last(self) -> dict[str, float]:
        """The last value of each metric."""
        return {name: column.values[-1] for name, column in self._columns.items() if column.values}

    def _add(self, name: str, iteration: int, value: float, time: float) -> None:
        column = self._columns.setdefault(name, _Column())
        column.cut(iteration)
        column.iterations.append(iteration)
        column.values.append(value)
        column.times.append(time)
