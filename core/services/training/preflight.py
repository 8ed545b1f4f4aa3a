"""Checks a training on its real device before the start.

A check has the folder `preflights/<id>` of the workspace with the same files as a run: recipe, job, status, lock and
log. Its worker waits for a device slot, before all waiting trainings.
"""

import shutil
import time
from dataclasses import dataclass, replace
from typing import Any, Final, TypedDict

from core.actor import Actor
from core.errors import AppError, DamagedFileError, NotFoundError
from core.files import write_json
from core.progress import Progress
from core.records import read_as
from core.services.runs import summary as run_state
from core.services.training.create_run import write_run
from core.services.training.data import open_training_data
from core.services.training.range_warnings import range_warnings
from core.services.training.start import TrainRequest, new_run, plan_run
from core.settings import Settings
from core.shapes import Count
from core.storage_errors import writing
from core.training.launch import launcher as launch
from core.training.launch.launcher_choice import launcher_for
from core.training.observation import is_alive
from core.training.recipe.recipe import Recipe
from core.training.run.folder import RunFolder
from core.training.run.measurements import Measurements, read_measurements
from core.training.run.status import ENDED, Phase
from core.training.run.time_estimate import seconds_of
from core.workspace.history import note_change
from core.workspace.layout import Layout
from core.workspace.registry import new_id

_POLL_S: Final = 0.3
# Time estimates use the latest checks; older ones add nothing.
_KEPT: Final = 20
# A run keeps its best and its last checkpoint, and writes a new one before it replaces one.
_CHECKPOINTS: Final = 3


class _Request(TypedDict):
    val: Count


