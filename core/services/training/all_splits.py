"""The last training of a project: a chosen run's recipe on all splits."""

from dataclasses import replace

from core.errors import ConflictError, RecipeError
from core.services.runs import summary as run_state
from core.services.runs.control import run_folder
from core.services.training.create_run import NewRun, free_run_name, make_run
from core.services.training.rerun import stored_run
from core.settings import Settings
from core.tables import SPLITS
from core.training.launch.launcher import LocalLauncher
from core.training.recipe.recipe import Recipe
from core.training.run.splits import RunSplits, as_the_run_has_it
from core.training.run.status import ENDED
from core.workspace.datasets import VersionFolder, load_labels


def train_on_everything(settings: Settings, ref: str, name: str = "", launcher: LocalLauncher | None = None) -> str:
    """Start a run with the recipe of an ended one on its training, validation and test images; the new run's id.

    Each image is seen as often as it had been when the chosen run was best on validation (at its end where no
    evaluation gave an AP), and warm-up and decay keep their shares of that length. No image is left to validate with,
    so there is no AP, no best checkpoint and no early stop: the last checkpoint is the result.

    Raises AppError for a run that goes on or has no recipe, data or weights any more, ConflictError for one that was
    trained on everything already.
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
        raise ConflictError(f"Run {title!r} was trained on everything already.", "Resume or repeat it.")
    kept = images if stored.recipe.keep_background else images[images["use"] == "labelled"]
    before = int(own[kept.index].sum())
    if not before:
        raise RecipeError(f"Run {title!r} has no training image.", "Choose another run.")
    reached = int((seen.status.best or {}).get("iteration") or stored.recipe.iterations)
    iterations = max(1, round(reached * len(kept) / before))
    wanted = NewRun(
        name.strip() or free_run_name(settings, f"{title} on everything"),
        _lengthened(stored.recipe, iterations),
        stored.data,
        stored.weights_file,
        splits=RunSplits(train=tuple(images["image_id"].tolist()), val=()),
        splits_note=f"Trained on everything, as {title}: no image is left to validate with, so it has no AP.",
    )
    return make_run(settings, wanted, launcher)


def _lengthened(recipe: Recipe, iterations: int) -> Recipe:
    """The recipe for another length, without evaluations: the schedule keeps its shares."""
    share = iterations / recipe.iterations
    return replace(
        recipe,
        iterations=iterations,
        warmup=round(recipe.warmup * share),
        decay_at=tuple(round(at * share) for at in recipe.decay_at),
        evaluate_every=0,
        patience=0,
    )
