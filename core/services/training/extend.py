"""More iterations for a run that has ended."""

from core.errors import ConflictError, RecipeError
from core.services.runs import summary as run_state
from core.services.runs.control import run_folder
from core.settings import Settings
from core.training.launch import launcher as launch
from core.training.launch.launcher_choice import launcher_for
from core.training.recipe.build import iterations_for


def extend_run(
    settings: Settings,
    ref: str,
    iterations: int | None = None,
    epochs: float | None = None,
    launcher: launch.LocalLauncher | None = None,
) -> None:
    """Give a finished or stopped run more iterations, or epochs, and launch it from its last checkpoint.

    They come on top of the planned ones, or of those done where patience ended the run before. What becomes of the
    learning rate is in core.training.recipe.extension. Raises ConflictError for a run in another phase, RecipeError
    unless
    exactly one length is given, and it makes sense.
    """
    folder = run_folder(settings, ref)
    if (iterations is None) == (epochs is None):
        raise RecipeError("How much longer is not said, or twice.", "Give iterations, or epochs.")
    more = iterations if iterations is not None else _iterations(settings, ref, epochs or 0)
    launch.extend(folder, more, launcher or launcher_for(settings))


def _iterations(settings: Settings, ref: str, epochs: float) -> int:
    """The iterations of so many epochs. Raises ConflictError where the run never counted its images."""
    folder = run_folder(settings, ref)
    images, recipe = run_state.observe_run(folder).status.pictures, run_state.read_recipe(folder)
    if not images or recipe is None:
        raise ConflictError(f"Run {ref!r} has not counted its images yet.", "Give iterations.")
    if not 0 < epochs <= 10_000:
        raise RecipeError(f"{epochs:g} more epochs cannot be trained.", "Choose between 0.01 and 10,000.")
    return iterations_for(epochs, images, recipe.batch)
