"""The catalogue, which is plain data, against the configurations and addresses of the installed Detectron2."""

from pathlib import Path

import pytest
import torch
from detectron2 import model_zoo
from detectron2.model_zoo.model_zoo import _ModelZooUrls
from detectron2.modeling import GeneralizedRCNN

from core.settings import ZOO_HOST
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.model_catalogue import MODELS, Model
from core.training.recipe.presets import PRESETS
from core.worker.model.config import make_config
from core.worker.model.detectron import build, zoo_config

FROM_ZOO = [model for model in MODELS if model.config]
COCO_CLASSES = [f"class {number}" for number in range(80)]


def by_key(model: Model) -> str:
    return model.key


def test_keys_and_titles_are_unique() -> None:
    assert len({model.key for model in MODELS}) == len({model.title for model in MODELS}) == len(MODELS)


@pytest.mark.parametrize("model", FROM_ZOO, ids=by_key)
def test_configuration_and_weights_are_those_of_the_model_zoo(model: Model) -> None:
    assert Path(model_zoo.get_config_file(model.config)).is_file()
    assert ZOO_HOST + model.weights == model_zoo.get_checkpoint_url(model.config)
    assert ZOO_HOST == _ModelZooUrls.S3_PREFIX


@pytest.mark.parametrize("model", FROM_ZOO, ids=by_key)
def test_input_sizes_are_those_that_the_published_weights_were_trained_with(model: Model) -> None:
    cfg = zoo_config(model.config)
    assert model.input_sizes == tuple(cfg.INPUT.MIN_SIZE_TRAIN)
    assert model.input_max == cfg.INPUT.MAX_SIZE_TRAIN == cfg.INPUT.MAX_SIZE_TEST
    assert model.test_size == cfg.INPUT.MIN_SIZE_TEST


@pytest.mark.parametrize("model", MODELS, ids=by_key)
def test_the_built_model_has_the_stated_parameters_and_draws_masks_as_stated(model: Model) -> None:
    cfg = make_config(make_recipe(PRESETS[0], 100, RecipeChanges(model=model.key)), COCO_CLASSES).clone()
    cfg.defrost()
    cfg.MODEL.DEVICE = "meta"
    with torch.device("meta"):  # counts without taking memory or drawing random values
        built = build(cfg)
    assert round(sum(value.numel() for value in built.parameters()) / 1e6, 1) == model.parameters
    assert any(".mask_head." in name for name in built.state_dict()) == model.needs_polygons
    assert isinstance(built, GeneralizedRCNN) == model.has_proposals
    assert (model.task == "boxes and masks") == model.needs_polygons
    assert model.needs_polygons or model.mask_ap is None


@pytest.mark.parametrize("model", FROM_ZOO, ids=by_key)
def test_a_model_with_a_mask_ap_draws_masks_in_the_zoo_too(model: Model) -> None:
    cfg = zoo_config(model.config)
    # The zoo has Cascade R-CNN with a mask head only, which is left out here.
    assert model.needs_polygons <= cfg.MODEL.MASK_ON
    assert (model.mask_ap is not None) == model.needs_polygons
