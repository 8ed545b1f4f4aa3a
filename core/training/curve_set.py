"""All curves of a run and how far into its log they reach; kept in a file beside the log. Light; no torch.

The worker keeps the file up to date while it trains; whoever looks reads the file and what the log has beyond it, which
costs the same however long the run is. The log stays the truth: a file that is missing or broken is made from it.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.files import atomic_writer, blocks_backwards, parse_json_lines
from core.training.curves import STRETCH, Curve, Rows, Stretches

_ABOUT: Final = b"curves"
# Beyond, a float no longer tells neighbours apart; no run is as long.
_LARGEST: Final = 2**53
# (iteration, value, time) of one metric
_Values = list[tuple[int, float, float]]


@dataclass(slots=True)
class CurveSet:
    """Every metric of a run that the first `offset` bytes of its log hold. Not safe for two threads at once."""

    offset: int = 0
    metrics: dict[str, Stretches] = field(default_factory=dict)
    last: int = -1  # the last iteration in here

    def take(self, records: Iterable[Mapping[str, Any]], offset: int) -> bool:
        """Add the records between `self.offset` and `offset` of the log.

        False, and nothing added, where they step back: a resumed run repeats what came after its checkpoint, and what
        that overtakes cannot be taken out of merged stretches.
        """
        columns: dict[str, _Values] = {}
        last = self.last
        for record in filter(_is_record, records):
            iteration = record["iteration"]
            if iteration < last:
                return False
            last = iteration
            for name, value in _values(record):
                column = columns.setdefault(name, [])
                if column and column[-1][0] == iteration:
                    column.pop()  # of two values of one iteration the later counts
                column.append((iteration, value, _time(record)))
        for name, column in columns.items():
            self.metrics.setdefault(name, Stretches()).append(*zip(*column, strict=True))
        self.offset, self.last = offset, last
        return True

    def curves(self) -> dict[str, Curve]:
        """Every metric as a curve to draw."""
        return {name: metric.curve() for name, metric in self.metrics.items()}


def curves_of_log(log: Path, until: int = _LARGEST) -> CurveSet:
    """The curves of a whole log, up to iteration `until`; what a resumed run has overtaken is left out.

    Read from the end, a block at a time: what a later record steps back behind is known before it is met, so that one
    pass and the memory of one block suffice.
    """
    made, lowest = CurveSet(), until
    seen: dict[str, int] = {}
    blocks: Iterator[tuple[list[bytes], int]] = blocks_backwards(log)
    for lines, end in blocks:
        made.offset = max(made.offset, end)
        columns: dict[str, _Values] = {}
        for record in filter(_is_record, reversed(parse_json_lines(lines))):
            iteration = record["iteration"]
            if iteration > lowest:
                continue
            lowest, made.last = iteration, max(made.last, iteration)
            for name, value in _values(record):
                if iteration < seen.get(name, _LARGEST):
                    seen[name] = iteration
                    columns.setdefault(name, []).append((iteration, value, _time(record)))
        for name, column in columns.items():
            made.metrics.setdefault(name, Stretches()).prepend(*zip(*reversed(column), strict=True))
    return made


def save_curves(path: Path, curves: CurveSet) -> None:
    """Replace the file, atomically: one row a stretch, with its metric."""
    stretches = list(curves.metrics.values())
    rows = np.concatenate([np.empty(0, STRETCH), *(one.rows for one in stretches)])
    names = pa.array(list(curves.metrics), pa.string())
    lengths = np.repeat(np.arange(len(stretches), dtype=np.int32), [len(one.rows) for one in stretches])
    columns: dict[str, Any] = {"metric": pa.DictionaryArray.from_arrays(pa.array(lengths), names)}
    columns |= {name: np.ascontiguousarray(rows[name]) for name in STRETCH.names or ()}
    about = {
        "offset": curves.offset,
        "last": curves.last,
        "metrics": {name: [len(one.rows), one.width] for name, one in curves.metrics.items()},
    }
    table = pa.table(columns).replace_schema_metadata({_ABOUT: json.dumps(about)})
    with atomic_writer(path) as handle:
        # Not compressed: it is written often, and reading it is part of drawing a page.
        pq.write_table(table, handle, compression="none")


def load_curves(path: Path) -> CurveSet | None:
    """The file's curves; None where it is missing or broken."""
    try:
        table = pq.ParquetFile(path).read()
        about = json.loads(table.schema.metadata[_ABOUT])
        rows: Rows = np.empty(len(table), STRETCH)
        for name in STRETCH.names or ():
            rows[name] = table[name].to_numpy()
        metrics, start = {}, 0
        for name, (length, width) in about["metrics"].items():
            metrics[name] = Stretches(rows[start : start + length], int(width))
            start += length
        return CurveSet(int(about["offset"]), metrics, int(about["last"]))
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_record(record: Mapping[str, Any]) -> bool:
    iteration = record.get("iteration")
    return type(iteration) is int and 0 <= iteration < _LARGEST


def _values(record: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The finite numbers of a record, by metric."""
    for name, value in record.items():
        if name not in ("iteration", "time") and type(value) in (int, float) and math.isfinite(value):
            yield name, value


def _time(record: Mapping[str, Any]) -> float:
    return float(record.get("time") or 0)
