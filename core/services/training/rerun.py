"""Starts runs from an earlier one: the same again, on all splits, or with more iterations."""

from dataclasses import replace

from core.actor import Actor
from core.errors import ConflictError, NotFoundError, RecipeError
from core.services.runs import summary as run_state
from core.services.runs.control import run_folder
from core.services.training.create_run import NewRun, free_run_name, make_run
from core.services.training.data import open_training_data
from core.settings import Settings
from core.tables import SPLITS
from core.training.launch import launcher as launch
from core.training.launch.launcher import LocalLauncher
from core.training.launch.launcher_choice import launcher_for
from core.training.recipe.build import iterations_for
from core.training.recipe.recipe import Recipe
from core.training.run.job import Job, read_job
from core.training.run.splits import RunSplits, as_the_run_has_it, read_splits
from core.training.run.status import ENDED
from core.workspace.datasets import VersionFolder, load_labels
from core.workspace.history import note_change


def repeat_run(
    settings: Settings,
    ref: str,
    name: str = "",
    seed: int | None = None,
    launcher: LocalLauncher | None = None,
    *,
    actor: Actor,
) -> str:
    """Start a run with the recipe and the data version of an earlier one, and return its id at once.

    Uses the stored recipe, even if presets have changed since; `seed` replaces its seed. Raises AppError if recipe,
    data or weights no longer exist, or the data set's classes have changed.
    """
    if seed is not None and not 0 <= seed < 2**31:
        raise RecipeError(f"{seed} is no seed.", f"Choose between 0 and {2**31 - 1}.")
    stored = stored_run(settings, ref)
    chosen = name.strip() or free_run_name(settings, f"{stored.name} again")
    recipe = stored.recipe if seed is None else replace(stored.recipe, seed=seed)
    return make_run(settings, replace(stored, name=chosen, recipe=recipe), launcher, actor=actor)


def stored_run(settings: Settings, ref: str) -> NewRun:
    """The definition of an earlier run, with its splits (a fold, or everything). Raises AppError as `repeat_run`."""
    folder = run_folder(settings, ref)
    recipe = run_state.read_recipe(folder)
    if recipe is None:
        raise RecipeError(f"Run {ref!r} has no recipe: its start was interrupted.", "Start a new run.")
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
            f"The weights that the run started from no longer exist: {job.weights_file}.",
            "Clone the run and choose others.",
        )


def train_on_everything(
    settings: Settings, ref: str, name: str = "", launcher: LocalLauncher | None = None, *, actor: Actor
) -> str:
    """Start a run with an ended run's recipe on its training, validation and test images, and return the new id.

    Each image is seen as often as in the ended run up to its best validation AP (up to its end if it has no AP).
    Warm-up and decay keep their shares of that length. No image is left to validate with, so there is no AP, no best
    checkpoint and no early stop: the last checkpoint is the result.

    Raises AppError for a run that is active or lacks its recipe, data or weights, ConflictError for one that was
    already trained on everything.
    """
    folder = run_folder(settings, ref)
    title = run_state.read_entry(folder.root, "run").name
    stored = stored_run(settings, ref)
    seen = run_state.observe_run(folder)
    if seen.phase not in ENDED:
        raise ConflictError(f"Run {title!r} is {seen.phase}.", "Wait for its end: its best iteration says how long.")
    images = load_labels(VersionFolder(stored.data.folder)).images
    images = images[(images["use"] != "unlabelled") & images["split"].isin(SPLITS)]
    own = as_the_run_has_it(images, folder)["split"] == "train"
    if own.all():
        raise ConflictError(f"Run {title!r} was already trained on everything.", "Resume or repeat it.")
    kept = images if stored.recipe.keep_background else images[images["use"] == "labelled"]
    before = int(own[kept.index].sum())
    if not before:
        raise RecipeError(f"Run {title!r} has no training image.", "Choose another run.")
    reached = (seen.status.best.iteration if seen.status.best else 0) or stored.recipe.iterations
    iterations = max(1, round(reached * len(kept) / before))
    wanted = NewRun(
        name.strip() or free_run_name(settings, f"{title} on everything"),
        _lengthened(stored.recipe, iterations),
        stored.data,
        stored.weights_file,
        splits=RunSplits(train=tuple(images["image_id"].tolist()), val=()),
        splits_note=f"Trained on everything, as {title}: no image is left to validate with, so it has no AP.",
    )
    return make_run(settings, wanted, launcher, actor=actor)


def _lengthened(recipe: Recipe, iterations: int) -> Recipe:
    """The recipe for another length and without evaluations; the schedule keeps its shares."""
    share = iterations / recipe.iterations
    return replace(
        recipe,
        iterations=iterations,
        warmup=round(recipe.warmup * share),
        decay_at=tuple(round(at * share) for at in recipe.decay_at),
        evaluate_every=0,
        patience=0,
    )


def extend_run(
    settings: Settings,
    ref: str,
    iterations: int | None = None,
    epochs: float | None = None,
    launcher: launch.LocalLauncher | None = None,
    *,
    actor: Actor,
) -> None:
    """Give a finished or stopped run more iterations, or epochs, and launch it from its last checkpoint.

    They are added to the planned iterations, or to those done if patience ended the run. core.training.recipe.extension
    adapts the learning rate. Raises ConflictError for a run in another phase, RecipeError unless exactly one valid
    length is given.
    """
    folder = run_folder(settings, ref)
    if (iterations is None) == (epochs is None):
        raise RecipeError("The additional length is missing, or given twice.", "Give iterations, or epochs.")
    more = iterations if iterations is not None else _iterations(settings, ref, epochs or 0)
    launch.extend(folder, more, launcher or launcher_for(settings))
    note_change(folder.root, "extended", actor)


def _iterations(settings: Settings, ref: str, epochs: float) -> int:
    """The iterations of so many epochs. Raises ConflictError if the run has not counted its images."""
    folder = run_folder(settings, ref)
    images, recipe = run_state.observe_run(folder).status.pictures, run_state.read_recipe(folder)
    if not images or recipe is None:
        raise ConflictError(f"Run {ref!r} has not counted its images yet.", "Give iterations.")
    if not 0 < epochs <= 10_000:
        raise RecipeError(f"{epochs:g} more epochs cannot be trained.", "Choose between 0.01 and 10,000.")
    return iterations_for(epochs, images, recipe.batch)
