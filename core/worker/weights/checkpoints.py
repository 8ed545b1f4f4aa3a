"""Writing and reading a run's checkpoints. Imported by core.worker only; readers use core.training.run.checkpoints.

    last.pth   model, optimizer, gradient scaler, iteration: all that training goes on from
    best.pth   the model with the best validation AP so far, without the optimizer
    iteration-000500.pth  last.pth as it was then, kept by choice (Recipe.keep_every)
    index.json iteration and AP of both, written after them, for readers without torch; and which iteration was
               evaluated last, with how many evaluations since the best one

Each file is written beside its place and renamed. The .pth files themselves say what they hold, so that a process
killed between two of these writes leaves nothing wrong: the index is made anew from them at the next start.
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
        """As the index holds it."""
        return {"iteration": self.iteration, "ap": self.ap, "ap50": self.ap50}


class _Counts(TypedDict, total=False):
    evaluated: Count
    without_gain: Count


class CheckpointStore:
    """The checkpoints of one run. Create it once the worker's lock is held: it writes the index."""

    def __init__(self, folder: RunFolder, classes: list[str]) -> None:
        self._root, self._classes = folder.checkpoints, classes
        self.last: int | None = None  # the iteration of last.pth
        self.best: Best | None = None
        self.evaluated = 0  # the iteration evaluated last
        self.without_gain = 0  # evaluations since the best one
        self.mended = ""  # what was done about a last checkpoint that could not be read

    def open(self) -> dict[str, Any] | None:
        """The content of last.pth, or None for a run that has none; brings the index into line with the files.

        A checkpoint that cannot be read is set aside; then the newest one before it counts, without an optimizer where
        that is the best one. `mended` says so.
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
        """Replace last.pth; `state` is what the trainer needs besides the model.

        Raises FloatingPointError, and leaves the checkpoint before, where the training has gone astray.
        """
        content = {"model": model.state_dict(), "iteration": iteration, **state}
        check_finite(iteration, content)
        self._write("last", content)
        self.last = iteration
        self._write_index()

    def keep_last(self) -> None:
        """Let last.pth as it is now stay under its iteration's name, where no later one replaces it."""
        if self.last is None:
            return
        keep_copy(self._path("last"), self._root / kept_name(self.last))

    def note_evaluation(self, result: Best | None, model: torch.nn.Module, iteration: int) -> bool:
        """Remember an evaluation of this iteration (None: no AP can be computed); True where it is the best so far.

        An equal AP replaces the older best, so that a run that has reached 0 or 1 keeps its longest trained model.
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
            known = read_as(self._root / "index.json", _Counts)
        except (FileNotFoundError, DamagedFileError):
            return  # killed before the first index, or it is damaged: the last evaluation is made again
        # An evaluation beyond the checkpoint will come again.
        if known.get("evaluated", 0) <= (self.last or 0):
            self.evaluated, self.without_gain = known.get("evaluated", 0), known.get("without_gain", 0)

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
