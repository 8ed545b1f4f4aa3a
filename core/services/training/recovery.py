"""Repairs failed runs.

If the recipe stays the same, the run is resumed. A changed recipe makes a new run, so that the failed run and its
exception stay available. The new run continues from the checkpoint that the table of failures names, optimizer
included, and takes over the metrics and sample predictions.
"""

import shutil
from dataclasses import dataclass
from typing import Any, Final

from core.actor import Actor
from core.errors import ConflictError, DamagedFileError, RecipeError
from core.files import write_json
from core.records import read_document
from core.services.runs import summary as run_state
from core.services.runs.control import run_folder
from core.services.training.create_run import NewRun, free_run_name, keep, make_run
from core.services.training.data import open_training_data
from core.settings import Settings
from core.training.failures.diagnosis import diagnose_text
from core.training.failures.recipe_changes import Point
from core.training.failures.table import Failure, find_failure
from core.training.launch import launcher as launch
from core.training.launch.launcher_choice import launcher_for
from core.training.recipe.diff import setting_changes
from core.training.recipe.recipe import Recipe
from core.training.run.checkpoints import Checkpoint, find_checkpoint, list_checkpoints
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.splits import read_splits
from core.training.run.status import Phase, Status
from core.workspace.history import note_change
from core.workspace.layout import Layout

