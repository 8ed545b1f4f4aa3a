"""Estimates how long a training takes from earlier measurements."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.training.recipe.recipe import Recipe
from core.training.run.measurements import Measurements

# Seconds for one image whose short side is `side` px, forward and backward, on two CPU cores; other sizes scale with
# the area. Single precision, 2 images an iteration (docs/benchmarks.md, 2026-11-28 and, relative to `small_cascade`,
# 2026-11-30), a tenth added; models without a measurement are left out.
_CPU_STEP_S: Final = {
    "lite": (256, 0.135),
    "lite_cascade": (256, 0.185),
    "small": (256, 0.12),
    "small_cascade": (256, 0.145),
}
# The time of an image in evaluation, as a share of the time in training.
_EVALUATION_SHARE: Final = 0.45
_START_S: Final = 8.0  # importing torch and Detectron2, building the model


# The settings that decide how long an iteration and an evaluated image take.
_COSTLY: Final = (
    *("model", "own", "batch", "input_sizes", "input_max", "test_size", "overrides", "frozen_stages"),
    *("mixed_precision", "ema", "data_workers", "devices", "norm_statistics"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The seconds per iteration of an earlier run, or the measurements of an earlier check."""

    recipe: Recipe
    on_gpu: bool
    step_s: float
    check: Measurements | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds for the whole run with its evaluations, and the source of the figure in words."""

    seconds: float
    source: str


def estimate(recipe: Recipe, on_gpu: bool, val_images: int, earlier: Iterable[Measured]) -> Estimate | None:
    """The time that the recipe takes; None without a comparable measurement.

    Uses the last check of a recipe of the same cost, else runs and checks of the same model.
    """
    similar = [run for run in earlier if run.on_gpu == on_gpu and run.recipe.model == recipe.model and run.step_s > 0]
    for run in reversed(similar):
        if run.check and costs_the_same(run.recipe, recipe):
            return Estimate(seconds_of(recipe, run.check, val_images), "from the check of this recipe")
    runs = [run for run in similar if not run.check]
    if measured := runs or similar:
        image = statistics.median(run.step_s / _work(run.recipe) for run in measured)
        source = f"from {len(measured)} earlier {'run' if runs else 'check'}{'s' if len(measured) > 1 else ''} here"
    elif not on_gpu and recipe.model in _CPU_STEP_S:
        side, seconds = _CPU_STEP_S[recipe.model]
        image = seconds / side**2
        source = "from a measurement on two cores"
    else:
        return None
    evaluations = _evaluations(recipe)
    training = recipe.iterations * image * _work(recipe)
    evaluating = evaluations * val_images * len(recipe.views) * image * recipe.test_size**2 * _EVALUATION_SHARE
    return Estimate(_START_S + training + evaluating, source)


def costs_the_same(left: Recipe, right: Recipe) -> bool:
    """Whether iterations and evaluations of the two recipes take the same time."""
    return all(getattr(left, name) == getattr(right, name) for name in _COSTLY)


def seconds_of(recipe: Recipe, check: Measurements, val_images: int) -> float:
    """Seconds of a whole run by a check's measurements: start, iterations, evaluations and checkpoints."""
    training = recipe.iterations * check.step_s
    evaluating = _evaluations(recipe) * val_images * check.picture_s
    # One before each evaluation, one for each new best, and the timed ones.
    checkpoints = 2 * _evaluations(recipe) + training // max(recipe.checkpoint_every_s, 1.0)
    return check.start_s + training + evaluating + checkpoints * check.checkpoint_s


def _evaluations(recipe: Recipe) -> int:
    return -(-recipe.iterations // recipe.evaluate_every) if recipe.evaluate_every else 1


def _work(recipe: Recipe) -> float:
    """Pixels per iteration, up to a constant: the short side squared, times the batch."""
    return recipe.batch * statistics.fmean(side**2 for side in recipe.input_sizes)
