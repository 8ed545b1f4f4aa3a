"""How much room the checkpoints of a run take, before it is started. Light; no torch."""

from dataclasses import dataclass

from core.training.recipe.recipe import Recipe, model_of

_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRoom:
    """Bytes on disk, about: the parameters are counted for 80 classes, and frozen ones need a little less."""

    kept: int  # checkpoints that stay besides best and last
    bytes: int  # of all of them, once the run has ended


def checkpoint_room(recipe: Recipe) -> CheckpointRoom:
    """What best, last and the kept checkpoints of a recipe take. Raises RecipeError for a model that is not there."""
    weights = round(model_of(recipe).parameters * 1e6) * _FLOAT_BYTES
    # Weights and momentum; with averaged weights, those in training too.
    last = weights * (3 if recipe.ema else 2)
    kept = recipe.iterations // recipe.keep_every if recipe.keep_every else 0
    return CheckpointRoom(kept=kept, bytes=weights + last * (1 + kept))
