"""A recipe on a data set version -> the folder of a new run, launched. Used by core.desk.training and repeating."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from core.desk.run_notes import check_name
from core.desk.training_data import TrainingData
from core.files import write_json
from core.settings import Settings
from core.training import launch
from core.training.groups import GroupPart
from core.training.job import Job, write_job
from core.training.recipe import Recipe
from core.training.run_folder import RunFolder
from core.training.run_splits import RunSplits, write_splits
from core.workspace.layout import Layout
from core.workspace.registry import Registry, new_id


@dataclass(frozen=True, slots=True)
class NewRun:
    """All that makes a run. `weights_file`: where the weights of kind `file` and `run` lie now."""

    name: str
    recipe: Recipe
    data: TrainingData
    weights_file: Path | None
    group: GroupPart | None = None
    splits: RunSplits | None = None  # other ones than the data version has


def make_run(settings: Settings, wanted: NewRun, launcher: launch.LocalLauncher | None = None) -> str:
    """Write the run's folder, launch it, and return its id at once. Raises AppError; then nothing is left behind."""
    check_name(wanted.name)
    layout = Layout(settings.workspace)
    run, folder = _new_folder(layout)
    try:
        _write(layout, run, folder, wanted)
        Registry(settings).add("run", run, wanted.name)
    except BaseException:
        shutil.rmtree(folder.root, ignore_errors=True)
        raise
    launch.start(folder, wanted.recipe.iterations, launcher)
    return run


def _new_folder(layout: Layout) -> tuple[str, RunFolder]:
    while True:
        run = new_id("r")
        folder = RunFolder(layout.one("run", run))
        try:
            folder.root.mkdir(parents=True)
        except FileExistsError:
            continue
        return run, folder


def _write(layout: Layout, run: str, folder: RunFolder, wanted: NewRun) -> None:
    weights_file = wanted.weights_file
    if weights_file and wanted.recipe.weights.kind == "run":
        weights_file = _keep(weights_file, folder.root / "start.pth")
    write_json(folder.recipe, wanted.recipe.to_json())
    data = wanted.data
    job = Job(
        run,
        wanted.name,
        data.dataset,
        data.version,
        data.folder,
        layout.slots,
        layout.weights,
        weights_file,
        data.classes,
        group=wanted.group,
    )
    write_job(folder, job)
    if wanted.splits:
        write_splits(folder, wanted.splits)


def _keep(weights: Path, target: Path) -> Path:
    """Hold on to an earlier run's checkpoint as it is now: that run may go on, or be deleted, while this one waits."""
    try:
        os.link(weights, target)
    except OSError:
        shutil.copyfile(weights, target)
    return target
