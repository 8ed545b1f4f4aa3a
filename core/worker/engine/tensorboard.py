"""Writes TensorBoard's event files of a run. Their size is bounded: the longer it trains, the fewer records."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from torch.utils.tensorboard import SummaryWriter

from core.files import bytes_below

_FLUSH_S: Final = 10  # until TensorBoard sees an event
# After each such amount, half of the following records are left out, so a run of any length takes a few times that. A
# record of twenty values has about 1.2 KB.
BUDGET_BYTES: Final = 8 * 1024 * 1024
_LOOK_EVERY: Final = 256  # records between two checks of the size on disk


class Events:
    """Writes scalars for TensorBoard: all evaluations, and as many training records as the budget allows."""

    def __init__(self, folder: Path, start: int, budget_bytes: int = BUDGET_BYTES) -> None:
        """Continues after `start` iterations: TensorBoard drops what an earlier worker wrote beyond."""
        self._folder, self._budget, self._records = folder, budget_bytes, 0
        self._writer = SummaryWriter(str(folder), purge_step=start + 1, flush_secs=_FLUSH_S)
        self._stride = self._look()

    def write(self, iteration: int, values: Mapping[str, float | None], is_evaluation: bool) -> None:
        """Writes one record, or leaves it out."""
        self._records += not is_evaluation
        if self._records % _LOOK_EVERY == 0:
            self._stride = self._look()
        if not is_evaluation and self._records % self._stride:
            return
        for name, value in values.items():
            if value is not None:
                self._writer.add_scalar(name, value, iteration)

    def close(self) -> None:
        """Writes what has not been written yet."""
        self._writer.close()

    def _look(self) -> int:
        """One of how many records is written, by the size on disk: 1, then 2 after the first budget, then 4 …"""
        return int(2 ** (bytes_below(self._folder) // self._budget))
