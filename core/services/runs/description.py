"""Describes a run in full: its summary, recipe, checkpoints, history and the like."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, NotRequired, TypedDict, TypeVar

from core.errors import DamagedFileError
from core.evaluation.thresholds.stored import StoredThresholds, read_thresholds
from core.evaluation.thresholds.stored_temperatures import StoredTemperatures, read_temperatures
from core.evaluation.validation_samples import kept_steps
from core.files import bytes_below
from core.records import Damage, read_as
from core.services.runs.summary import RunSummary, read_job_part, read_recipe
from core.shapes import Count
from core.training.recipe.bundled_weights import WeightsOrigin
from core.training.recipe.recipe import Recipe
from core.training.run.checkpoints import Checkpoint, list_checkpoints
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from core.workspace.history import Change, read_history

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedFrom:
    """The failed run that a run repairs. `changes` holds [setting, before, after] entries."""

    run: str
    cause: str
    iteration: Count  # it continues here; 0: it starts anew
    changes: tuple[list[Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsPart:
    """Counts of the start weights' tensors in one part of the model, by what was done with them."""

    group: str
    loaded: Count
    resized: Count  # the rows of shared classes only
    reinitialised: Count
    missing: Count  # in the model only
    ignored: Count  # in the file only
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWeights:
    """The weights that a run started from, counted by part of the model."""

    source: str
    groups: tuple[WeightsPart, ...] = ()
    origins: tuple[WeightsOrigin, ...] = ()


class EnvironmentStart(TypedDict):
    """A start with another device, seed, data or packages than the one before. Earlier versions wrote fewer keys."""

    time: NotRequired[float]
    iteration: Count
    device: str
    seed: int
    data_hash: str
    version: NotRequired[str]
    git: str
    python: str
    platform: str
    cuda: str | None
    threads: Count
    mixed_precision: NotRequired[bool]
    packages: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCheckpoint:
    """A checkpoint of a run. `kind` is `best`, `last` or `kept`; AP is 0 to 1, None without an evaluation."""

    kind: str
    iteration: int
    ap: float | None
    ap50: float | None
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDescription(RunSummary):
    """The full description of a run. A damaged file that is not essential leaves its field empty."""

    phase: Phase  # never None: a run with a damaged status cannot be described
    threshold: StoredThresholds | None
    temperatures: StoredTemperatures | None
    samples: tuple[int, ...]  # iterations with sample predictions
    repaired_from: RepairedFrom | None
    repaired_by: str | None  # the id of the run that repairs this one
    recipe: Recipe | None
    classes: tuple[str, ...]
    weights: StartWeights | None
    environment: tuple[EnvironmentStart, ...]
    history: tuple[Change, ...]  # oldest first
    bytes: int  # on disk
    checkpoints: tuple[RunCheckpoint, ...]

    def to_json(self) -> dict[str, Any]:
        """The document of `run` (docs/cli.md)."""
        return RunSummary.to_json(self) | {
            "threshold": self.threshold.to_json() if self.threshold else None,
            "temperatures": self.temperatures.to_json() if self.temperatures else None,
            "recipe": json.loads(json.dumps(self.recipe.to_json())) if self.recipe else {},
            "history": [change.to_json() for change in self.history],
        }


class _RepairedBy(TypedDict):
    run: str


class _Environment(TypedDict):
    starts: list[EnvironmentStart]


def describe(row: RunSummary, folder: RunFolder) -> RunDescription:
    """Complete a summary from the run's other files. `damaged` is the first non-essential file that is damaged."""
    first: list[Damage] = []

    def part(read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except FileNotFoundError:
            return otherwise
        except DamagedFileError as error:
            first.append(Damage.of(error))
            return otherwise

    job = read_job_part(folder)
    threshold = part(lambda: read_thresholds(folder.root), None)
    temperatures = part(lambda: read_temperatures(folder.root), None)
    origin = part(lambda: read_as(folder.repaired_from, RepairedFrom), None)
    by = part(lambda: read_as(folder.repaired_by, _RepairedBy), None)
    weights = part(lambda: read_as(folder.weights, StartWeights), None)
    environment = part(lambda: read_as(folder.environment, _Environment), None)
    history: list[Change] = part(lambda: read_history(folder.root), [])
    checkpoints: list[Checkpoint] = part(lambda: list_checkpoints(folder), [])
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return RunDescription(
        **values | ({"damaged": first[0]} if first else {}),
        threshold=threshold,
        temperatures=temperatures,
        samples=tuple(kept_steps(folder.samples)),
        repaired_from=origin,
        repaired_by=by["run"] if by else None,
        recipe=read_recipe(folder),
        classes=tuple(job["classes"]) if job else (),
        weights=weights,
        environment=tuple(environment["starts"]) if environment else (),
        history=tuple(history),
        bytes=bytes_below(folder.root),
        checkpoints=tuple(map(_row, checkpoints)),
    )


def _row(checkpoint: Checkpoint) -> RunCheckpoint:
    return RunCheckpoint(
        kind=checkpoint.kind,
        iteration=checkpoint.iteration,
        ap=checkpoint.ap,
        ap50=checkpoint.ap50,
        bytes=checkpoint.path.stat().st_size,
    )
