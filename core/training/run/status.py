"""The status of a run: phase, progress and result, as the worker writes it.

The launcher writes the first `status.json` ("queued"). After its start the worker is the only writer. The status does
not tell whether the worker still lives: see core.training.launch.liveness.
"""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypedDict

from core.files import write_json
from core.records import read_as
from core.shapes import Count, Moment


class Phase(StrEnum):
    """The phase of a run (docs/cli.md). `lost` is never written: a reader concludes it from a free lock."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    LOST = "lost"


ENDED = frozenset({Phase.FINISHED, Phase.STOPPED, Phase.FAILED, Phase.LOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class BestFigures:
    """The best evaluation on validation so far. AP 0 to 1; None where the validation images hold no object."""

    iteration: Count
    ap: float | None
    ap50: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overfitting:
    """The validation loss rises since `iteration`; `training_falls`: the training loss still falls."""

    iteration: Count
    training_falls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A failure that training answered without the user. `failure`: a row of core.training.failures.table."""

    failure: str = ""
    cause: str
    change: str
    iteration: Count  # where training went on
    time: Moment = 0.0  # Unix seconds
    knobs: dict[str, list[Any]] = field(default_factory=dict)  # settings of the recipe: name -> [before, after]


class _Kills(TypedDict, total=False):
    file: str
    kills: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One state of a run. Times are Unix seconds, durations seconds, AP 0 to 1."""

    phase: Phase
    reason: str = ""  # in plain words: why it waits, stopped or failed
    exception: str = ""  # the last exception's text, for a failed run
    remedy: str = ""  # what the user can do about a failure
    failure: str = ""  # which row of core.training.failures.table
    iteration: Count = 0  # finished iterations
    of_iterations: Count = 0
    pictures: Count = 0  # images in the training split; 0 until they are counted
    eta_s: float | None = None
    device: str = ""  # e.g. "CPU, 2 cores" or the GPU's name
    pid: Count = 0  # 0 until the worker itself has written
    started: Moment = 0.0
    updated: Moment = 0.0
    best: BestFigures | None = None
    turned: Overfitting | None = None  # since when it overfits: core.training.metrics.overfitting
    metrics: dict[str, float | None] = field(default_factory=dict)  # last value by name
    activity: str = ""  # the current one: "training", "evaluating 12 of 30 images", …
    retries: tuple[Retry, ...] = ()
    # core.training.failures.oom_kills, when the worker started.
    oom: Annotated[dict[str, Any], _Kills] = field(default_factory=dict)

    def with_(self, **changes: Any) -> "Status":
        """A copy with some fields changed."""
        return replace(self, **changes)


def write_status(path: Path, status: Status) -> None:
    """Replaces the status file atomically."""
    write_json(path, asdict(status))


def read_status(path: Path) -> Status:
    """The status on disk. Raises FileNotFoundError, DamagedFileError."""
    return read_as(path, Status)
