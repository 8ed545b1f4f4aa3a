"""Estimates the disk space of a run's checkpoints before its start."""

from dataclasses import dataclass

from core.training.recipe.recipe import Recipe, model_of

_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSpace:
    """Approximate bytes on disk: parameters are counted for 80 classes, and frozen ones need a little less."""

    kept: int  # checkpoints besides best and last
    bytes: int  # of all checkpoints at the end of the run


def checkpoint_space(recipe: Recipe) -> CheckpointSpace:
    """The space for best, last and kept checkpoints of a recipe. Raises RecipeError for an unknown model."""
    weights = round(model_of(recipe).parameters * 1e6) * _FLOAT_BYTES
    # Weights and momentum; with averaged weights also the raw ones.
    last = weights * (3 if recipe.ema else 2)
    kept = recipe.iterations // recipe.keep_every if recipe.keep_every else 0
    return CheckpointSpace(kept=kept, bytes=weights + last * (1 + kept))
