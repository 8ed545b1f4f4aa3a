"""Running a recipe again as it was: same data version, same seed, same weights. Called by pages and command line."""

from dataclasses import replace

from core.desk import run_state
from core.desk.run_making import NewRun, make_run
from core.desk.runs import run_folder
from core.desk.training_data import open_training_data
from core.errors import NotFoundError, RecipeError
from core.settings import Settings
from core.training.job import Job, read_job
from core.training.launch import LocalLauncher
from core.training.run_folder import RunFolder
from core.workspace.registry import Registry


def repeat(
    settings: Settings, ref: str, name: str = "", seed: int | None = None, launcher: LocalLauncher | None = None
) -> str:
    """Start a run with the recipe and the data version of an earlier one, and return its id at once.

    The recipe is taken as it is stored, whatever presets say today; `seed`: another one. Raises AppError where recipe,
    data or weights are gone, or where the data set's classes are others now.
    """
    folder = run_folder(settings, ref)
    recipe = run_state.read_recipe(folder)
    if recipe is None:
        raise RecipeError(f"Run {ref!r} has no recipe: its start was cut off.", "Start a new run.")
    if seed is not None and not 0 <= seed < 2**31:
        raise RecipeError(f"{seed} is no seed.", f"Choose between 0 and {2**31 - 1}.")
    job = read_job(folder)
    data = open_training_data(settings, job.dataset, job.version)
    if data.classes != job.classes:
        raise RecipeError(
            f"The data set has the classes {', '.join(data.classes)}; run {ref!r} was for {', '.join(job.classes)}.",
            "Start a new run on this data set.",
        )
    _check_weights(job)
    chosen = name.strip() or _free_name(settings, folder)
    return make_run(
        settings,
        NewRun(chosen, recipe if seed is None else replace(recipe, seed=seed), data, job.weights_file),
        launcher,
    )


def _check_weights(job: Job) -> None:
    if job.weights_file and not job.weights_file.is_file():
        raise NotFoundError(
            f"The weights that the run started from are gone: {job.weights_file}.", "Clone the run and choose others."
        )


def _free_name(settings: Settings, folder: RunFolder) -> str:
    stem = f"{run_state.read_entry(folder.root, 'run').name} again"
    taken = {entry.name for entry in Registry(settings).all("run")}
    others = (stem if number == 1 else f"{stem} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in others if name not in taken)
