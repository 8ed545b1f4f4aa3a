from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import RecipeError
from core.files import read_json
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.model_catalogue import MODELS, Model
from core.training.recipe.overrides import check_overrides, keys_from_json
from core.training.recipe.presets import PRESETS
from core.worker.model.config import make_config
from core.worker.model.config_keys import write_schema
from core.worker.model.detectron import build
from tests.factories.workers.tiny_run import tiny_recipe

CLASSES = ["a", "b", "c"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.key)
def test_every_model_of_the_catalogue_has_a_configuration_with_the_classes_of_the_data(model: Model) -> None:
    recipe = make_recipe(PRESETS[0], 200, RecipeChanges(model=model.key))
    cfg = make_config(recipe, CLASSES)
    assert cfg.MODEL.ROI_HEADS.NUM_CLASSES == cfg.MODEL.RETINANET.NUM_CLASSES == 3
    assert model.needs_polygons == cfg.MODEL.MASK_ON
    assert not cfg.DATALOADER.FILTER_EMPTY_ANNOTATIONS
    assert cfg.SOLVER.CLIP_GRADIENTS.ENABLED


def test_the_recipe_arrives_in_the_configuration() -> None:
    recipe = tiny_recipe(40, learning_rate=0.003, warmup=7, decay_at=(30,), seed=5, evaluate_every=20, frozen_stages=2)
    cfg = make_config(recipe, CLASSES)
    assert (cfg.SOLVER.MAX_ITER, cfg.SOLVER.BASE_LR, cfg.SOLVER.WARMUP_ITERS) == (40, 0.003, 7)
    assert (tuple(cfg.SOLVER.STEPS), cfg.SEED, cfg.TEST.EVAL_PERIOD) == ((30,), 5, 20)
    assert (tuple(cfg.INPUT.MIN_SIZE_TRAIN), cfg.INPUT.MIN_SIZE_TEST, cfg.MODEL.BACKBONE.FREEZE_AT) == ((64,), 64, 2)


@pytest.mark.parametrize(("fullest", "cap"), [(3, 100), (250, 250)], ids=["few objects", "a crowded image"])
def test_the_cap_on_detections_rises_to_the_fullest_image(fullest: int, cap: int) -> None:
    cfg = make_config(tiny_recipe(), CLASSES, fullest=fullest)
    assert cap == cfg.TEST.DETECTIONS_PER_IMAGE


def test_the_heads_of_the_built_model_have_one_row_a_class_and_one_for_background() -> None:
    model = build(make_config(tiny_recipe(), CLASSES))
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    assert shapes["roi_heads.box_predictor.cls_score.weight"] == (4, 32)
    assert shapes["roi_heads.box_predictor.bbox_pred.weight"] == (3 * 4, 32)


def test_expert_settings_come_last() -> None:
    recipe = tiny_recipe(overrides={"SOLVER.WARMUP_FACTOR": 0.5, "MODEL.RPN.NMS_THRESH": "0.6"})
    cfg = make_config(recipe, CLASSES)
    assert (cfg.SOLVER.WARMUP_FACTOR, cfg.MODEL.RPN.NMS_THRESH) == (0.5, 0.6)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"SOLVER.BASE_LRR": 1.0}, "Detectron2 has no setting 'SOLVER.BASE_LRR'"),
        ({"SOLVER.MOMENTUM": "fast"}, "SOLVER.MOMENTUM is 'fast', but it takes a value like 0.9 (float)"),
        ({"MODEL.WEIGHTS": "evil.pkl"}, "decided by the choice of weights"),
        ({"SOLVER.BASE_LR": 1.0}, "decided by the learning rate"),
        ({"DATASETS.TRAIN": ("x",)}, "has no effect here"),
    ],
    ids=["unknown key", "wrong type", "weights", "a setting of the recipe", "without effect"],
)
def test_an_expert_setting_that_cannot_be_is_refused_by_name(overrides: Mapping[str, Any], said: str) -> None:
    with pytest.raises(RecipeError) as refused:
        make_config(replace(tiny_recipe(), overrides=dict(overrides)), CLASSES)
    assert said in refused.value.message
    assert refused.value.remedy


def test_the_written_schema_refuses_what_the_worker_refuses(tmp_path: Path) -> None:
    write_schema(tmp_path / "keys.json")
    keys = keys_from_json(read_json(tmp_path / "keys.json"))
    assert keys["SOLVER.MOMENTUM"].type == "float"
    assert keys["SOLVER.MOMENTUM"].default == 0.9
    assert check_overrides(keys, {"SOLVER.MOMENTUM": 0.8}) == []
    assert len(check_overrides(keys, {"MODEL.WEIGHTS": "x", "SOLVER.MOMENTUM": "fast", "NO.KEY": 1})) == 3
