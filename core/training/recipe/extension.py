"""More iterations for a run that has ended, as a change of its recipe.

The warm-up is over and does not come again. Decay points that the run has passed stay where they were, so the learning
rate goes on as it was last; those still ahead keep their share of the way that is left. A schedule that falls with the
whole length (cosine) is followed to its own end and then stays at its last rate: stretched, it would rise again.
Patience counts anew.
"""

from dataclasses import replace
from typing import Final

from core.errors import RecipeError
from core.training.recipe.recipe import Recipe

_MOST_ITERATIONS: Final = 10_000_000
_SCHEDULER: Final = "SOLVER.LR_SCHEDULER_NAME"
_BY_STEPS: Final = "WarmupMultiStepLR"


def extended(recipe: Recipe, more: int, done: int, is_finished: bool) -> Recipe:
    """The recipe with `more` iterations behind its planned end; behind `done` for a run that finished before that.

    Args: done, the iterations of the checkpoint that it goes on from. Raises RecipeError for a length that is none.
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
