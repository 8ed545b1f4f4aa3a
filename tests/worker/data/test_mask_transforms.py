"""Masks through the augmentation: where the object's colour is in the image, there is its mask."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from detectron2.data import transforms as T
from detectron2.structures import Instances

from core.training.recipe.recipe import Augmentation
from core.worker.data.augment import training_mapper
from core.worker.data.dataset import open_data, records
from core.worker.data.mask_transforms import moved_mask
from core.worker.data.seeding import seeded
from core.worker.model.config import make_config
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import CLASSES, tiny_data, tiny_recipe

BLUE = 1  # painted last, so that nothing covers it
STRONG: dict[str, Any] = {"rotation_deg": 40.0, "scale": 0.3, "crop": 0.4, "flip_vertical": True, "brightness": 0.1}


def _samples(root: Path, masks: str, augmentation: Augmentation, background: int = 0) -> list[dict[str, Any]]:
    """Every image of a tiny data set, mapped for training several times over."""
    data = open_data(tiny_data(root, DatasetMaker(train=6, masks=masks, background=background)))
    recipe = tiny_recipe(model="small_mask", augmentation=augmentation)
    mapper = training_mapper(make_config(recipe, list(CLASSES)), recipe)
    found = []
    for place, record in enumerate(records(data, data.split("train"), masks=True) * 4):
        with seeded(place):
            found.append(mapper(record))
    return found


def _is_blue(sample: dict[str, Any]) -> np.ndarray:
    blue, _, red = sample["image"].numpy().astype(int)  # BGR
    return np.asarray(blue - red > 85)


@pytest.mark.parametrize("masks", ["polygons", "rle"])
@pytest.mark.parametrize("strength", [{}, STRONG], ids=["resized and flipped", "turned, cut and scaled too"])
def test_masks_stay_on_their_objects(masks: str, strength: dict[str, Any], tmp_path: Path) -> None:
    seen = 0
    for sample in _samples(tmp_path, masks, Augmentation(**strength)):
        instances: Instances = sample["instances"]
        for mask, category in zip(instances.gt_masks.tensor.numpy(), instances.gt_classes, strict=True):
            if int(category) == BLUE and mask.sum() > 60:
                is_blue = _is_blue(sample)
                assert (mask & is_blue).sum() / (mask | is_blue).sum() > 0.8
                seen += 1
    assert seen > 10


def test_boxes_fit_the_masks_and_nothing_empty_is_left(tmp_path: Path) -> None:
    for sample in _samples(tmp_path, "mixed", Augmentation(**STRONG)):
        instances: Instances = sample["instances"]
        assert bool(instances.gt_masks.nonempty().all())
        torch.testing.assert_close(instances.gt_boxes.tensor, instances.gt_masks.get_bounding_boxes().tensor)


def test_an_image_without_objects_has_none_of_size_zero(tmp_path: Path) -> None:
    sample = _samples(tmp_path, "polygons", Augmentation(), background=6)[0]
    assert len(sample["instances"]) == 0
    assert tuple(sample["instances"].gt_masks.tensor.shape) == (0, *sample["image"].shape[1:])


def test_an_object_of_several_polygons_keeps_all_of_them() -> None:
    left, right = [0, 0, 4, 0, 4, 10, 0, 10], [6, 0, 10, 0, 10, 10, 6, 10]
    mask = moved_mask([left, right], T.TransformList([T.ResizeTransform(10, 10, 20, 20)]), (20, 20))
    assert mask[:, :8].all()
    assert mask[:, 12:].all()
    assert not mask[:, 9:11].any()
