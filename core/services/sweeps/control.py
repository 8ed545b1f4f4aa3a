"""Starts, stops, resumes, lists and describes sweeps."""

import json
import math
import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from core.actor import Actor
from core.errors import AppError, ConflictError, DamagedFileError, NotFoundError, RecipeError
from core.evaluation.intervals.several_seeds import SEEDS
from core.files import write_json
from core.progress import Progress
from core.records import Damage
from core.services.runs import control as runs
from core.services.runs.working_time import working_seconds
from core.services.sweeps.caveat import caveat_of
from core.services.sweeps.records import (
    SweepFolder,
    SweepPlan,
    SweepState,
    Trial,
    read_plan,
    read_state,
)
from core.services.training.curve_runs import fits
from core.services.training.rerun import stored_run
from core.settings import Settings
from core.storage_errors import writing
from core.training.launch import launcher as launch
from core.training.launch.liveness import observe
from core.training.recipe.search_space import MOST_TRIALS, USUAL_SEEDS, USUAL_TRIALS, Span, read_spans, value_of
from core.training.run.folder import RunFolder
from core.training.run.status import ENDED, Phase, Status
from core.workspace.history import note_change
from core.workspace.layout import Layout
from core.workspace.names import LONGEST_NAME, check_name, free_name
from core.workspace.registry import new_id

_MOST_MINUTES: Final = 60 * 24 * 14
_USUAL_RUNS: Final = 14  # trials in the budget that a form offers
_ID: Final = re.compile(r"s-[0-9a-z]{6}")
_WAIT_POLL_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRequest:
    """What to search. `over` are spans as `read_span` takes them; `minutes` of training, over all runs of the sweep."""

    run: str  # id or name: the base
    over: tuple[str, ...]
    minutes: float
    trials: int = USUAL_TRIALS
    seeds: int = USUAL_SEEDS  # of the check of the best
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a sweep that begins with a run needs: one trial and the check of the best; and what a form offers."""

    run_seconds: float
    least_minutes: float
    usual_minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A sweep as far as it has come. Seconds are of training; AP is 0 to 1."""

    plan: SweepPlan
    state: SweepState
    phase: Phase
    reason: str
    remedy: str
    activity: str
    updated: float

    @property
    def ended(self) -> bool:
        """Whether its driver has ended."""
        return self.phase in ENDED

    @property
    def base(self) -> Trial | None:
        """Trial 0, None before the driver's start."""
        return self.state.trials[0] if self.state.trials else None

    @property
    def best_trial(self) -> Trial | None:
        """The complete trial with the highest AP."""
        return self.state.best

    @property
    def share_spent(self) -> float:
        """The share of the budget that was used, 0 to 1."""
        return min(1.0, self.state.spent_s / self.plan.budget_s)

    def to_json(self) -> dict[str, Any]:
        """The document of `sweep-status` (docs/cli.md)."""
        plan = self.plan.to_json()
        plan["sweep"] = plan.pop("id")
        state = asdict(self.state)
        best = self.state.best
        document = plan | {
            "phase": self.phase,
            "reason": self.reason,
            "remedy": self.remedy,
            "activity": self.activity,
            "ended": self.ended,
            "spent_s": self.state.spent_s,
            "best": best.number if best else None,
            **state,
        }
        plain: dict[str, Any] = json.loads(json.dumps(document))
        return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """A sweep in a list; of a damaged one only the id is certain."""

    sweep: str
    name: str
    base: str
    phase: str
    trials: int
    created: float
    answer: str  # "better", "nothing" or "" so far
    damaged: Damage | None = None

    def to_json(self) -> dict[str, Any]:
        """One entry of the document of `sweeps` (docs/cli.md)."""
        return asdict(self)


