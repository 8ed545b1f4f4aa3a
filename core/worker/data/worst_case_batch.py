"""The batch that takes most memory and time: the largest and the most crowded images. core.worker only."""

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
    """`batch` records: the largest and the most crowded in turns, without repeats while there are others.

    Args: cap, of the long side in px, which makes a long narrow image smaller than its short side says.
    """
    largest = sorted(samples, key=lambda one: _pixels(one, cap), reverse=True)
    crowded = sorted(samples, key=lambda one: len(one["annotations"]), reverse=True)
    in_turns = {int(one["image_id"]): one for one in chain.from_iterable(zip(largest, crowded, strict=True))}
    return list(islice(cycle(in_turns.values()), batch))


def worst_recipe(recipe: Recipe) -> Recipe:
    """The recipe with every image as large as it can become: nothing cut away, the largest size and zoom."""
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
    # Which side it is resized to is the same for all, so any will do to compare them.
    height, width = T.ResizeShortestEdge.get_output_shape(record["height"], record["width"], 640, max(640, cap))
    return int(height * width)


def _classes(cfg: CfgNode) -> list[str]:
    return [str(index) for index in range(cfg.MODEL.ROI_HEADS.NUM_CLASSES)]
