"""Running a recipe again as it was: same data version, same seed, same weights."""

from dataclasses import replace

from core.errors import NotFoundError, RecipeError
from core.services.runs import summary as run_state
from core.services.runs.control import run_folder
from core.services.training.create_run import NewRun, free_run_name, make_run
from core.services.training.data import open_training_data
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.job import Job, read_job
from core.training.run.splits import read_splits


def repeat_run(
    settings: Settings, ref: str, name: str = "", seed: int | None = None, launcher: LocalLauncher | None = None
) -> str:
    """Start a run with the recipe and the data version of an earlier one, and return its id at once.

    The recipe is taken as it is stored, whatever presets say today; `seed`: another one. Raises AppError where recipe,
    data or weights are gone, or where the data set's classes are others now.
    """
    if seed is not None and not 0 <= seed < 2**31:
        raise RecipeError(f"{seed} is no seed.", f"Choose between 0 and {2**31 - 1}.")
    stored = stored_run(settings, ref)
    chosen = name.strip() or free_run_name(settings, f"{stored.name} again")
    recipe = stored.recipe if seed is None else replace(stored.recipe, seed=seed)
    return make_run(settings, replace(stored, name=chosen, recipe=recipe), launcher)


def stored_run(settings: Settings, ref: str) -> NewRun:
    """What an earlier run was made of: a fold, or a run on everything, as such. Raises AppError as `repeat` does."""
    folder = run_folder(settings, ref)
    recipe = run_state.read_recipe(folder)
    if recipe is None:
        raise RecipeError(f"Run {ref!r} has no recipe: its start was cut off.", "Start a new run.")
    job = read_job(folder)
    data = open_training_data(settings, job.dataset, job.version)
    if data.classes != job.classes:
        raise RecipeError(
            f"The data set has the classes {', '.join(data.classes)}; run {ref!r} was for {', '.join(job.classes)}.",
            "Start a new run on this data set.",
        )
    _check_weights(job)
    name = run_state.read_entry(folder.root, "run").name
    return NewRun(name, recipe, data, job.weights_file, splits=read_splits(folder), splits_note=job.splits_note)


def _check_weights(job: Job) -> None:
    if job.weights_file and not job.weights_file.is_file():
        raise NotFoundError(
            f"The weights that the run started from are gone: {job.weights_file}.", "Clone the run and choose others."
        )
