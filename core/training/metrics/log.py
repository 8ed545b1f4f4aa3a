"""The metrics of a run: appended a line at a time by the worker, read on from an offset by everyone else. No torch."""

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
    """Append one record, and return it.

    A value that is not finite is written as null (it cannot be computed, or went astray).
    """
    record: Record = {"iteration": iteration, "time": round(time.time(), 3)}
    record.update({name: _finite(value) for name, value in values.items()})
    append_json_line(path, record)
    return record


def read_metrics(path: Path, offset: int = 0) -> tuple[list[Record], int]:
    """The records after byte `offset` and the offset to go on from. Costs as much as what is new."""
    records, offset = read_json_lines(path, offset)
    return [record for record in records if isinstance(record.get("iteration"), int)], offset


def curves(records: Iterable[Record], names: Iterable[str] | None = None) -> dict[str, Curve]:
    """The metrics `names` (default: all that occur) with every value they had; nulls are left out, empty curves too.

    For short logs and for what needs each value; `core.training.metrics.curve_file` is for looking.

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
    return Curve(iterations=np.array(list(column), dtype=np.int64), values=values[:, 0], times=values[:, 1])


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
