"""The metrics of a run: appended a line at a time by the worker, read on from an offset by everyone else. No torch."""

import itertools
import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.files import append_json_line, read_json_lines

Record = dict[str, Any]

# More than a wide screen has pixels, and little enough to be sent to a browser every second.
CURVE_POINTS: Final = 2000


@dataclass(frozen=True, slots=True)
class Curve:
    """One metric over a run, by rising iteration: three columns of equal length; `times` in Unix seconds."""

    iterations: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    times: npt.NDArray[np.float64]


def append_metrics(path: Path, iteration: int, values: Mapping[str, float | None]) -> None:
    """Append one record; a value that is not finite is written as null (it cannot be computed, or went astray)."""
    record: Record = {"iteration": iteration, "time": round(time.time(), 3)}
    record.update({name: _finite(value) for name, value in values.items()})
    append_json_line(path, record)


def read_metrics(path: Path, offset: int = 0) -> tuple[list[Record], int]:
    """The records after byte `offset` and the offset to go on from. Costs as much as what is new."""
    records, offset = read_json_lines(path, offset)
    return [record for record in records if isinstance(record.get("iteration"), int)], offset


def curves(records: Iterable[Record], names: Iterable[str] | None = None) -> dict[str, Curve]:
    """The metrics `names` (default: all that occur) as columns; nulls are left out, empty curves too.

    A resumed run goes back to its checkpoint: what was written beyond it by the earlier worker is left out, and of
    two records of one iteration the later value counts.
    """
    kept = _without_overtaken(list(records))
    wanted = None if names is None else list(names)
    columns: dict[str, dict[int, tuple[float, float]]] = {} if wanted is None else {name: {} for name in wanted}
    for record in kept:
        for name in record if wanted is None else wanted:
            value = record.get(name)
            if name not in ("iteration", "time") and isinstance(value, int | float):
                columns.setdefault(name, {})[record["iteration"]] = (float(value), float(record.get("time") or 0))
    return {name: _curve(column) for name, column in columns.items() if column}


def downsample(curve: Curve, points: int = CURVE_POINTS) -> Curve:
    """At most `points` points with every extreme kept: first, last, and the lowest and highest of each bucket.

    Lowest and highest, not an average: a spike of the loss is what people look for.
    """
    length = len(curve.values)
    if length <= points:
        return curve
    edges = np.linspace(1, length - 1, (points - 2) // 2 + 1).astype(np.int64)
    chosen = {0, length - 1}
    for low, high in itertools.pairwise(edges):
        bucket = curve.values[low:high]
        chosen.update((int(low + bucket.argmin()), int(low + bucket.argmax())))
    index = np.array(sorted(chosen))
    return Curve(curve.iterations[index], curve.values[index], curve.times[index])


def _without_overtaken(records: list[Record]) -> list[Record]:
    """The records that no later record steps back behind."""
    kept: list[Record] = []
    lowest = math.inf
    for record in reversed(records):
        if record["iteration"] <= lowest:
            lowest = record["iteration"]
            kept.append(record)
    return kept[::-1]


def _curve(column: dict[int, tuple[float, float]]) -> Curve:
    values = np.array(list(column.values()), dtype=np.float64)
    return Curve(np.array(list(column), dtype=np.int64), values[:, 0], values[:, 1])


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
