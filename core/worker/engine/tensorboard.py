"""TensorBoard's event files of a run, bounded: the longer it trains, the fewer records go in. core.worker only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from torch.utils.tensorboard import SummaryWriter

from core.files import bytes_below

_FLUSH_S: Final = 10  # until TensorBoard sees an event
# Each time so much has been written, every second record is left out from then on: a run of any length takes a few
# times that. A record of twenty values is about 1.2 KB.
ROOM_BYTES: Final = 8 * 1024 * 1024
_LOOK_EVERY: Final = 256  # records between two looks at the disk


class Events:
    """Writes scalars for TensorBoard. Evaluations are all written; of the training, what the room allows."""

    def __init__(self, folder: Path, start: int, room_bytes: int = ROOM_BYTES) -> None:
        """Go on after `start` iterations: TensorBoard drops what the worker before wrote beyond."""
        self._folder, self._room, self._records = folder, room_bytes, 0
        self._writer = SummaryWriter(str(folder), purge_step=start + 1, flush_secs=_FLUSH_S)
        self._stride = self._look()

    def write(self, iteration: int, values: Mapping[str, float | None], is_evaluation: bool) -> None:
        """Write one record, or leave it out."""
        self._records += not is_evaluation
        if self._records % _LOOK_EVERY == 0:
            self._stride = self._look()
        if not is_evaluation and self._records % self._stride:
            return
        for name, value in values.items():
            if value is not None:
                self._writer.add_scalar(name, value, iteration)

    def close(self) -> None:
        """Write out what has not been written yet."""
        self._writer.close()

    def _look(self) -> int:
        """Of how many records one is written, by what is on disk: 1, then 2 after the first `room`, then 4, …"""
        return int(2 ** (bytes_below(self._folder) // self._room))
