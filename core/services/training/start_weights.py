"""Resolves the model and the start weights of a request."""

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
    """A resolved model with its weights. `changes` name both; `weights_file` is the path of the weights, if any."""

    model: Model
    weights: Weights
    weights_file: Path | None
    changes: RecipeChanges


def starting_point(settings: Settings, request: TrainRequest, preset: Preset) -> StartingPoint:
    """The model and weights of a request. Raises AppError if one does not exist."""
    source = find_weights(settings, request.changes.weights)
    earlier = source.recipe if source else None
    changes = _continued_from(earlier, request.changes) if earlier else request.changes
    if earlier and earlier.own and changes.model == earlier.model:
        model = earlier.own  # from that run, because the model may have been removed since
    else:
        model, _ = find_any_model(settings, changes.model or preset.model)
    # `weights_sources` lists the best source first.
    chosen = source or WeightsSource(Weights(kind=weights_sources(model)[0]))
    file = chosen.file
    if chosen.weights.kind == "own":
        if not model.is_own:
            raise RecipeError(f"{model.title} has no own weights.", "Choose other weights, or a custom model.")
        file = find_custom_model(settings, model.key).weights
    return StartingPoint(model, chosen.weights, file, replace(changes, model=model.key, weights=chosen.weights))


def _continued_from(earlier: Recipe, changes: RecipeChanges) -> RecipeChanges:
    """The changes for an earlier run's weights: its model unless they name another, and then its input sizes too."""
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
