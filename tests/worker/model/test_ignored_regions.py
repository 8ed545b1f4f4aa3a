"""What a model learns from: nothing in a region to ignore, as the gradients of its outputs say."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from detectron2.modeling.poolers import ROIPooler
from detectron2.structures import BitMasks, Boxes, Instances, pairwise_iou
from detectron2.utils.events import EventStorage

from core.worker.model.config import make_config
from core.worker.model.cpu_roi_align import RowPooler
from core.worker.model.detectron import CfgNode, build, zoo_config
from core.worker.model.ignored_regions import Objects, honour_regions, lie_in_regions, regions_of
from tests.factories.workers.tiny_run import CLASSES, tiny_recipe

SIDE = 96
OBJECT = (60.0, 20.0, 84.0, 44.0)
LEFT_HALF, EVERYTHING = (0.0, 0.0, 48.0, 96.0), (0.0, 0.0, 96.0, 96.0)
NO_REGION: tuple[tuple[float, ...], ...] = ()


def _zoo(path: str, **changes: Any) -> CfgNode:
    cfg = zoo_config(path)
    few = {"MODEL.DEVICE": "cpu", "MODEL.RETINANET.NUM_CLASSES": 2, "MODEL.ROI_HEADS.NUM_CLASSES": 2}
    for name, value in {**few, "MODEL.RESNETS.RES2_OUT_CHANNELS": 32, "MODEL.RESNETS.WIDTH_PER_GROUP": 8}.items():
        cfg.merge_from_list([name, value])
    for name, value in changes.items():
        cfg.merge_from_list([name, value])
    return cfg


def _own(model: str) -> CfgNode:
    return make_config(tiny_recipe(model=model), list(CLASSES))


CONFIGS: dict[str, Callable[[], CfgNode]] = {
    "boxes": lambda: _own("small"),
    "cascade": lambda: _own("small_cascade"),
    "masks": lambda: _own("small_mask"),
    "one level": lambda: _zoo("COCO-Detection/faster_rcnn_R_50_C4_1x.yaml"),
    "RetinaNet": lambda: _zoo("COCO-Detection/retinanet_R_50_FPN_1x.yaml"),
}
every_model = pytest.mark.parametrize("name", CONFIGS)


def _model(name: str) -> torch.nn.Module:
    torch.manual_seed(0)
    model = build(CONFIGS[name]())
    model.train()
    return model


def _sample(boxes: tuple[tuple[float, ...], ...], regions: tuple[tuple[float, ...], ...]) -> dict[str, Any]:
    instances = Instances((SIDE, SIDE))
    instances.gt_boxes = Boxes(torch.tensor(boxes).reshape(-1, 4))
    instances.gt_classes = torch.zeros(len(boxes), dtype=torch.int64)
    instances.gt_masks = BitMasks(torch.ones(len(boxes), SIDE, SIDE, dtype=torch.bool))
    pixels = torch.randint(0, 255, (3, SIDE, SIDE), generator=torch.Generator().manual_seed(1)).float()
    objects = Objects.of(instances, torch.tensor(regions).reshape(-1, 4))
    return {"image": pixels, "height": SIDE, "width": SIDE, "instances": objects}


class Seen:
    """What one step learns: its losses, the boxes that the heads take, the gradients of the anchors' scores."""

    def __init__(self, model: torch.nn.Module, samples: list[dict[str, Any]]) -> None:
        self.pooled: list[list[Boxes]] = []
        self.anchors: list[Boxes] = []
        self.scores: list[torch.Tensor] = []
        self.hooks = [self._watch(module) for module in model.modules()]
        with EventStorage():
            self.losses = model(samples)
        loss = sum(self.losses.values())
        if loss.requires_grad:
            loss.backward()
        for hook in filter(None, self.hooks):
            hook.remove()

    def _watch(self, module: torch.nn.Module) -> Any:
        kind = type(module).__name__
        if isinstance(module, ROIPooler | RowPooler):
            return module.register_forward_pre_hook(lambda _module, inputs: self.pooled.append(inputs[1]))
        if kind == "DefaultAnchorGenerator":
            return module.register_forward_hook(lambda _module, _inputs, made: self.anchors.extend(made))
        if kind in ("StandardRPNHead", "RetinaNetHead"):
            return module.register_forward_hook(lambda _module, _inputs, made: self._keep(made[0]))
        return None

    def _keep(self, levels: list[torch.Tensor]) -> None:
        for level in levels:
            level.retain_grad()
        self.scores = levels

    @property
    def strength(self) -> torch.Tensor:
        """(anchors,) how much each anchor of the first image is learned from."""
        per_anchor = len(self.anchors[0]) // self.scores[0][0, 0].numel()
        parts = []
        for level in self.scores:
            assert level.grad is not None
            _, channels, height, width = level.shape
            by_anchor = level.grad[0].view(per_anchor, channels // per_anchor, height, width)
            parts.append(by_anchor.abs().sum(dim=1).permute(1, 2, 0).flatten())
        return torch.cat(parts)


@every_model
def test_no_anchor_in_a_region_is_learned_from_and_others_are(name: str) -> None:
    model = _model(name)
    sample = _sample((OBJECT,), (LEFT_HALF,))
    without, with_region = Seen(model, [_sample((OBJECT,), NO_REGION)]), Seen(model, [sample])
    inside = lie_in_regions(Boxes.cat(without.anchors), sample["instances"])
    inside &= pairwise_iou(Boxes(torch.tensor([OBJECT])), Boxes.cat(without.anchors))[0] < 0.3
    assert (without.strength[inside] > 0).any()
    assert (with_region.strength[inside] == 0).all()
    assert (with_region.strength[~inside] > 0).any()


@pytest.mark.parametrize("name", [name for name in CONFIGS if name != "RetinaNet"])
def test_no_proposal_in_a_region_is_learned_from_and_others_are(name: str) -> None:
    model = _model(name)
    sample = _sample((OBJECT,), (LEFT_HALF,))
    for regions, is_there in ((NO_REGION, True), ((LEFT_HALF,), False)):
        seen = Seen(model, [_sample((OBJECT,), regions)])
        # The boxes of every stage; the masks' pooler has none but objects.
        for boxes in (stage[0] for stage in seen.pooled):
            assert (~lie_in_regions(boxes, sample["instances"])).any()
        in_region = [bool(lie_in_regions(stage[0], sample["instances"]).any()) for stage in seen.pooled]
        assert in_region[0] is is_there
        assert is_there or not any(in_region)


@every_model
def test_an_object_in_a_region_is_learned(name: str) -> None:
    model = _model(name)
    seen = Seen(model, [_sample((OBJECT,), (EVERYTHING,))])
    on_object = pairwise_iou(Boxes(torch.tensor([OBJECT])), Boxes.cat(seen.anchors))[0]
    assert seen.strength[on_object.argmax()] > 0
    assert (seen.strength[on_object < 0.2] == 0).all()
    if seen.pooled:
        assert all(len(stage[0]) for stage in seen.pooled)


@every_model
def test_an_image_that_is_ignored_as_a_whole_teaches_nothing(name: str) -> None:
    model = _model(name)
    seen = Seen(model, [_sample((), (EVERYTHING,))])
    assert {name: float(loss) for name, loss in seen.losses.items()} == dict.fromkeys(seen.losses, 0.0)
    gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
    assert all(not gradient.any() for gradient in gradients)


@every_model
def test_other_images_of_a_batch_are_learned_as_ever(name: str) -> None:
    model = _model(name)
    seen = Seen(model, [_sample((), (EVERYTHING,)), _sample((OBJECT,), NO_REGION)])
    assert all(torch.isfinite(loss) for loss in seen.losses.values())
    assert (seen.strength == 0).all()
    assert float(sum(seen.losses.values())) > 0


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        pytest.param((10, 10, 20, 20), True, id="inside"),
        pytest.param((43, 10, 53, 20), True, id="half"),
        pytest.param((44, 10, 54, 20), False, id="less than half"),
        pytest.param((0, 0, 96, 96), True, id="around, half of it inside"),
        pytest.param((20, 10, 20, 20), False, id="without an area"),
        pytest.param((-60, -60, 20, 20), True, id="mostly outside the image"),
        pytest.param((-60, -60, 110, 20), True, id="outside the image on all sides but one"),
        pytest.param((100, 10, 120, 20), False, id="outside the image"),
    ],
)
def test_half_of_a_box_decides(box: tuple[float, ...], expected: bool) -> None:
    target = _sample((), (LEFT_HALF,))["instances"]
    assert lie_in_regions(Boxes(torch.tensor([box]).float()), target).tolist() == [expected]


def test_objects_without_regions_have_none_and_copies_keep_theirs() -> None:
    objects = _sample((OBJECT,), (LEFT_HALF,))["instances"]
    assert regions_of(objects.to("cpu")).tolist() == [list(LEFT_HALF)]
    assert regions_of(objects[[0]]).shape == (0, 4)
    assert len(objects.to("cpu")) == 1


def test_a_models_weights_and_names_stay_as_they_are() -> None:
    model = _model("cascade")
    names = list(model.state_dict())
    honour_regions(model)
    assert list(model.state_dict()) == names
