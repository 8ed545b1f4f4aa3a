"""Our pooler against Detectron2's: the same cells and the same gradients."""

from typing import Final

import pytest
import torch
from detectron2.modeling.poolers import ROIPooler
from detectron2.structures import Boxes

from core.worker.model.config import make_config
from core.worker.model.cpu_roi_align import RowPooler, pool_by_rows
from core.worker.model.detectron import build
from tests.factories.workers.tiny_run import CLASSES, tiny_recipe

HEIGHT, WIDTH = 96, 128
SCALES: Final = (1 / 4, 1 / 8, 1 / 16, 1 / 32)


def _features(scales: tuple[float, ...], requires_grad: bool = True) -> list[torch.Tensor]:
    """Noise for two images, laid out channels-last as the CPU's models have it."""
    draw = torch.Generator().manual_seed(3)
    maps = [torch.randn(2, 8, round(HEIGHT * scale), round(WIDTH * scale), generator=draw) for scale in scales]
    return [one.to(memory_format=torch.channels_last).requires_grad_(requires_grad) for one in maps]


def _boxes(count: int = 40) -> list[Boxes]:
    """Boxes of all sizes on two images, some of them partly or wholly outside, some without area."""
    draw = torch.Generator().manual_seed(4)
    some = (torch.rand(2 * count, 2, 2, generator=draw) * 1.4 - 0.2) * torch.tensor([WIDTH, HEIGHT])
    corners = torch.cat([some.amin(dim=1), some.amax(dim=1)], dim=1)
    whole = torch.tensor([[0.0, 0.0, WIDTH, HEIGHT], [50.0, 40.0, 50.0, 60.0], [-90.0, -90.0, -50.0, -60.0]])
    return [Boxes(torch.cat([corners[:count], whole])), Boxes(corners[count:])]


@pytest.mark.parametrize("scales", [SCALES, SCALES[2:3]], ids=["four levels", "one level"])
@pytest.mark.parametrize(("side", "ratio"), [(7, 2), (14, 1), (7, 3)])
def test_cells_and_gradients_are_those_of_detectron2(scales: tuple[float, ...], side: int, ratio: int) -> None:
    theirs = ROIPooler(side, scales, ratio, "ROIAlignV2")
    results = []
    for pooler in (theirs, RowPooler(theirs)):
        features = _features(scales)
        cells = pooler(features, _boxes())
        (cells * torch.linspace(-1, 1, cells.numel()).view_as(cells)).sum().backward()
        results.append([cells.detach(), *(feature.grad for feature in features)])
    assert results[0][0].abs().max() > 1
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


def test_images_without_boxes_give_no_cells() -> None:
    pooler = RowPooler(ROIPooler(7, SCALES, 2, "ROIAlignV2"))
    none = [Boxes(torch.zeros(0, 4)), Boxes(torch.zeros(0, 4))]
    assert pooler(_features(SCALES), none).shape == (0, 8, 7, 7)


def test_gradients_are_the_same_each_time() -> None:
    pooler, grads = RowPooler(ROIPooler(7, SCALES, 2, "ROIAlignV2")), []
    for _ in range(2):
        features = _features(SCALES)
        pooler(features, _boxes()).square().sum().backward()
        grads.append(features[0].grad)
    assert torch.equal(*grads)


@pytest.mark.parametrize("model", ["small", "small_cascade", "small_mask"])
def test_the_small_models_have_it_and_no_other_weights_for_it(model: str) -> None:
    built = build(make_config(tiny_recipe(model=model), list(CLASSES)))
    poolers = [module for module in built.modules() if isinstance(module, RowPooler)]
    assert len(poolers) == 1  # the samples of the mask head's depend on the box
    assert not any("pooler" in name for name in built.state_dict())


def test_a_pooler_whose_samples_depend_on_the_box_stays() -> None:
    model = torch.nn.ModuleDict({"pooler": ROIPooler(7, SCALES, 0, "ROIAlignV2")})
    pool_by_rows(model)
    assert isinstance(model["pooler"], ROIPooler)
