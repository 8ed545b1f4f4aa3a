"""Which model a request means, and which weights it starts from."""

from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import RecipeError
from core.services.models import find_any_model, find_custom_model, weights_sources
from core.services.training.request import TrainRequest, WeightsSource, find_weights
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.model_catalogue import Model
from core.training.recipe.presets import Preset
from core.training.recipe.recipe import Recipe, Weights


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """`changes` name model and weights as found; `weights_file` is where the weights lie now, if in one."""

    model: Model
    weights: Weights
    weights_file: Path | None
    changes: RecipeChanges


def starting_point(settings: Settings, request: TrainRequest, preset: Preset) -> StartingPoint:
    """The model and weights of a request. Raises AppError for a model or weights that are not there."""
    source = find_weights(settings, request.changes.weights)
    earlier = source.recipe if source else None
    changes = _going_on_from(earlier, request.changes) if earlier else request.changes
    if earlier and earlier.own and changes.model == earlier.model:
        model = earlier.own  # as that run had it, also where the model was removed since
    else:
        model, _ = find_any_model(settings, changes.model or preset.model)
    # The first of the sources that a model has is the best.
    chosen = source or WeightsSource(Weights(kind=weights_sources(model)[0]))
    file = chosen.file
    if chosen.weights.kind == "own":
        if not model.is_own:
            raise RecipeError(f"{model.title} has no weights of its own.", "Choose other weights, or a custom model.")
        file = find_custom_model(settings, model.key).weights
    return StartingPoint(model, chosen.weights, file, replace(changes, model=model.key, weights=chosen.weights))


def _going_on_from(earlier: Recipe, changes: RecipeChanges) -> RecipeChanges:
    """The changes for weights of an earlier run: its model unless another is named, and with it its input sizes."""
    if changes.model:
        return changes
    if changes.input_sizes is not None:
        return replace(changes, model=earlier.model)
    return replace(
        changes,
        model=earlier.model,
        input_sizes=earlier.input_sizes,
        input_max=changes.input_max or earlier.input_max,
        test_size=changes.test_size or earlier.test_size,
    )
