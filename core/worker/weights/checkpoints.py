"""Writes and reads a run's checkpoints. Readers without torch use core.training.run.checkpoints.

    last.pth   model, optimizer, gradient scaler, iteration: all that a resume needs
    best.pth   the model with the best validation AP so far, without the optimizer
    iteration-000500.pth  a copy of last.pth at that iteration (Recipe.keep_every)
    index.json iteration and AP of both, written after them, for readers without torch; the iteration evaluated last,
               and the number of evaluations since the best one

Each file is written under another name and renamed. The .pth files hold their iteration and AP, so a process killed
between two writes leaves nothing wrong: the next start rebuilds the index from them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import torch

from core.errors import DamagedFileError
from core.files import atomic_writer, keep_copy
from core.records import put_aside, read_as
from core.shapes import Count
from core.training.run.checkpoints import kept_name, write_index
from core.training.run.folder import RunFolder
from core.training.run.status import BestFigures
from core.worker.weights.checkpoint_reading import newest_other, read_or_set_aside
from core.worker.weights.nonfinite import check_finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The best evaluation so far; AP 0 to 1."""

    iteration: int
    ap: float
    ap50: float | None

    def as_dict(self) -> dict[str, Any]:
        """The record in the status and in the index."""
        return {"iteration": self.iteration, "ap": self.ap, "ap50": self.ap50}


class _Counts(TypedDict, total=False):
    evaluated: Count
    without_gain: Count


class CheckpointStore:
    """The checkpoints of a run. Create it only while holding the worker's lock: it writes the index."""

    def __init__(self, folder: RunFolder, classes: list[str]) -> None:
        self._root, self._classes = folder.checkpoints, classes
        self.last: int | None = None  # the iteration of last.pth
        self.best: Best | None = None
        self.evaluated = 0  # the iteration evaluated last
        self.without_gain = 0  # evaluations since the best one
        self.mended = ""  # what replaced a last checkpoint that could not be read

    def open(self) -> dict[str, Any] | None:
        """The content of last.pth, or None for a run that has none. Rebuilds the index from the files.

        A checkpoint that cannot be read is set aside, and the newest earlier one is used. The best one has no
        optimizer. `mended` says which.
        """
        best, _ = read_or_set_aside(self._path("best"))
        if best is not None:
            self.best = Best(iteration=int(best["iteration"]), ap=float(best["ap"]), ap50=best["ap50"])
        last, trouble = read_or_set_aside(self._path("last"))
        if trouble:
            last = newest_other(self._root, ("last.pth", "best.pth")) or best
            self.mended = f"Went on from iteration {last['iteration']} instead." if last else "Started anew."
        if last is not None:
            self.last = int(last["iteration"])
        if last is not None or best is not None:
            self._read_evaluations()
            self._write_index()
        return last

    @property
    def figures(self) -> BestFigures | None:
        """The best evaluation so far, as the status holds it."""
        return BestFigures(**self.best.as_dict()) if self.best else None

    def save_last(self, iteration: int, model: torch.nn.Module, state: dict[str, Any]) -> None:
        """Replaces last.pth. `state` is what the trainer needs besides the model.

        Raises FloatingPointError, and keeps the earlier checkpoint, if a tensor holds NaN or infinity.
        """
        content = {"model": model.state_dict(), "iteration": iteration, **state}
        check_finite(iteration, content)
        self._write("last", content)
        self.last = iteration
        self._write_index()

    def keep_last(self) -> None:
        """Keeps a copy of last.pth under its iteration's name, which no later checkpoint replaces."""
        if self.last is None:
            return
        keep_copy(self._path("last"), self._root / kept_name(self.last))

    def note_evaluation(self, result: Best | None, model: torch.nn.Module, iteration: int) -> bool:
        """Records the evaluation of an iteration (None: no AP can be computed); True if it is the best so far.

        An equal AP replaces the older best, so a run that stays at 0 or 1 keeps its longest trained model.
        """
        gained = result is not None and (self.best is None or result.ap >= self.best.ap)
        if gained and result is not None:
            self._write("best", {"model": model.state_dict(), **result.as_dict()})
            self.best = result
        self.evaluated = iteration
        self.without_gain = 0 if gained else self.without_gain + 1
        self._write_index()
        return gained

    def _write(self, name: str, content: dict[str, Any]) -> None:
        with atomic_writer(self._path(name)) as handle:
            torch.save({**content, "classes": self._classes}, handle)

    def _read_evaluations(self) -> None:
        try:
            counts = read_as(self._root / "index.json", _Counts)
        except (FileNotFoundError, DamagedFileError):
            return  # killed before the first index, or it is damaged: the last evaluation is repeated
        # Training repeats an evaluation after the checkpoint.
        if counts.get("evaluated", 0) <= (self.last or 0):
            self.evaluated, self.without_gain = counts.get("evaluated", 0), counts.get("without_gain", 0)

    def _write_index(self) -> None:
        if (self._root / "index.json").is_dir():
            put_aside(self._root / "index.json")
        write_index(
            self._root,
            last=self.last,
            best=None if self.best is None else self.best.as_dict(),
            evaluated=self.evaluated,
            without_gain=self.without_gain,
        )

    def _path(self, name: str) -> Path:
        return self._root / f"{name}.pth"
