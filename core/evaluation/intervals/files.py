"""Reads and writes the error bars of an evaluation in its folder.

`bootstrap-<resamples>-<seed>.npz` holds the replicates, from which those of a difference follow without another draw.
`intervals-<resamples>-<seed>.json` holds the intervals and is written last. Every process computes the same content.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.actor import KnownActor, actor_json
from core.errors import DamagedFileError
from core.evaluation.intervals.bootstrap import Replicates
from core.evaluation.intervals.intervals import LEVEL, Estimate, estimate_from_json, notes_on
from core.files import atomic_writer, write_json
from core.records import put_aside, read_arrays, read_record
from core.shapes import fit_for


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBars:
    """AP and AP50 with their intervals: of all classes, and of each in the categories' order. `actor` asked first."""

    images: int
    resamples: int
    seed: int
    together: Estimate
    per_class: list[Estimate]
    actor: KnownActor = None

    @property
    def notes(self) -> list[str]:
        """A sentence for each missing interval."""
        return notes_on([self.together, *self.per_class])

    def to_json(self) -> dict[str, Any]:
        """The error bars as the command line gives them."""
        figures = {"ap": self.together.ap.to_json(), "ap50": self.together.ap50.to_json()}
        return {
            "images": self.images,
            "images_with_objects": self.together.images,
            "resamples": self.resamples,
            "seed": self.seed,
            "level": LEVEL,
            **figures,
            "per_class": [row.to_json() for row in self.per_class],
            "notes": self.notes,
        }


def load_error_bars(folder: Path, resamples: int, seed: int) -> ErrorBars | None:
    """The stored error bars; None if the file is missing or damaged: compute them again."""
    try:
        return read_record(_intervals(folder, resamples, seed), _bars)
    except (FileNotFoundError, DamagedFileError):
        return None


def _bars(document: dict[str, Any]) -> ErrorBars:
    together = {"images": document["images_with_objects"], "ap": document["ap"], "ap50": document["ap50"]}
    per_class = [estimate_from_json(row) for row in document["per_class"]]
    images, resamples, seed = (fit_for(int)(document[name], name) for name in ("images", "resamples", "seed"))
    return ErrorBars(
        images=images,
        resamples=resamples,
        seed=seed,
        together=estimate_from_json(together),
        per_class=per_class,
        actor=fit_for(KnownActor)(document.get("actor"), "actor"),
    )


def keep_error_bars(folder: Path, bars: ErrorBars) -> None:
    """Writes the error bars atomically."""
    _make_room(_intervals(folder, bars.resamples, bars.seed))
    write_json(_intervals(folder, bars.resamples, bars.seed), {**bars.to_json(), "actor": actor_json(bars.actor)})


def load_replicates(folder: Path, resamples: int, seed: int) -> Replicates | None:
    """The stored replicates; None if they are not computed yet or the file is damaged."""
    try:
        arrays = read_arrays(_replicates(folder, resamples, seed))
        observed, values, bias = (arrays[name].astype(np.float64) for name in ("observed", "values", "bias"))
        if values.shape[1:] == observed.shape == bias.shape:
            return Replicates(observed=observed, values=values, bias=bias)
        return None
    except (FileNotFoundError, DamagedFileError, ValueError, KeyError):
        # Missing or damaged: computing them again replaces the file.
        return None


def keep_replicates(folder: Path, resamples: int, seed: int, replicates: Replicates) -> None:
    """Writes the replicates atomically, to seven digits, which halves the file."""
    _make_room(_replicates(folder, resamples, seed))
    with atomic_writer(_replicates(folder, resamples, seed)) as handle:
        values = replicates.values.astype(np.float32)
        np.savez_compressed(handle, observed=replicates.observed, values=values, bias=replicates.bias)


def _make_room(path: Path) -> None:
    """Moves a folder at this path aside, because no file can replace a folder."""
    if path.is_dir():
        put_aside(path)


def _intervals(folder: Path, resamples: int, seed: int) -> Path:
    return folder / f"intervals-{resamples}-{seed}.json"


def _replicates(folder: Path, resamples: int, seed: int) -> Path:
    return folder / f"bootstrap-{resamples}-{seed}.npz"
