"""Parses lines of a metrics log into columns, fast enough for long logs."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from core.files import parse_json_lines
from core.training.metrics.curves import Floats, Integers

# Above this, floats cannot represent every integer. No run is as long.
LARGEST_ITERATION: Final = 2**53
_NO_METRICS: Final = ("iteration", "time")


@dataclass(frozen=True, slots=True)
class Block:
    """N records in the log's order: (N,) iterations, (N,) Unix seconds, and (N,) values by metric, NaN for none."""

    iterations: Integers
    times: Floats
    columns: dict[str, Floats]

    def of(self, kept: Any) -> "Block":
        """The records selected by an (N,) bool mask."""
        columns = {name: values[kept] for name, values in self.columns.items()}
        return Block(self.iterations[kept], self.times[kept], columns)


def parse_block(lines: list[bytes]) -> Block:
    """The records of some lines; skips lines that are no records."""
    try:
        table = pj.read_json(pa.BufferReader(b"\n".join(lines)), pj.ReadOptions(use_threads=False))
        block = _block_of_table(table)
    except (pa.ArrowException, KeyError):
        return block_of(parse_json_lines(lines))  # an incomplete line of a killed worker, or a foreign one
    return block.of((block.iterations >= 0) & (block.iterations < LARGEST_ITERATION))


def block_of(records: Iterable[Mapping[str, Any]]) -> Block:
    """The block of records; skips those without an iteration."""
    kept = [record for record in records if _is_record(record)]
    columns: dict[str, Floats] = {}
    for index, record in enumerate(kept):
        for name, value in record.items():
            if name not in _NO_METRICS and type(value) in (int, float) and math.isfinite(value):
                columns.setdefault(name, np.full(len(kept), np.nan))[index] = value
    iterations = np.array([record["iteration"] for record in kept], dtype=np.int64)
    return Block(iterations, np.array([float(record.get("time") or 0) for record in kept]), columns)


def _block_of_table(table: pa.Table) -> Block:
    """The block of a table. Raises KeyError or ArrowException if a line has no iteration or a value is no number."""
    iterations = table["iteration"]
    if not pa.types.is_integer(iterations.type) or iterations.null_count:
        raise KeyError("iteration")
    columns = {}
    for name in table.column_names:
        if name not in _NO_METRICS and _is_number(table[name].type):
            values = _floats(table[name])
            columns[name] = np.where(np.isfinite(values), values, np.nan)
    times = _floats(table["time"]) if "time" in table.column_names else np.zeros(len(table))
    return Block(iterations.to_numpy(), np.nan_to_num(times), columns)


def _floats(column: pa.ChunkedArray) -> Floats:
    values: Floats = pc.fill_null(column.cast(pa.float64()), math.nan).to_numpy()
    return values


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_record(record: Mapping[str, Any]) -> bool:
    iteration = record.get("iteration")
    return type(iteration) is int and 0 <= iteration < LARGEST_ITERATION
