"""The files of a sweep.

    sweeps/<id>/plan.json       what is searched; written once, at the start
    sweeps/<id>/state.json      trials, checks and the answer; written by the driver
    sweeps/<id>/study.journal   optuna's journal of the trials, from which the next one is chosen; JSON lines
    sweeps/<id>/status.json, worker.lock, launch.lock, requests/, log.txt, history.jsonl     as of a run

A sweep's id is that of its group of runs.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from core.actor import Actor
from core.evaluation.intervals.intervals import Interval
from core.files import write_json
from core.records import read_as
from core.shapes import Count, Moment
from core.training.recipe.search_space import Span

# States of a trial and of a check.
WAITING: Final = "waiting"  # its run was not started yet
RUNNING: Final = "running"  # its run waits in the queue, or trains
COMPLETE: Final = "complete"
PRUNED: Final = "pruned"  # ended early, because it was worse than others at that point
FAILED: Final = "failed"

BETTER: Final = "better"
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan:
    """What a sweep searches. `base` is the run whose settings are trial 0."""

    id: str
    name: str
    created: Moment  # Unix seconds
    base: str  # run id
    base_name: str
    dataset: str
    iterations: Count
    seed: Count  # the base's; the checks take the seeds after it
    spans: tuple[Span, ...]
    base_values: dict[str, float]
    budget_s: float  # of training, over all runs of the sweep
    most_trials: Count
    check_seeds: Count
    run_seconds: float  # what the base took
    actor: Actor
    caveat: str = ""  # of core.services.sweeps.caveat

    def to_json(self) -> dict[str, Any]:
        """The file's document."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A run with other settings. `ap` is its best validation AP, 0 to 1, also of a pruned one."""

    number: Count  # 0: the base
    values: dict[str, float]
    state: str
    run: str = ""  # id
    reports: tuple[tuple[Count, float], ...] = ()  # (iteration, AP) of each validation; of the base only
    ap: float | None = None
    ap50: float | None = None
    seconds: float = 0.0  # at work
    reason: str = ""
    is_paused: bool = False  # the sweep stopped its run, and resumes it
    resumes: Count = 0  # after its worker was lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A run with another seed, of the base's settings or the best trial's, and its evaluation on validation."""

    seed: Count
    is_best: bool  # the best trial's settings; else the base's
    state: str
    run: str = ""
    evaluation: str = ""  # id
    is_evaluated: bool = False
    ap: float | None = None
    seconds: float = 0.0
    is_paused: bool = False
    resumes: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The end of a sweep: BETTER, or NOTHING is better than what there is.

    `best` is the number of the best trial, 0 if that is the base. `ap` and `ap50` are the best trial's minus the base's
    over the checks' seeds, with a 95 % interval; None if no check was needed.
    """

    kind: str
    reason: str
    best: Count
    ap: Interval | None = None
    ap50: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepState:
    """The sweep as far as it has come."""

    trials: tuple[Trial, ...] = ()
    checks: tuple[Check, ...] = ()
    search_ended: str = ""  # why no further trial is made, in a sentence
    answer: Answer | None = None

    @property
    def spent_s(self) -> float:
        """Seconds of training so far; the base was trained before."""
        return sum(trial.seconds for trial in self.trials[1:]) + sum(check.seconds for check in self.checks)

    @property
    def best(self) -> Trial | None:
        """The complete trial with the highest AP; of equal ones the first, so the base wins a tie."""
        done = [trial for trial in self.trials if trial.state == COMPLETE and trial.ap is not None]
        return max(done, key=lambda trial: (trial.ap or 0.0, -trial.number), default=None)

    def with_trial(self, trial: Trial) -> "SweepState":
        """The state with a new or changed trial."""
        others = tuple(other for other in self.trials if other.number != trial.number)
        return replace(self, trials=tuple(sorted((*others, trial), key=lambda other: other.number)))

    def with_check(self, index: int, check: Check) -> "SweepState":
        """The state with a changed check."""
        return replace(self, checks=(*self.checks[:index], check, *self.checks[index + 1 :]))


@dataclass(frozen=True, slots=True)
class SweepFolder:
    """The files of a sweep that a run's folder does not have."""

    root: Path

    @property
    def plan(self) -> Path:
        """What is searched."""
        return self.root / "plan.json"

    @property
    def state(self) -> Path:
        """Trials, checks and the answer."""
        return self.root / "state.json"

    @property
    def journal(self) -> Path:
        """Optuna's journal."""
        return self.root / "study.journal"


def read_plan(folder: SweepFolder) -> SweepPlan:
    """The plan. Raises FileNotFoundError, DamagedFileError."""
    return read_as(folder.plan, SweepPlan)


def read_state(folder: SweepFolder) -> SweepState:
    """The state, an empty one before the driver's first. Raises DamagedFileError."""
    try:
        return read_as(folder.state, SweepState)
    except FileNotFoundError:
        return SweepState()


def write_state(folder: SweepFolder, state: SweepState) -> None:
    """Replaces the state."""
    write_json(folder.state, asdict(state))
