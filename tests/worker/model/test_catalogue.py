"""The catalogue, which is plain data, against the configurations and addresses of the installed Detectron2."""

from pathlib import Path

import pytest
import torch
from detectron2 import model_zoo
from detectron2.config import LazyConfig
from detectron2.model_zoo.model_zoo import _ModelZooUrls
from detectron2.modeling import GeneralizedRCNN

from core.settings import ZOO_HOST
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.model_catalogue import MODELS, Model
from core.training.recipe.presets import PRESETS
from core.training.recipe.zoo_files import zoo_file
from core.worker.model.config import make_config
from core.worker.model.detectron import CfgNode, build, zoo_config
from core.worker.model.jitter_config import jitter_config

FROM_ZOO = [model for model in MODELS if model.config]


def zoo_description(model: Model) -> CfgNode:
    """The zoo's configuration; those that it has as code, by core.worker.model.jitter_config."""
    return jitter_config(model.config) if model.has_batch_norm else zoo_config(model.config)


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
def test_input_sizes_are_those_of_the_zoos_training_and_evaluation(model: Model) -> None:
    cfg = zoo_description(model)
    assert model.input_sizes == tuple(cfg.INPUT.MIN_SIZE_TRAIN)
    assert model.input_max == cfg.INPUT.MAX_SIZE_TRAIN == cfg.INPUT.MAX_SIZE_TEST
    assert model.test_size == cfg.INPUT.MIN_SIZE_TEST


@pytest.mark.parametrize("model", [model for model in FROM_ZOO if model.has_batch_norm], ids=by_key)
def test_models_trained_with_jitter_are_used_at_the_size_of_their_published_ap(model: Model) -> None:
    """They were trained on squares of 1024 px, at a tenth to twice the size: no short sides are given there."""
    (resize,) = LazyConfig.load(model_zoo.get_config_file(model.config)).dataloader.test.mapper.augmentations
    assert (model.test_size, model.input_max) == (resize.short_edge_length, resize.max_size)


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
def test_a_published_file_holds_the_tensors_of_the_zoos_model(model: Model) -> None:
    cfg = zoo_description(model)
    cfg.MODEL.DEVICE = "meta"
    with torch.device("meta"):
        tensors = build(cfg).state_dict().values()
    assert sum(tensor.numel() * tensor.element_size() for tensor in tensors) == zoo_file(model).tensor_bytes


@pytest.mark.parametrize("model", FROM_ZOO, ids=by_key)
def test_a_model_with_a_mask_ap_draws_masks_in_the_zoo_too(model: Model) -> None:
    cfg = zoo_description(model)
    # The zoo has Cascade R-CNN with a mask head only, which is left out here.
    assert model.needs_polygons <= cfg.MODEL.MASK_ON
    assert (model.mask_ap is not None) == model.needs_polygons
