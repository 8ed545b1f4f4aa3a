"""Makes a recipe from a preset, the data and the user's changes."""

import math
from typing import Any, Final

from core.training.recipe.augmentation import with_strengths
from core.training.recipe.bundled_weights import imagenet_file, starter_file
from core.training.recipe.changes import RecipeChanges, check_changes, plain_values
from core.training.recipe.model_catalogue import Model, find_model
from core.training.recipe.norm_statistics import check_statistics, usual_statistics
from core.training.recipe.presets import Preset
from core.training.recipe.recipe import Recipe, Weights

# All up to the features at stride 4: colours and edges. A step is a fifth shorter than with one frozen stage, at an AP
# no lower (benchmarks/search/imagenet_search.py).
_FROZEN_OF_IMAGENET: Final = 2


def make_recipe(
    preset: Preset, images: int, changes: RecipeChanges | None = None, custom: Model | None = None
) -> Recipe:
    """The preset's recipe for a training split of `images` images, with the user's changes.

    Warm-up, decay and evaluations follow the length. The learning rate follows the batch size (linear rule) unless the
    user sets it. `custom`: the model, if it is not in the catalogue. Raises RecipeError for a number outside its
    limits, for an unknown model or strength, and for a choice that the model does not have.
    """
    asked = changes or RecipeChanges()
    check_changes(asked)
    model = custom or find_model(asked.model or preset.model)
    weights = asked.weights or _weights_of(model)
    check_statistics(model, asked.norm_statistics)
    batch = asked.batch or preset.batch
    iterations = _iterations(preset, asked, images, batch)
    scratch = weights.kind in ("random", "starter", "imagenet")
    base_rate = preset.scratch_learning_rate if scratch else preset.learning_rate
    return Recipe(
        preset=preset.key,
        model=model.key,
        weights=weights,
        iterations=iterations,
        batch=batch,
        learning_rate=asked.learning_rate or base_rate * batch / preset.batch,
        warmup=round(iterations * preset.warmup),
        decay_at=_decay(preset, iterations),
        augmentation=with_strengths(asked.augmentation or preset.augmentation, asked.strengths),
        evaluate_every=asked.evaluate_every or math.ceil(iterations / preset.evaluations),
        frozen_stages=_frozen(preset, asked, model, weights),
        norm_statistics=asked.norm_statistics or usual_statistics(model, weights.kind, batch // (asked.devices or 1)),
        overrides={**_overrides(preset, model), **asked.overrides},
        own=custom,
        **_sizes(model, asked),
        **plain_values(preset, asked),
    )


def iterations_for(epochs: float, images: int, batch: int) -> int:
    """The iterations that show every image `epochs` times; at least 1."""
    return max(1, math.ceil(epochs * images / batch))


def epochs_for(iterations: int, images: int, batch: int) -> float:
    """How often `iterations` show every image; 0 without images."""
    return iterations * batch / images if images else 0.0


def _weights_of(model: Model) -> Weights:
    """The best start weights of a model of the catalogue."""
    if model.has_zoo_weights:
        return Weights(kind="zoo")
    if starter_file(model.key):
        return Weights(kind="starter")
    return Weights(kind="imagenet" if model.has_imagenet_weights and imagenet_file() else "random")


def _iterations(preset: Preset, asked: RecipeChanges, images: int, batch: int) -> int:
    if asked.iterations:
        return asked.iterations
    if asked.epochs:
        return iterations_for(asked.epochs, images, batch)
    if preset.iterations:
        # Shows the preset's number of images for any batch size.
        return max(1, round(preset.iterations * preset.batch / batch))
    low, high = preset.bounds
    return min(max(iterations_for(preset.epochs, images, batch), low), high)


def _decay(preset: Preset, iterations: int) -> tuple[int, ...]:
    """The iterations at which the rate falls. Drops those at the start or end of a very short run."""
    return tuple(at for share in preset.decay_at if 0 < (at := round(iterations * share)) < iterations)


def _frozen(preset: Preset, asked: RecipeChanges, model: Model, weights: Weights) -> int:
    if asked.frozen_stages is not None:
        return asked.frozen_stages
    if weights.kind in ("starter", "imagenet"):
        return _FROZEN_OF_IMAGENET if model.has_imagenet_weights else 0
    return 0 if weights.kind == "random" else preset.frozen_stages


def _overrides(preset: Preset, model: Model) -> dict[str, Any]:
    return {**preset.overrides, **(preset.model_overrides if model.key == preset.model else {})}


def _sizes(model: Model, asked: RecipeChanges) -> dict[str, Any]:
    """Input sizes of the user or the model. The default test size is the largest of the user's sizes."""
    sizes = asked.input_sizes or model.input_sizes
    test = asked.test_size or (max(sizes) if asked.input_sizes else model.test_size)
    ratio = model.input_max / model.test_size
    longest = asked.input_max or (round(ratio * max(*sizes, test)) if asked.input_sizes else model.input_max)
    return {"input_sizes": tuple(sizes), "input_max": longest, "test_size": test}