def start_sweep(
    settings: Settings, request: SweepRequest, launcher: launch.LocalLauncher | None = None, *, actor: Actor
) -> str:
    """Start a sweep in a separate process and return its id at once.

    Raises ConflictError for a base that has not finished or has no AP, RecipeError for settings that cannot be swept,
    AppError for a budget in which nothing can be tried.
    """
    plan = _plan(settings, request, actor)
    folder = Layout(settings.workspace).sweeps / plan.id
    try:
        with writing(folder):
            folder.mkdir(parents=True)
        write_json(SweepFolder(folder).plan, plan.to_json())
        launch.start(RunFolder(folder), plan.most_trials, launcher or _driver(settings))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return plan.id


def sweepable_spans(settings: Settings, run: str, over: Sequence[str]) -> tuple[Span, ...]:
    """The spans around a run's settings, as a sweep would take them. Raises RecipeError."""
    return read_spans(over, stored_run(settings, run).recipe)


def budget_of(settings: Settings, run: str, seeds: int = USUAL_SEEDS) -> Budget:
    """The budgets of a sweep that begins with this run. Raises ConflictError if the time of the run is unknown."""
    seconds = working_seconds(runs.run_folder(settings, run))
    if seconds is None:
        raise ConflictError("The time that this run took is unknown.", "Repeat it, and start the sweep there.")
    return Budget(
        run_seconds=seconds,
        least_minutes=seconds * (1 + 2 * seeds) / 60,
        usual_minutes=float(math.ceil(seconds * (_USUAL_RUNS + 2 * seeds) / 60)),
    )


def stop_sweep(settings: Settings, ref: str, *, actor: Actor) -> None:
    """Ask a sweep to stop its run and end. Raises ConflictError if it has ended."""
    folder = _folder(settings, ref)
    launch.stop(folder)
    note_change(folder.root, "stopped", actor)


def resume_sweep(settings: Settings, ref: str, launcher: launch.LocalLauncher | None = None, *, actor: Actor) -> None:
    """Continue a sweep that was stopped, failed or lost. Raises ConflictError if it is active or finished."""
    folder = _folder(settings, ref)
    launch.resume(folder, launcher or _driver(settings))
    note_change(folder.root, "resumed", actor)


def describe_sweep(settings: Settings, ref: str) -> Sweep:
    """The sweep with this id or name. Raises NotFoundError, DamagedFileError."""
    return _describe(_folder(settings, ref))


def list_sweeps(settings: Settings, run: str = "") -> list[SweepRow]:
    """All sweeps, or those that began with the run of this id; newest first."""
    folder = Layout(settings.workspace).sweeps
    paths = [path for path in folder.iterdir() if _ID.fullmatch(path.name)] if folder.is_dir() else []
    rows = [_row(RunFolder(path)) for path in paths]
    return sorted((row for row in rows if not run or row.base == run), key=lambda row: row.created, reverse=True)


def wait_for_sweep(settings: Settings, ref: str, progress: Progress) -> Sweep:
    """Wait until a sweep's driver has ended. `progress` gets the share of the budget that was used."""
    while True:
        sweep = describe_sweep(settings, ref)
        progress(sweep.share_spent, sweep.activity or sweep.reason or str(sweep.phase))
        if sweep.ended:
            return sweep
        time.sleep(_WAIT_POLL_S)


