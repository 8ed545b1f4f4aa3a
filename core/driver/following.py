"""Follows one run of a sweep to its end: resumes, stops and prunes it."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from core.actor import Actor
from core.errors import ConflictError, NotFoundError
from core.services.runs import control as runs
from core.services.runs import summary as run_state
from core.services.runs.working_time import working_seconds
from core.services.sweeps.records import SweepPlan
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.metrics.curves import Curve
from core.training.run.status import ENDED, BestFigures, Phase

POLL_S: Final = 0.5
# How a run was left.
FINISHED: Final = "finished"
ENDED_EARLY: Final = "ended early"  # by `is_poor`
PAUSED: Final = "paused"  # because the sweep stops
GAVE_UP: Final = "gave up"  # failed, deleted, stopped by a person, or lost more than once
# A worker that dies once was unlucky; one that dies again will die a third time.
_MOST_RESUMES: Final = 1

Reports = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the driver works with. `train` and `evaluate` launch workers; None: those of the settings."""

    settings: Settings
    plan: SweepPlan
    stop: Callable[[], bool]
    tell: Callable[[str], None]  # the present activity
    train: LocalLauncher | None = None
    evaluate: LocalLauncher | None = None

    @property
    def actor(self) -> Actor:
        """The person for whom the sweep acts."""
        return self.plan.actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How a run was left: `how` is a constant of this module, `reason` says why it gave up."""

    how: str
    best: BestFigures | None = None
    seconds: float = 0.0
    reason: str = ""
    resumes: int = 0


def follow(
    work: Work, run: str, is_paused: bool, resumes: int, is_poor: Callable[[Reports], bool] | None = None
) -> Left:
    """Waits until the run has ended.

    Args: is_paused, the sweep stopped it before, and it goes on now; resumes, how often its worker was lost; is_poor,
    asked after each validation whether to end it early.
    """
    is_early = False
    try:
        if is_paused:
            _go_on(work, run)
        reader, reported = runs.open_curves(work.settings, run), 0
        while True:
            seen = run_state.observe_run(runs.run_folder(work.settings, run))
            if seen.phase is Phase.LOST and resumes < _MOST_RESUMES:
                resumes += 1
                _go_on(work, run)
                continue
            if seen.phase in ENDED:
                break
            if work.stop():
                return _stopped(work, run, resumes)
            reports = _reports(reader.curves())
            if is_poor and not is_early and len(reports) > reported:
                reported = len(reports)
                is_early = is_poor(reports)
                if is_early:
                    _stop(work, run)
            time.sleep(POLL_S)
    except NotFoundError:
        return Left(how=GAVE_UP, reason="Its run was deleted.", resumes=resumes)
    seconds = working_seconds(runs.run_folder(work.settings, run)) or 0.0
    best = seen.status.best
    if seen.phase is Phase.FINISHED:
        return Left(how=FINISHED, best=best, seconds=seconds, resumes=resumes)
    if is_early and seen.phase is Phase.STOPPED:
        reason = f"Ended after iteration {seen.status.iteration}: worse than half of the trials at that point."
        return Left(how=ENDED_EARLY, best=best, seconds=seconds, reason=reason, resumes=resumes)
    reason = seen.status.reason or f"Its worker is gone after iteration {seen.status.iteration}."
    return Left(how=GAVE_UP, best=best, seconds=seconds, reason=reason, resumes=resumes)


def reports_of(settings: Settings, run: str) -> Reports:
    """(iteration, AP) of each validation of a run."""
    return _reports(runs.open_curves(settings, run).curves())


def _reports(curves: Mapping[str, Curve]) -> Reports:
    curve = curves.get("ap")
    return [] if curve is None else list(zip(curve.iterations.tolist(), curve.values.tolist(), strict=True))


def _go_on(work: Work, run: str) -> None:
    with suppress(ConflictError):  # it goes on already, or had finished when it was stopped
        runs.resume(work.settings, run, work.train, actor=work.actor)


def _stop(work: Work, run: str) -> None:
    with suppress(ConflictError):  # it has just ended
        runs.stop(work.settings, run, actor=work.actor)


def _stopped(work: Work, run: str, resumes: int) -> Left:
    """Stops the run with the sweep, and waits for its checkpoint."""
    _stop(work, run)
    folder = runs.run_folder(work.settings, run)
    while run_state.observe_run(folder).phase not in ENDED:
        time.sleep(POLL_S)
    return Left(how=PAUSED, seconds=working_seconds(folder) or 0.0, resumes=resumes)
