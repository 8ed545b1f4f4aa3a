"""Extends the recipe of an ended run by more iterations.

The warm-up is not repeated. Passed decay points stay, so the learning rate continues at its last value; later ones keep
their share of the remaining iterations. A schedule over the whole length (cosine) runs to its planned end, and the rate
then stays: if stretched, it would rise again. Patience restarts.
"""

from dataclasses import replace
from typing import Final

from core.errors import RecipeError
from core.training.recipe.recipe import Recipe

_MOST_ITERATIONS: Final = 10_000_000
_SCHEDULER: Final = "SOLVER.LR_SCHEDULER_NAME"
_BY_STEPS: Final = "WarmupMultiStepLR"


def extended(recipe: Recipe, more: int, done: int, is_finished: bool) -> Recipe:
    """The recipe with `more` iterations after its planned end, or after `done` for a run that finished earlier.

    Args: done, the iterations of its last checkpoint. Raises RecipeError for an invalid length.
    """
    planned = done if is_finished else recipe.iterations
    length = planned + more
    if more < 1 or length > _MOST_ITERATIONS:
        raise RecipeError(
            f"{more} more iterations cannot be trained.", f"Give 1 or more, up to {_MOST_ITERATIONS:,} in total."
        )
    stretch = (length - done) / max(1, recipe.iterations - done)

    def moved(decay: int) -> int:
        return decay if decay <= done else done + round((decay - done) * stretch)

    falls_to_its_end = recipe.overrides.get(_SCHEDULER, _BY_STEPS) != _BY_STEPS
    return replace(
        recipe,
        iterations=length,
        decay_at=tuple(moved(decay) for decay in recipe.decay_at),
        extended_at=done,
        rate_until=(recipe.rate_until or recipe.iterations) if falls_to_its_end else 0,
    )
