"""All curves of a run up to an offset in its log, in a file beside the log.

The worker updates the file while it trains. Readers read the file and the newer part of the log, which costs the same
for any length of run. The log is authoritative: a missing or broken file is made from it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import DamagedFileError
from core.files import atomic_writer
from core.records import put_aside, read_arrays
from core.training.metrics.curves import STRETCH, Curve, Floats, Integers, LazyCurves, Stretches
from core.training.metrics.metric_blocks import LARGEST_ITERATION, Block, block_of, parse_block
from core.training.metrics.reverse_lines import blocks_backwards


@dataclass(slots=True)
class CurveSet:
    """All metrics in the first `offset` bytes of a run's log. Not thread-safe."""

    offset: int = 0
    metrics: dict[str, Stretches] = field(default_factory=dict)
    last: int = -1  # the last iteration in here

    def take(self, records: Iterable[Mapping[str, Any]], offset: int) -> bool:
        """Adds the records between `self.offset` and `offset` of the log.

        Returns False, and adds nothing, if their iterations step back: a resumed run repeats the iterations after its
        checkpoint, and merged stretches cannot drop the earlier values.
        """
        block = block_of(records)
        if len(block.iterations):
            if np.diff(block.iterations, prepend=self.last).min() < 0:
                return False
            self.last = int(block.iterations[-1])
        for name, values in block.columns.items():
            self.metrics.setdefault(name, Stretches()).append(*_column(block, values))
        self.offset = offset
        return True

    def curves(self) -> Mapping[str, Curve]:
        """Every metric as a curve to draw; each is made on access."""
        return LazyCurves({name: metric.rows for name, metric in self.metrics.items()})


def curves_of_log(log: Path, until: int = LARGEST_ITERATION) -> CurveSet:
    """The curves of a whole log up to iteration `until`, without records that a resumed run repeated.

    Reads the log from its end, a block at a time. Repeated records are then recognised before they are read, so one
    pass and the memory of one block suffice.
    """
    made, lowest = CurveSet(), until
    for lines, end in blocks_backwards(log):
        made.offset = max(made.offset, end)
        block = parse_block(lines)
        lowest_after = np.minimum.accumulate(np.append(block.iterations, lowest)[::-1])[::-1]
        lowest = int(lowest_after[0])
        block = block.of(block.iterations <= lowest_after[1:])
        made.last = max([made.last, *block.iterations[-1:].tolist()])
        for name, values in block.columns.items():
            metric = made.metrics.get(name) or Stretches()
            iterations, values, times = _column(block, values, before=metric.first)
            if len(iterations):
                metric.prepend(iterations, values, times)
                made.metrics[name] = metric
    return made


def save_curves(path: Path, curves: CurveSet) -> None:
    """Replaces the file atomically, with all stretches in a row and a JSON index of their metrics."""
    if path.is_dir():
        put_aside(path)  # no file can replace a folder
    metrics = {name: [len(metric.rows), metric.width] for name, metric in curves.metrics.items()}
    about = {"offset": curves.offset, "last": curves.last, "metrics": metrics}
    rows = np.concatenate([np.empty(0, STRETCH), *(metric.rows for metric in curves.metrics.values())])
    with atomic_writer(path) as handle:
        # Not compressed: it is written often, and each page draw reads it.
        np.savez(handle, about=np.frombuffer(json.dumps(about).encode(), np.uint8), rows=rows)


def load_curves(path: Path) -> CurveSet | None:
    """The file's curves; None if it is missing or broken."""
    try:
        arrays = read_arrays(path)
        about, rows = json.loads(arrays["about"].tobytes()), arrays["rows"]
        if rows.dtype != STRETCH:
            return None
        metrics, start = {}, 0
        for name, (length, width) in about["metrics"].items():
            metrics[name] = Stretches(rows[start : start + length], max(1, int(width)))
            start += length
        return CurveSet(int(about["offset"]), metrics, int(about["last"]))
    except (FileNotFoundError, DamagedFileError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def _column(block: Block, values: Floats, before: int = LARGEST_ITERATION) -> tuple[Integers, Floats, Floats]:
    """Iterations, values and times of one metric, each (N,); the last of several values of an iteration."""
    kept = ~np.isnan(values) & (block.iterations < before)
    iterations = block.iterations[kept]
    is_last = np.diff(iterations, append=LARGEST_ITERATION) > 0
    return iterations[is_last], values[kept][is_last], block.times[kept][is_last]
