"""The metrics log of a run. The worker appends lines; others read from an offset."""

import math
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.files import append_json_line, read_json_lines
from core.training.metrics.curves import Curve

Record = dict[str, Any]


def append_metrics(path: Path, iteration: int, values: Mapping[str, float | None]) -> Record:
    """Appends a record and returns it. Writes a value that is not finite as null."""
    record: Record = {"iteration": iteration, "time": round(time.time(), 3)}
    record.update({name: _finite(value) for name, value in values.items()})
    append_json_line(path, record)
    return record


def read_metrics(path: Path, offset: int = 0) -> tuple[list[Record], int]:
    """The records after byte `offset`, and the offset for the next call. Costs only what is new."""
    records, offset = read_json_lines(path, offset)
    return [record for record in records if isinstance(record.get("iteration"), int)], offset


def curves(records: Iterable[Record], names: Iterable[str] | None = None) -> dict[str, Curve]:
    """Every value of the metrics `names` (default: all), without nulls and empty curves.

    For short logs, and where each value is needed. Pages use `core.training.metrics.curve_file`.

    A resumed run goes back to its checkpoint: the earlier worker's records after it are left out. The later of two
    records of an iteration counts.
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


def _without_overtaken(records: list[Record]) -> list[Record]:
    """The records without those that a later record of a lower iteration replaces."""
    kept: list[Record] = []
    lowest = math.inf
    for record in reversed(records):
        if record["iteration"] <= lowest:
            lowest = record["iteration"]
            kept.append(record)
    return kept[::-1]


def _curve(column: dict[int, tuple[float, float]]) -> Curve:
    values = np.array(list(column.values()), dtype=np.float64)
    return Curve(iterations=np.array(list(column), dtype=np.int64), values=values[:, 0], times=values[:, 1])


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
