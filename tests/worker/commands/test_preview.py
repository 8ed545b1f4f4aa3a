"""The preview against what the training loop is fed with."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.worker.commands.preview import make_samples
from core.worker.data.dataset import open_data, records, training_batches
from core.worker.data.training_stream import training_stream
from core.worker.model.config import make_config
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import CLASSES, tiny_data, tiny_recipe

RECIPE = tiny_recipe(input_sizes=(48, 64), background_share=0.4, balance=0.5)


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_data(tmp_path_factory.mktemp("workspace"), DatasetMaker(train=6, val=2, background=1))


def test_the_preview_shows_what_training_is_fed_with(version: Path) -> None:
    data = open_data(version)
    samples = make_samples(data, RECIPE, range(8))
    stream = training_stream(records(data, data.split("train")), make_config(RECIPE, list(CLASSES)), RECIPE)
    fed = [sample for batch in training_batches(stream, 2, range(4), 0) for sample in batch]
    for shown, given in zip(samples, fed, strict=True):
        # The network takes BGR, people RGB.
        assert torch.equal(torch.from_numpy(shown.augmented.pixels[:, :, ::-1].copy()), given["image"].permute(1, 2, 0))
        np.testing.assert_array_equal(shown.augmented.boxes_xyxy, given["instances"].gt_boxes.tensor.numpy())
        np.testing.assert_array_equal(shown.augmented.categories, given["instances"].gt_classes.numpy())
        assert shown.record["image_id"] == given["image_id"]


def test_beside_it_stands_the_same_image_as_in_use(version: Path) -> None:
    for sample in make_samples(open_data(version), RECIPE, range(4)):
        assert sample.plain.pixels.shape == (64, 64, 3)
        boxes = np.array([item["bbox"] for item in sample.record["annotations"]]).reshape(-1, 4)
        # Images of 96 px at a test size of 64 px.
        np.testing.assert_allclose(sample.plain.boxes_xyxy, boxes * 64 / 96, rtol=1e-5)
