"""The stream of training samples that a recipe asks for."""

import numpy as np

from core.training.recipe.recipe import Recipe
from core.training.recipe.sampling import Contents, Factors, image_factors
from core.worker.data.augment import training_mapper
from core.worker.data.dataset import PositionStream, Record
from core.worker.model.detectron import CfgNode


def training_stream(samples: list[Record], cfg: CfgNode, recipe: Recipe) -> PositionStream:
    """The training samples by position; the preview shows the same."""
    return PositionStream(samples, training_mapper(cfg, recipe), recipe.seed, showing_factors(samples, recipe))


def showing_factors(samples: list[Record], recipe: Recipe) -> Factors | None:
    """How often an epoch shows each sample by the recipe, (samples,); None if once each."""
    if not recipe.balance and recipe.background_share is None:
        return None
    pairs = [(index, item["category_id"]) for index, sample in enumerate(samples) for item in sample["annotations"]]
    image, category = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return image_factors(
        Contents(images=len(samples), image=image, category=category), recipe.balance, recipe.background_share
    )
