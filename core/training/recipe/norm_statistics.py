"""What training does with the statistics of batch norms: keeps them as in the start weights, or measures each batch.

The zoo's models with batch norm were trained on 64 images a step, over which the norms of all GPUs took their mean and
variance. Those of a few images are too noisy, so they stay as they are, as in Detectron2's other models (FrozenBN).
The choice is part of the recipe, so a resumed run keeps it, with half the batch too.
"""

from collections.abc import Mapping
from typing import Any, Final

from core.errors import RecipeError
from core.training.recipe.model_catalogue import Model

FROZEN: Final = "frozen"  # statistics, scale and shift stay
MEASURED: Final = "batch"  # statistics of each batch, over all devices; scale and shift are trained
NORM_KEY: Final = "MODEL.RESNETS.NORM"
CHOICES: Final = (FROZEN, MEASURED)
# Group normalization (Wu and He 2018, figure 1): the error of batch norm grows fast with fewer images a device.
LEAST_IMAGES: Final = 8


def usual_statistics(model: Model, weights_kind: str, images_a_device: int) -> str | None:
    """The choice that follows from model, weights and batch; None for a model whose configuration says it all."""
    if not model.has_batch_norm:
        return None
    # Random weights have no statistics to keep.
    return MEASURED if weights_kind == "random" or images_a_device >= LEAST_IMAGES else FROZEN


def keeps_foreign_statistics(model: Model, statistics: str | None, overrides: Mapping[str, Any]) -> bool:
    """Whether the norms of a zoo model stay as its COCO weights need them, which random weights do not bear."""
    return bool(model.config) and statistics is None and NORM_KEY not in overrides


def check_statistics(model: Model, asked: str | None) -> None:
    """Raises RecipeError for a choice without effect. Whether a custom model has batch norm, the worker sees."""
    if asked and not (model.has_batch_norm or model.is_own):
        raise RecipeError(
            f"{model.title} has no batch norm, so there is nothing to choose about its statistics.",
            "Leave the choice out, or choose a model trained with large-scale jitter.",
        )