def _plan(settings: Settings, request: SweepRequest, actor: Actor) -> SweepPlan:
    base = runs.describe_run(settings, request.run)
    if base.phase != Phase.FINISHED or base.best is None or base.best.ap is None:
        raise ConflictError(
            f"Run {base.name!r} is {base.phase} and has no AP to compare with." if base.best is None else
            f"Run {base.name!r} is {base.phase}.", "Start the sweep from a run that has finished and was validated."
        )  # fmt: skip
    summary = next(run for run in runs.list_runs(settings, archived=True) if run.run == base.run)
    if not fits(settings, summary):
        raise ConflictError(
            f"Run {base.name!r} was extended or repaired, so no other run is like it.", "Repeat it, and start there."
        )
    recipe = stored_run(settings, base.run).recipe
    spans = read_spans(request.over, recipe)
    _check_numbers(request)
    budget = budget_of(settings, base.run, request.seeds)
    if request.minutes < budget.least_minutes:
        raise AppError(
            f"{request.minutes:g} minutes are too few: one trial and the check of the best need about "
            f"{budget.least_minutes:.1f}.",
            "Give more minutes, fewer seeds, or start from a shorter run.",
        )
    name = request.name.strip() or free_name(
        f"Sweep of {base.name}"[: LONGEST_NAME - 5], {row.name for row in list_sweeps(settings)}
    )
    check_name(name, "sweep")
    return SweepPlan(
        id=new_id("s"),
        name=name,
        created=time.time(),
        base=base.run,
        base_name=base.name,
        dataset=base.dataset,
        iterations=recipe.iterations,
        seed=recipe.seed,
        spans=spans,
        base_values={span.name: value_of(recipe, span.name) for span in spans},
        budget_s=request.minutes * 60,
        most_trials=request.trials,
        check_seeds=request.seeds,
        run_seconds=budget.run_seconds,
        actor=actor,
        caveat=caveat_of(settings, base.run),
    )


def _check_numbers(request: SweepRequest) -> None:
    if not 0 < request.minutes <= _MOST_MINUTES:
        raise RecipeError(f"{request.minutes:g} minutes are no budget.", f"Choose up to {_MOST_MINUTES:,}.")
    if not 1 <= request.trials <= MOST_TRIALS:
        raise RecipeError(f"{request.trials} trials are no sweep.", f"Choose 1 to {MOST_TRIALS}.")
    if request.seeds not in SEEDS:
        raise RecipeError(f"{request.seeds} seeds cannot check a trial.", f"Choose {SEEDS[0]} to {SEEDS[-1]}.")


def _driver(settings: Settings) -> launch.LocalLauncher:
    """Launches the driver on this machine, also where a cluster trains."""
    environment = {**os.environ, "DETDESK_WORKSPACE": str(settings.workspace)}
    return launch.LocalLauncher((sys.executable, "-m", "core.driver"), environment)


def _folder(settings: Settings, ref: str) -> RunFolder:
    root = Layout(settings.workspace).sweeps
    if _ID.fullmatch(ref) and (root / ref).is_dir():
        return RunFolder(root / ref)
    rows = list_sweeps(settings)
    for row in rows:
        if row.name == ref:
            return RunFolder(root / row.sweep)
    names = ", ".join(row.name for row in rows[:8]) or "none yet"
    raise NotFoundError(f"There is no sweep {ref!r}.", f"Known: {names}.")


def _describe(folder: RunFolder) -> Sweep:
    files = SweepFolder(folder.root)
    plan, state = read_plan(files), read_state(files)
    try:
        seen = observe(folder.status, folder.lock)
        phase, status = seen.phase, seen.status
    except FileNotFoundError:
        phase, status = Phase.LOST, Status(phase=Phase.LOST, reason="Its start was interrupted.")
    return Sweep(
        plan=plan,
        state=state,
        phase=phase,
        reason=status.reason or ("Its driver is gone; its run goes on." if phase is Phase.LOST else ""),
        remedy=status.remedy or ("Resume it." if phase is Phase.LOST else ""),
        activity="" if phase in ENDED else status.activity,
        updated=status.updated,
    )


def _row(folder: RunFolder) -> SweepRow:
    key = folder.root.name
    try:
        sweep = _describe(folder)
    except (DamagedFileError, FileNotFoundError) as error:
        damage = Damage.of(error) if isinstance(error, DamagedFileError) else Damage(
            file="plan.json", reason="it is missing", remedy="Remove the folder; its runs stay."
        )  # fmt: skip
        return SweepRow(sweep=key, name=key, base="", phase="damaged", trials=0, created=0.0, answer="", damaged=damage)
    answer = sweep.state.answer
    return SweepRow(
        sweep=key,
        name=sweep.plan.name,
        base=sweep.plan.base,
        phase=sweep.phase,
        trials=len(sweep.state.trials),
        created=sweep.plan.created,
        answer=answer.kind if answer else "",
    )
