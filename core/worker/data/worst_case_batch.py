"""The batch that takes most memory and time: the largest and the most crowded images."""

from dataclasses import replace
from itertools import chain, cycle, islice

from detectron2.data import transforms as T

from core.training.recipe.recipe import Recipe
from core.worker.data.augment import training_mapper
from core.worker.data.dataset import Record
from core.worker.data.mapper import mapped
from core.worker.data.seeding import seed_of, seeded
from core.worker.model.config import make_config
from core.worker.model.detectron import CfgNode


def worst_records(samples: list[Record], batch: int, cap: int) -> list[Record]:
    """`batch` records, alternately the largest and the most crowded; repeated only if there are too few.

    Args: cap, the bound of the long side in px, which makes a long narrow image smaller than its short side suggests.
    """
    largest = sorted(samples, key=lambda record: _pixels(record, cap), reverse=True)
    crowded = sorted(samples, key=lambda record: len(record["annotations"]), reverse=True)
    in_turns = {int(record["image_id"]): record for record in chain.from_iterable(zip(largest, crowded, strict=True))}
    return list(islice(cycle(in_turns.values()), batch))


def worst_recipe(recipe: Recipe) -> Recipe:
    """The recipe with the largest size and zoom and without crops, so that images are as large as they can be."""
    zoom = 1 + recipe.augmentation.scale
    side = min(round(max(recipe.input_sizes) * zoom), recipe.input_max)
    augmentation = replace(recipe.augmentation, scale=0.0, crop=0.0)
    return replace(recipe, input_sizes=(side,), augmentation=augmentation)


def worst_batch(samples: list[Record], batch: int, recipe: Recipe, cfg: CfgNode) -> list[Record]:
    """The worst records as the model takes them in training. Raises ImageError for one that cannot be read."""
    largest = worst_recipe(recipe)
    mapper = training_mapper(make_config(largest, _classes(cfg), cfg.MODEL.DEVICE), largest)
    with seeded(seed_of(recipe.seed, "preflight")):
        return [
            mapped(mapper, worst_record) for worst_record in worst_records(samples, batch, cfg.INPUT.MAX_SIZE_TRAIN)
        ]


def _pixels(record: Record, cap: int) -> int:
    # All are resized to the same side, so any side compares them.
    height, width = T.ResizeShortestEdge.get_output_shape(record["height"], record["width"], 640, max(640, cap))
    return int(height * width)


def _classes(cfg: CfgNode) -> list[str]:
    return [str(index) for index in range(cfg.MODEL.ROI_HEADS.NUM_CLASSES)]
