"""Creates the folder of a new run from a recipe and a data set version, and launches it."""

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from core.actor import Actor
from core.errors import StorageError
from core.files import write_json
from core.services.training.data import TrainingData
from core.settings import Settings
from core.storage_errors import writing
from core.training.launch import launcher as launch
from core.training.launch.launcher_choice import launcher_for
from core.training.recipe.recipe import Recipe
from core.training.run.folder import RunFolder
from core.training.run.groups import GroupPart
from core.training.run.job import Job, write_job
from core.training.run.splits import RunSplits, write_splits
from core.workspace.layout import Layout
from core.workspace.names import check_name, free_name
from core.workspace.registry import Registry, new_id


@dataclass(frozen=True, slots=True)
class NewRun:
    """Everything that defines a run. `weights_file`: path of weights of kind `file`, `run` or `own`."""

    name: str
    recipe: Recipe
    data: TrainingData
    weights_file: Path | None
    group: GroupPart | None = None
    splits: RunSplits | None = None  # instead of those of the data version
    splits_note: str = ""  # the reason for them
    prepare: Callable[[RunFolder], None] | None = None  # writes further files before the launch


def make_run(settings: Settings, wanted: NewRun, launcher: launch.LocalLauncher | None = None, *, actor: Actor) -> str:
    """Write the run's folder, launch it, and return its id at once. Raises AppError and leaves nothing behind then."""
    check_name(wanted.name)
    run, folder = _new_folder(Layout(settings.workspace))
    try:
        write_run(settings, run, folder, wanted, actor)
        if wanted.prepare:
            wanted.prepare(folder)
        Registry(settings).add("run", run, wanted.name)
    except BaseException:
        shutil.rmtree(folder.root, ignore_errors=True)
        raise
    try:
        launch.start(folder, wanted.recipe.iterations, launcher or launcher_for(settings))
    except StorageError:
        # Nothing was launched, and a run that never began only takes disk space.
        shutil.rmtree(folder.root, ignore_errors=True)
        raise
    return run


def free_run_name(settings: Settings, wanted: str, taken: Iterable[str] = ()) -> str:
    """The wanted name, with a number if a run or one of `taken` already has it."""
    return free_name(wanted, {*taken, *(entry.name for entry in Registry(settings).all("run"))})


def _new_folder(layout: Layout) -> tuple[str, RunFolder]:
    while True:
        run = new_id("r")
        folder = RunFolder(layout.folder("run", run))
        try:
            with writing(folder.root):
                folder.root.mkdir(parents=True)
        except FileExistsError:
            continue
        return run, folder


def write_run(settings: Settings, run: str, folder: RunFolder, wanted: NewRun, actor: Actor) -> None:
    """Write recipe, job, start weights and splits of a run into its folder."""
    layout = Layout(settings.workspace)
    weights_file = wanted.weights_file
    if weights_file and wanted.recipe.weights.kind in ("run", "own"):
        weights_file = keep(weights_file, folder.root / f"start{weights_file.suffix}")
    write_json(folder.recipe, wanted.recipe.to_json())
    data = wanted.data
    job = Job(
        run=run,
        name=wanted.name,
        dataset=data.dataset,
        version=data.version,
        data=data.folder,
        slots=layout.slots,
        weights_cache=layout.weights,
        weights_file=weights_file,
        classes=data.classes,
        zoo=settings.zoo,
        group=wanted.group,
        splits_note=wanted.splits_note,
        actor=actor,
    )
    write_job(folder, job)
    if wanted.splits:
        write_splits(folder, wanted.splits)


def keep(weights: Path, target: Path) -> Path:
    """Link or copy an earlier run's checkpoint: that run may continue, or be deleted, while this one waits."""
    try:
        os.link(weights, target)
    except OSError:
        with writing(target, lambda: weights.stat().st_size):
            shutil.copyfile(weights, target)
    return target
