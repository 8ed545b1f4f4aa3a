"""What a run says of itself: phase, progress and result, as the worker writes it. Light; no torch.

The worker is the only writer of `status.json` once it has started; the launcher writes the first one ("queued").
Whether the worker still lives is not in here: see core.training.launch.liveness.
"""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.files import read_json, write_json


class Phase(StrEnum):
    """Where a run stands (docs/cli.md). `lost` is never written: a reader concludes it from a free lock."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    LOST = "lost"


ENDED = frozenset({Phase.FINISHED, Phase.STOPPED, Phase.FAILED, Phase.LOST})


@dataclass(frozen=True, slots=True)
class Status:
    """One state of a run. Times are Unix seconds, durations seconds, AP 0 to 1."""

    phase: Phase
    reason: str = ""  # in plain words: why it waits, stopped or failed
    exception: str = ""  # the last exception's own text, for a failed run
    remedy: str = ""  # what the user can do about a failure
    failure: str = ""  # which row of core.training.failures.table
    iteration: int = 0  # finished iterations
    of_iterations: int = 0
    pictures: int = 0  # in the training split; 0 until they are counted
    eta_s: float | None = None
    device: str = ""  # e.g. "CPU, 2 cores" or the GPU's name
    pid: int = 0  # 0 until the worker itself has written
    started: float = 0.0
    updated: float = 0.0
    best: dict[str, Any] | None = None  # {"iteration", "ap", "ap50"}
    turned: dict[str, Any] | None = None  # where validation turned: core.training.metrics.overfitting.Turn
    metrics: dict[str, float | None] = field(default_factory=dict)  # last value by name
    activity: str = ""  # what it is doing: "training", "evaluating 12 of 30 pictures", …
    # What went wrong on the way and was mended without anybody: {"failure", "cause", "change", "iteration", "time"},
    # and for a changed recipe "knobs": {name: [old, new]}.
    retries: list[dict[str, Any]] = field(default_factory=list)
    oom: dict[str, Any] = field(default_factory=dict)  # core.training.failures.oom_kills, when the worker started

    def with_(self, **changes: Any) -> "Status":
        """A copy with some fields changed."""
        return replace(self, **changes)


def write_status(path: Path, status: Status) -> None:
    """Replace the status file, atomically."""
    write_json(path, asdict(status))


def read_status(path: Path) -> Status:
    """The status on disk. Raises FileNotFoundError where there is none."""
    document = read_json(path)
    return Status(**{**document, "phase": Phase(document["phase"])})
