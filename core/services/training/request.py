"""The request for a training, and the source of its weights."""

from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Final

from core.errors import NotFoundError, RecipeError
from core.files import check_regular
from core.services.runs import summary as run_state
from core.services.runs.control import run_folder
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.recipe import Recipe, Weights
from core.training.run.checkpoints import find_checkpoint

_SUFFIXES: Final = (".pth", ".pkl")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """A request for a training. "" takes the newest version, the device's preset or a free name.

    `dataset` is an id or a name. In `changes`, a run as weights and a custom model are also ids or names.
    """

    dataset: str
    _: KW_ONLY
    version: str = ""
    preset: str = ""
    name: str = ""
    changes: RecipeChanges = field(default_factory=RecipeChanges)


@dataclass(frozen=True, slots=True)
class WeightsSource:
    """Resolved weights: `file` is their path (None for zoo and random), `recipe` that of an earlier run."""

    weights: Weights
    file: Path | None = None
    recipe: Recipe | None = None


def find_weights(settings: Settings, asked: Weights | None) -> WeightsSource | None:
    """The weights that a request names; None if it names none. Raises AppError if they do not exist."""
    if asked is None:
        return None
    if asked.kind == "file":
        path = _weights_file(asked.value)
        return WeightsSource(Weights(kind="file", value=str(path)), path)
    return _of_run(settings, asked.value) if asked.kind == "run" else WeightsSource(asked)


def _weights_file(text: str) -> Path:
    gone = NotFoundError(f"There is no weights file {text} on this server.", "Check the path.")
    try:
        path = Path(text).expanduser().resolve()
    # An unknown user's home; a null byte; a loop of links.
    except (RuntimeError, ValueError, OSError) as error:
        raise gone from error
    if path.suffix not in _SUFFIXES:
        raise RecipeError(f"{path.name} is no weights file by its name.", "Give a .pth or .pkl file of Detectron2.")
    try:
        check_regular(path, "Give a .pth or .pkl file of Detectron2.")
    except NotFoundError as error:
        raise gone from error
    return path


def _of_run(settings: Settings, ref: str) -> WeightsSource:
    folder = run_folder(settings, ref)
    checkpoint = find_checkpoint(folder, "best")
    if checkpoint is None:
        raise RecipeError(f"Run {ref!r} has no checkpoint yet.", "Wait for its first one, or choose other weights.")
    return WeightsSource(Weights(kind="run", value=folder.root.name), checkpoint.path, run_state.read_recipe(folder))