@dataclass(frozen=True, slots=True)
class Preflight:
    """A finished check. `seconds` is the estimated time of the whole run with the checked batch."""

    id: str
    measured: Measurements
    recipe: Recipe
    seconds: float
    warnings: tuple[str, ...]  # a sentence each

    def to_json(self) -> dict[str, Any]:
        """The document of `preflight` (docs/cli.md)."""
        measured = self.measured
        return {
            "preflight": self.id,
            "device": measured.device,
            "batch": measured.batch,
            "batch_source": measured.batch_source,
            "iterations": self.recipe.iterations,
            "learning_rate": self.recipe.learning_rate,
            "peak_mib": measured.peak_mib,
            "memory_mib": measured.memory_mib,
            "step_s": measured.step_s,
            "worst_step_s": measured.worst_step_s,
            "picture_s": measured.picture_s,
            "checkpoint_mib": measured.checkpoint_mib,
            "disk_free_mib": measured.disk_free_mib,
            "seconds": self.seconds,
            "finish": time.time() + self.seconds,
            "trials": [
                {"batch": trial.batch, "fits": trial.fits, "peak_mib": trial.peak_mib, "step_s": trial.step_s}
                | {"why": trial.why}
                for trial in measured.trials
            ],
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightState:
    """The state of a check: `result` after it has finished, `reason` and `remedy` if it failed or waits."""

    id: str
    phase: Phase
    activity: str
    reason: str
    remedy: str
    exception: str
    result: Preflight | None

    @property
    def has_ended(self) -> bool:
        """Whether the state is final."""
        return self.phase in ENDED


def start_preflight(
    settings: Settings,
    request: TrainRequest,
    auto_batch: bool = False,
    launcher: launch.LocalLauncher | None = None,
    *,
    actor: Actor,
) -> str:
    """Start a check of a request in a separate process and return the check's id at once.

    `auto_batch`: search the largest batch that fits, instead of checking the plan's batch. Raises AppError for a
    blocked plan, and leaves nothing behind then.
    """
    wanted = new_run(plan_run(settings, request))
    layout = Layout(settings.workspace)
    _sweep(layout)
    key = new_id("p")
    folder = RunFolder(layout.preflights / key)
    with writing(folder.root):
        folder.root.mkdir(parents=True)
    try:
        write_run(settings, key, folder, wanted, actor)
        write_json(folder.root / "request.json", {"auto": auto_batch, "val": wanted.data.images["val"]})
        launch.start(folder, 0, launcher or launcher_for(settings, "preflight"))
    except BaseException:
        shutil.rmtree(folder.root, ignore_errors=True)
        raise
    return key


def preflight_state(settings: Settings, key: str, request: TrainRequest) -> PreflightState:
    """The state of a check of a request, fast enough to ask every second. Raises NotFoundError."""
    folder = _folder(settings, key)
    seen = run_state.observe_run(folder)
    status = seen.status
    result = _result(settings, folder, request) if seen.phase is Phase.FINISHED else None
    return PreflightState(
        id=key,
        phase=seen.phase,
        activity=status.activity,
        reason=status.reason,
        remedy=status.remedy,
        exception=status.exception,
        result=result,
    )


def stop_preflight(settings: Settings, key: str, *, actor: Actor) -> None:
    """Ask a check to end. Does nothing if it has ended."""
    folder = _folder(settings, key)
    launch.ask_to_stop(folder)
    note_change(folder.root, "stopped", actor)


def run_preflight(
    settings: Settings,
    request: TrainRequest,
    progress: Progress,
    auto_batch: bool = False,
    launcher: launch.LocalLauncher | None = None,
    *,
    actor: Actor,
) -> Preflight:
    """Check a request and wait for the result. Interrupting the wait stops the check.

    Raises AppError with the cause if the check fails, because training would fail too.
    """
    key = start_preflight(settings, request, auto_batch, launcher, actor=actor)
    try:
        while not (state := preflight_state(settings, key, request)).has_ended:
            progress(0.0, state.activity or state.reason or str(state.phase))
            time.sleep(_POLL_S)
    except BaseException:
        stop_preflight(settings, key, actor=actor)
        raise
    if state.result is None:
        raise AppError(
            f"The check of this training ended early: {state.reason or state.phase}",
            state.remedy or "Read its log in the folder preflights of the workspace.",
        )
    return state.result


def with_batch(request: TrainRequest, checked: Preflight) -> TrainRequest:
    """The request with the batch of a check; length and learning rate follow from it by the preset's rules."""
    return _with_batch(request, checked.measured.batch)


def _with_batch(request: TrainRequest, batch: int) -> TrainRequest:
    return replace(request, changes=replace(request.changes, batch=batch))


def _result(settings: Settings, folder: RunFolder, request: TrainRequest) -> Preflight | None:
    measured, recipe = read_measurements(folder.root), run_state.read_recipe(folder)
    if measured is None or recipe is None:
        return None
    if measured.batch != recipe.batch:
        recipe = plan_run(settings, _with_batch(request, measured.batch)).recipe
    images = read_as(folder.root / "request.json", _Request)["val"]
    seconds = seconds_of(recipe, measured, images)
    of_range = range_warnings(settings, open_training_data(settings, request.dataset, request.version), recipe)
    return Preflight(folder.root.name, measured, recipe, seconds, (*of_range, *_warnings(measured)))


def _warnings(measured: Measurements) -> list[str]:
    warnings = []
    needed = _CHECKPOINTS * measured.checkpoint_mib
    if measured.disk_free_mib < needed:
        warnings.append(
            f"The checkpoints of this run take up to {needed:,.0f} MiB, but only {measured.disk_free_mib:,.0f} MiB of "
            "the disk are free."
        )
    if not measured.batch_source and (only := measured.trials[-1]).why:
        warnings.append(f"A batch of {only.batch} is large for this device: {only.why}.")
    return warnings


def _folder(settings: Settings, key: str) -> RunFolder:
    folder = RunFolder(Layout(settings.workspace).preflights / key)
    if "/" in key or "\\" in key or key.startswith(".") or not folder.root.is_dir():
        raise NotFoundError(f"There is no check {key!r}.", "Check the training again.")
    return folder


def _sweep(layout: Layout) -> None:
    """Remove all but the latest checks; keep active ones."""
    folders = sorted(layout.preflights.glob("p-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in folders[_KEPT - 1 :]:
        if _has_ended(RunFolder(path)):
            shutil.rmtree(path, ignore_errors=True)


def _has_ended(folder: RunFolder) -> bool:
    try:
        return run_state.observe_run(folder).phase in ENDED
    except DamagedFileError:
        return not is_alive(folder)
