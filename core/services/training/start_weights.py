"""Which model a request means, and which weights it starts from."""

from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import RecipeError
from core.services.models import find_any_model, find_own_model, weights_sources
from core.services.training.request import TrainRequest, WeightsSource, changes_of, find_weights
from core.settings import Settings
from core.training.recipe.build import Changes
from core.training.recipe.model_catalogue import Model
from core.training.recipe.presets import Preset
from core.training.recipe.recipe import Weights


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """`changes` is the whole request as changes to its preset; `weights_file` where the weights lie now, if in one."""

    model: Model
    weights: Weights
    weights_file: Path | None
    changes: Changes


def starting_point(settings: Settings, request: TrainRequest, preset: Preset) -> StartingPoint:
    """The model and weights of a request. Raises AppError for a model or weights that are not there."""
    source = find_weights(settings, request.weights)
    changes = changes_of(request, preset, source)
    earlier = source.recipe if source else None
    if earlier and earlier.own and changes.model == earlier.model:
        model = earlier.own  # as that run had it, also where the model was removed since
    else:
        model, _ = find_any_model(settings, changes.model or preset.model)
    # The first of the sources that a model has is the best.
    chosen = source or WeightsSource(Weights(weights_sources(model)[0]))
    file = chosen.file
    if chosen.weights.kind == "own":
        if not model.is_own:
            raise RecipeError(f"{model.title} has no weights of its own.", "Choose other weights, or an own model.")
        file = find_own_model(settings, model.key).weights
        chosen = WeightsSource(Weights("own"))
    own = model if model.is_own else None
    return StartingPoint(
        model, chosen.weights, file, replace(changes, model=model.key, own=own, weights=chosen.weights)
    )
