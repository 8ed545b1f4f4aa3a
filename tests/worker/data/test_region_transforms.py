"""Regions to ignore through the augmentation: they move as the boxes of objects do."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.tables import BOX_COLUMNS, IGNORED, conform
from core.training.recipe.recipe import Augmentation
from core.worker.data.augment import evaluation_mapper, training_mapper
from core.worker.data.dataset import DataVersion, PositionStream, open_data, records, training_batches
from core.worker.data.gpu_prefetch import DeviceBatches
from core.worker.data.seeding import seeded
from core.worker.model.config import make_config
from core.worker.model.ignored_regions import regions_of
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import CLASSES, tiny_data, tiny_recipe

STRONG: dict[str, Any] = {"rotation_deg": 40.0, "scale": 0.3, "crop": 0.4, "flip_vertical": True, "quarter_turns": True}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataVersion:
    """A version in which each object lies in a region of its box."""
    made = open_data(tiny_data(tmp_path_factory.mktemp("workspace"), DatasetMaker(train=6, masks="polygons")))
    regions = made.annotations[["image_id", *BOX_COLUMNS]].assign(reason="DontCare")
    return replace(made, ignored=conform(regions, IGNORED))


@pytest.mark.parametrize("strength", [{}, STRONG], ids=["resized and flipped", "turned, cut and scaled too"])
def test_regions_move_as_boxes_do(data: DataVersion, strength: dict[str, Any]) -> None:
    recipe = tiny_recipe(augmentation=Augmentation(**strength))
    mapper = training_mapper(make_config(recipe, list(CLASSES)), recipe)
    seen = 0
    for place, record in enumerate(records(data, data.split("train")) * 4):
        with seeded(place):
            objects = mapper(record)["instances"]
        torch.testing.assert_close(regions_of(objects), objects.gt_boxes.tensor)
        seen += len(objects)
    assert seen > 20


@pytest.mark.parametrize("model", ["small", "small_mask"])
def test_a_crowd_region_is_no_object_but_a_region(data: DataVersion, model: str) -> None:
    crowded = data.annotations.assign(is_crowd=data.annotations["category_id"] == 0)
    changed = replace(data, annotations=crowded, ignored=data.ignored.iloc[:0])
    mapper = evaluation_mapper(make_config(tiny_recipe(model=model), list(CLASSES)), with_objects=True)
    scale = 64 / 96
    for record in records(changed, changed.split("val"), masks=model == "small_mask"):
        objects = mapper(record)["instances"]
        crowd = next(item["bbox"] for item in record["annotations"] if item["iscrowd"])
        assert objects.gt_classes.tolist() == [1]
        np.testing.assert_allclose(regions_of(objects).numpy(), [np.array(crowd) * scale], rtol=1e-5)


def test_a_record_without_regions_is_as_ever_and_its_objects_have_none(data: DataVersion) -> None:
    without = replace(data, ignored=data.ignored.iloc[:0])
    record = records(without, without.split("val"))[0]
    assert set(record) == {"file_name", "image_id", "width", "height", "annotations"}
    mapper = evaluation_mapper(make_config(tiny_recipe(), list(CLASSES)), with_objects=True)
    assert regions_of(mapper(record)["instances"]).shape == (0, 4)


def test_regions_go_to_the_device_with_their_objects(data: DataVersion) -> None:
    mapper = evaluation_mapper(make_config(tiny_recipe(), list(CLASSES)), with_objects=True)
    sample = mapper(records(data, data.split("val"))[0])
    (((there,),), ((same,),)) = (DeviceBatches([[sample]], torch.device(name)) for name in ("meta", "cpu"))
    assert regions_of(there["instances"]).device.type == "meta"
    assert torch.equal(regions_of(same["instances"]), regions_of(sample["instances"]))


def test_regions_come_out_of_the_processes_that_load_the_data(data: DataVersion) -> None:
    mapper = evaluation_mapper(make_config(tiny_recipe(), list(CLASSES)), with_objects=True)
    samples = records(data, data.split("val"))
    (batch,) = training_batches(PositionStream(samples, mapper, seed=0), 2, range(1), 1)
    for sample in batch:
        torch.testing.assert_close(regions_of(sample["instances"]), sample["instances"].gt_boxes.tensor)


def test_a_version_folder_without_the_file_has_no_regions(tmp_path: Path) -> None:
    folder = tiny_data(tmp_path)
    (folder / "ignored.parquet").unlink()
    data = open_data(folder)
    assert list(data.ignored) == list(IGNORED)
    assert data.regions_of(data.images) == {}
