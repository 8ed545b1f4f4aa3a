"""Repairs of a recipe after a failure, each a function of the recipe.

A repair returns the changed recipe, the same recipe if a resume suffices, or None if it cannot help.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from core.training.recipe.bundled_weights import imagenet_file, starter_file
from core.training.recipe.norm_statistics import NORM_KEY, keeps_foreign_statistics, usual_statistics
from core.training.recipe.presets import PRESETS
from core.training.recipe.recipe import Recipe, Weights, model_of

# Feature maps are multiples of this; below the smallest side objects vanish.
_SIDE_STEP: Final = 32
_SMALLEST_SIDE: Final = 64


@dataclass(frozen=True, slots=True)
class Point:
    """Where a repaired training continues: its finished iterations (0: from the start), and the exception's text."""

    iteration: int
    exception: str = ""


Repairing = Callable[[Recipe, Point], Recipe | None]


def as_it_is(recipe: Recipe, _point: Point) -> Recipe:
    """Changes nothing: the cause lies outside the recipe."""
    return recipe


def half_batch(recipe: Recipe, point: Point) -> Recipe | None:
    """Halves the batch and the learning rate (linear rule), with the same images in total.

    Nothing before `point` changes. After it, lengths in iterations grow as the batch shrinks, and the stream of images
    continues. Both are exact for an even batch; with an odd one, the last iteration shows up to a batch more.
    """
    if recipe.batch < 2 or recipe.batch // 2 % recipe.devices:
        return None
    batch, at = recipe.batch // 2, point.iteration
    ratio = recipe.batch / batch

    def moved(iteration: int) -> int:
        return at + math.ceil((iteration - at) * ratio) if iteration > at else iteration

    return replace(
        recipe,
        batch=batch,
        learning_rate=recipe.learning_rate / ratio,
        iterations=moved(recipe.iterations),
        warmup=moved(recipe.warmup),
        decay_at=tuple(moved(iteration) for iteration in recipe.decay_at),
        evaluate_every=round(recipe.evaluate_every * ratio),
        pictures_ahead=recipe.pictures_ahead + at * (recipe.batch - batch),
    )


def smaller_input(recipe: Recipe, _point: Point) -> Recipe | None:
    """Reduces images to three quarters of their size, which takes a little over half the memory."""

    def shrunk(side: int) -> int:
        return max(_SMALLEST_SIDE, side * 3 // 4 // _SIDE_STEP * _SIDE_STEP)

    if max(recipe.input_sizes) <= _SMALLEST_SIDE:
        return None
    sizes = tuple(dict.fromkeys(shrunk(side) for side in recipe.input_sizes))
    return replace(
        recipe, input_sizes=sizes, input_max=round(recipe.input_max * 0.75), test_size=shrunk(recipe.test_size)
    )


def gentler(recipe: Recipe, point: Point) -> Recipe:
    """Takes a third of the learning rate, and at least doubles the warm-up, from where training continues."""
    warmup = max(2 * recipe.warmup, point.iteration + recipe.warmup, recipe.iterations // 5)
    return replace(recipe, learning_rate=recipe.learning_rate / 3, warmup=min(warmup, recipe.iterations))


def without_data_workers(recipe: Recipe, _point: Point) -> Recipe | None:
    """Reads images in the training process."""
    return replace(recipe, data_workers=0) if recipe.data_workers else None


def other_weights(recipe: Recipe, _point: Point) -> Recipe | None:
    """Starts from the bundled starter or ImageNet weights, else from random ones.

    Random ones get a higher rate, no frozen stages, and group norm instead of the statistics of the COCO weights.
    """
    if recipe.weights.kind in ("random", "starter", "imagenet"):
        return None
    if starter_file(recipe.model):
        return replace(recipe, weights=Weights(kind="starter"))
    model = model_of(recipe)
    if model.has_imagenet_weights and imagenet_file():
        return replace(recipe, weights=Weights(kind="imagenet"))
    preset = next((preset for preset in PRESETS if preset.key == recipe.preset), None)
    scale = preset.scratch_learning_rate / preset.learning_rate if preset else 1.0
    statistics = usual_statistics(model, "random", recipe.batch // recipe.devices)
    norm = {NORM_KEY: "GN"} if keeps_foreign_statistics(model, statistics, recipe.overrides) else {}
    return replace(
        recipe,
        weights=Weights(kind="random"),
        learning_rate=recipe.learning_rate * scale,
        frozen_stages=0,
        norm_statistics=statistics,
        overrides={**recipe.overrides, **norm},
    )


def without_refused_overrides(recipe: Recipe, point: Point) -> Recipe | None:
    """Drops the expert settings whose key or value the exception names."""
    kept = {key: value for key, value in recipe.overrides.items() if not _is_named(key, value, point.exception)}
    return None if len(kept) == len(recipe.overrides) else replace(recipe, overrides=kept)


def _is_named(key: str, value: object, text: str) -> bool:
    named = re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.]*\w)", text) is not None
    return named or (isinstance(value, str) and repr(value) in text)
