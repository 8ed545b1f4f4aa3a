"""The models trained with large-scale jitter against those that Detectron2's own code describes and builds.

jitter_tensors.json has the names and shapes of all tensors of Detectron2 0.6's model_zoo/configs/new_baselines, built
with its LazyConfig.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from detectron2 import model_zoo
from detectron2.config import LazyConfig, instantiate
from detectron2.structures import Boxes, Instances
from detectron2.utils.events import EventStorage

from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.model_catalogue import MODELS, Model, find_model
from core.training.recipe.presets import find_preset
from core.worker.model.config import make_config
from core.worker.model.detectron import build
from core.worker.model.jitter_config import jitter_config

TENSORS: dict[str, dict[str, list[int]]] = json.loads((Path(__file__).parent / "jitter_tensors.json").read_text())
JITTERED = [model for model in MODELS if model.has_batch_norm]
LONGEST = [model for model in JITTERED if model.coco_epochs == 400]
COCO_CLASSES = [f"class {number}" for number in range(80)]


def _config(model: Model, frozen_stages: int, device: str) -> Any:
    changes = RecipeChanges(model=model.key, frozen_stages=frozen_stages)
    return make_config(make_recipe(find_preset("finetune"), 100, changes), COCO_CLASSES, device)


def _shapes(model: torch.nn.Module) -> dict[str, list[int]]:
    return {name: list(tensor.shape) for name, tensor in model.state_dict().items()}


def _of_repository(name: str) -> Any:
    return LazyConfig.load(model_zoo.get_config_file(name)).model


def test_the_catalogue_has_two_forms_of_two_architectures_after_three_lengths_of_training() -> None:
    kinds = {(model.needs_polygons, "_R_101_" in model.key, model.coco_epochs) for model in JITTERED}
    assert kinds == {
        (masks, deep, epochs) for masks in (False, True) for deep in (False, True) for epochs in (100, 200, 400)
    }
    assert len({model.weights for model in JITTERED}) == 6


@pytest.mark.parametrize("depth", ["R_50", "R_101"])
def test_the_list_of_tensors_is_that_of_the_repositorys_code(depth: str) -> None:
    with torch.device("meta"):
        theirs = instantiate(_of_repository(f"new_baselines/mask_rcnn_{depth}_FPN_400ep_LSJ.py"))
    assert _shapes(theirs) == TENSORS[depth]
    assert len(TENSORS[depth]) == {"R_50": 432, "R_101": 738}[depth]


@pytest.mark.parametrize("frozen_stages", [0, 2])
@pytest.mark.parametrize(
    "model", [model for model in JITTERED if model.coco_epochs == 400], ids=lambda model: model.key
)
def test_names_and_shapes_of_all_tensors_are_the_repositorys(model: Model, frozen_stages: int) -> None:
    cfg = _config(model, frozen_stages, "meta")
    with torch.device("meta"):
        ours = build(cfg)
    theirs = TENSORS["R_101" if "_R_101_" in model.key else "R_50"]
    wanted = {name: shape for name, shape in theirs.items() if model.needs_polygons or ".mask_head." not in name}
    assert _shapes(ours) == wanted


@pytest.mark.parametrize("model", JITTERED, ids=lambda model: model.key)
def test_all_lengths_of_training_have_the_one_configuration_of_their_architecture(model: Model) -> None:
    longest = next(other for other in JITTERED if other.series == model.series and other.coco_epochs == 400)
    assert jitter_config(model.config) == jitter_config(longest.config)


def test_the_model_computes_the_losses_of_the_repositorys_model() -> None:
    """Means, anchors, strides, box codes and losses have no tensors, so only what comes out shows them."""
    torch.manual_seed(3)
    theirs = instantiate(_of_repository("new_baselines/mask_rcnn_R_50_FPN_400ep_LSJ.py"))
    cfg = _config(find_model("mask_rcnn_R_50_FPN_400ep_LSJ"), 0, "cpu")
    ours = build(cfg)
    ours.load_state_dict(theirs.state_dict())
    image = torch.randint(0, 255, (3, 128, 160), dtype=torch.uint8)
    objects = Instances((128, 160))
    objects.gt_boxes = Boxes(torch.tensor([[10.0, 20.0, 60.0, 90.0], [80.0, 30.0, 150.0, 110.0]]))
    objects.gt_classes = torch.tensor([3, 40])
    losses = []
    for model in (theirs, ours):
        objects.gt_masks = _boxes_as_masks(objects)
        torch.manual_seed(5)  # of the sampled boxes
        with EventStorage(), torch.no_grad():
            losses.append(model.train()([{"image": image, "instances": objects}]))
    assert losses[0].keys() == losses[1].keys() > {"loss_mask", "loss_rpn_cls", "loss_box_reg"}
    for name, loss in losses[0].items():
        torch.testing.assert_close(losses[1][name], loss, rtol=1e-3, atol=1e-5, msg=name)


def _boxes_as_masks(objects: Instances) -> Any:
    from detectron2.structures import PolygonMasks

    corners = objects.gt_boxes.tensor.tolist()
    return PolygonMasks([[[x1, y1, x2, y1, x2, y2, x1, y2]] for x1, y1, x2, y2 in corners])