_LONGEST_STEM: Final = 60
_SUFFIX: Final = " repaired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """A setting of the recipe with its values before and after the repair; None if the recipe lacks it."""

    setting: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """The repair that `relaunch` would make of a failed run. `recipe` is None if only the user can act."""

    run: str
    failure: str  # a row of core.training.failures.table
    cause: str
    remedy: str
    exception: str
    recipe: Recipe | None
    changes: tuple[SettingChange, ...]
    checkpoint: Checkpoint | None  # it continues from here; None: it starts anew
    repaired_by: str  # id of the run that already made this repair, or ""

    @property
    def iteration(self) -> int:
        """Iterations that are not repeated."""
        return self.checkpoint.iteration if self.checkpoint else 0

    @property
    def words(self) -> str:
        """What `relaunch` does, as a sentence."""
        whence = f"continues from iteration {self.iteration}" if self.checkpoint else "starts from the beginning"
        if self.recipe is None:
            return "No change of the recipe would help."
        if not self.changes:
            return f"The run {whence} with the same recipe."
        return f"A new run {whence} with a changed recipe; this run stays unchanged."

    def to_json(self) -> dict[str, Any]:
        """The document of `repair --dry-run` (docs/cli.md)."""
        return {
            "run": self.run,
            "failure": self.failure,
            "cause": self.cause,
            "remedy": self.remedy,
            "exception": self.exception,
            "possible": self.recipe is not None,
            "words": self.words,
            "goes_on_from": self.iteration,
            "changes": [
                {"knob": change.setting, "before": change.before, "after": change.after} for change in self.changes
            ],
            "repaired_by": self.repaired_by,
        }


def repair(settings: Settings, ref: str) -> Repair:
    """The repair of a failed or lost run. Raises ConflictError for a run that did not fail."""
    folder = run_folder(settings, ref)
    seen = run_state.observe_run(folder)
    if seen.phase not in (Phase.FAILED, Phase.LOST):
        raise ConflictError(f"Run {ref!r} did not fail: it is {seen.phase}.", "There is nothing to repair.")
    failure = _failure(seen.status)
    recipe = run_state.read_recipe(folder)
    checkpoint = _checkpoint(folder, failure)
    point = Point(checkpoint.iteration if checkpoint else 0, seen.status.exception)
    changed = _repaired(failure, recipe, point) if recipe else None
    differing = setting_changes(recipe, changed) if recipe and changed else {}
    return Repair(
        run=folder.root.name,
        failure=failure.key,
        cause=seen.status.reason,
        remedy=seen.status.remedy,
        exception=seen.status.exception,
        recipe=changed,
        changes=tuple(
            SettingChange(setting=setting, before=before, after=after) for setting, (before, after) in differing.items()
        ),
        checkpoint=checkpoint,
        repaired_by=_repaired_by(settings, folder),
    )


def relaunch(settings: Settings, ref: str, launcher: launch.LocalLauncher | None = None, *, actor: Actor) -> str:
    """Start a failed run again with its repair and return the id of the run that continues: the same or a new one.

    Raises RecipeError if only the user can act, ConflictError if it was already relaunched.
    """
    plan = repair(settings, ref)
    folder = run_folder(settings, plan.run)
    if plan.recipe is None:
        raise RecipeError(f"{plan.cause} No other recipe would help.", plan.remedy)
    if not plan.changes:
        launch.resume(folder, launcher or launcher_for(settings))
        note_change(folder.root, "resumed", actor)
        return plan.run
    with launch.launching(folder):
        if by := _repaired_by(settings, folder):
            raise ConflictError(f"Run {ref!r} was started again already, as {by}.", "Open that run.")
        run = make_run(settings, _new_run(settings, folder, plan, plan.recipe), launcher, actor=actor)
        write_json(folder.repaired_by, {"run": run})
    return run


def _failure(status: Status) -> Failure:
    # Runs of earlier versions do not record a row of the table.
    return find_failure(status.failure or diagnose_text(status.exception).key)


def _repaired(failure: Failure, recipe: Recipe, point: Point) -> Recipe | None:
    tries = (change(recipe, point) for change in failure.repairs)
    return next((changed for changed in tries if changed is not None), None)


def _checkpoint(folder: RunFolder, failure: Failure) -> Checkpoint | None:
    """The checkpoint from which a repaired run continues."""
    if not failure.goes_on:
        return None
    checkpoint = find_checkpoint(folder, failure.goes_on)
    # A best checkpoint with AP 0, or without an evaluation, does not prove a sound model.
    return checkpoint if checkpoint and (failure.goes_on == "last" or checkpoint.ap) else None


def _repaired_by(settings: Settings, folder: RunFolder) -> str:
    """The id of the run that repaired this one; "" if there is none or it is deleted."""
    try:
        run = str(read_document(folder.repaired_by).get("run", ""))
    except (FileNotFoundError, DamagedFileError):
        return ""
    return run if Layout(settings.workspace).description("run", run).exists() else ""


def _new_run(settings: Settings, folder: RunFolder, plan: Repair, recipe: Recipe) -> NewRun:
    job = read_job(folder)
    data = open_training_data(settings, job.dataset, job.version)
    weights_file = job.weights_file if recipe.weights.kind in ("file", "run", "own") else None

    def carry_over(new: RunFolder) -> None:
        changes = [[change.setting, change.before, change.after] for change in plan.changes]
        document = {"run": plan.run, "cause": plan.cause, "iteration": plan.iteration, "changes": changes}
        write_json(new.repaired_from, document)
        if plan.checkpoint:
            _carry_over(folder, new, plan.checkpoint)

    return NewRun(
        _name(settings, folder),
        recipe,
        data,
        weights_file,
        group=job.group,
        splits=read_splits(folder),
        splits_note=job.splits_note,
        prepare=carry_over,
    )


def _carry_over(old: RunFolder, new: RunFolder, checkpoint: Checkpoint) -> None:
    """Copy checkpoints, metrics and samples to a new run. The worker drops records after the checkpoint."""
    new.checkpoints.mkdir()
    keep(checkpoint.path, new.checkpoints / "last.pth")
    for best in (checkpoint for checkpoint in list_checkpoints(old) if checkpoint.kind == "best"):
        keep(best.path, new.checkpoints / "best.pth")
    index = read_document(old.checkpoints / "index.json")
    write_json(new.checkpoints / "index.json", {**index, "last": {"iteration": checkpoint.iteration}})
    if old.metrics.exists():
        shutil.copyfile(old.metrics, new.metrics)
    if old.samples.exists():
        shutil.copytree(old.samples, new.samples)


def _name(settings: Settings, folder: RunFolder) -> str:
    stem = run_state.read_entry(folder.root, "run").name.partition(_SUFFIX)[0][:_LONGEST_STEM]
    return free_run_name(settings, f"{stem}{_SUFFIX}")
