"""Warns of a training that starts from a run which saw its deep images mapped by another range."""

from core.errors import AppError
from core.services.runs.control import run_folder
from core.services.training.data import TrainingData
from core.settings import Settings
from core.training.recipe.recipe import Recipe
from core.training.run.job import read_job
from core.workspace.bit_ranges import range_warning
from core.workspace.datasets import VersionFolder


def range_warnings(settings: Settings, data: TrainingData, recipe: Recipe) -> tuple[str, ...]:
    """A warning with its remedy, if the start weights are of a run on images mapped by another range; else nothing."""
    if recipe.weights.kind != "run":
        return ()
    try:
        trained = read_job(run_folder(settings, recipe.weights.value)).data
    # The run was removed, or is damaged.
    except (AppError, OSError):
        return ()
    warning = range_warning(VersionFolder(trained), VersionFolder(data.folder), data.name)
    return (warning,) if warning else ()
