from typing import Any

import pytest
import torch
from detectron2.layers import ShapeSpec
from torch import nn
from torch.nn import functional

from core.training.recipe.recipe import Weights
from core.worker.model.config import make_config
from core.worker.model.detectron import build
from core.worker.model.efficientnet_lite import EfficientNetLite0, build_efficientnet_lite0_fpn_backbone
from core.worker.weights.imagenet import read_imagenet_weights
from tests.factories.workers.tiny_run import tiny_recipe

_PREFIX = "backbone.bottom_up."


def _pretrained(freeze_at: int = 0) -> EfficientNetLite0:
    """The backbone with its ImageNet weights, all of them."""
    body = EfficientNetLite0(freeze_at)
    tensors = read_imagenet_weights()["model"]
    body.load_state_dict({name.removeprefix(_PREFIX): tensor for name, tensor in tensors.items()})
    return body


def _images(height: int = 64, width: int = 96) -> torch.Tensor:
    """Two images of noise, (2, 3, H, W), as wide as the network's inputs."""
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(5)) * 2 - 1


def _plain(convolution: nn.Conv2d, norm: nn.BatchNorm2d, features: torch.Tensor) -> torch.Tensor:
    """A convolution with TensorFlow's padding by its definition, then the norm as its own step."""
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    sides = []
    for side in (features.shape[3], features.shape[2]):
        needed = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        sides += [needed // 2, needed - needed // 2]
    weight = convolution.weight
    return norm.eval()(
        functional.conv2d(functional.pad(features, sides), weight, None, stride, 0, 1, convolution.groups)
    )


def _features_step_by_step(body: EfficientNetLite0, images: torch.Tensor) -> list[torch.Tensor]:
    """The output of each block, by the paper's definition, without folding."""
    features, outputs = functional.relu6(_plain(body._conv_stem, body._bn0, images)), []
    for block in body._blocks:
        inner = features
        if hasattr(block, "_expand_conv"):
            inner = functional.relu6(_plain(block._expand_conv, block._bn0, inner))
        inner = functional.relu6(_plain(block._depthwise_conv, block._bn1, inner))
        inner = _plain(block._project_conv, block._bn2, inner)
        features = features + inner if inner.shape == features.shape else inner
        outputs.append(features)
    return outputs


def test_the_features_have_the_strides_and_channels_that_the_pyramid_needs() -> None:
    features = _pretrained()(_images())
    assert {name: tuple(feature.shape[1:]) for name, feature in features.items()} == {
        "res2": (24, 16, 24),
        "res3": (40, 8, 12),
        "res4": (112, 4, 6),
        "res5": (320, 2, 3),
    }


def test_folded_norms_compute_what_the_norms_compute_by_themselves() -> None:
    body = _pretrained()
    with torch.no_grad():
        mine, plain = body(_images()), _features_step_by_step(body, _images())
    for name, block in {"res2": 2, "res3": 4, "res4": 10, "res5": 15}.items():
        torch.testing.assert_close(mine[name], plain[block], rtol=1e-3, atol=1e-3)


def test_the_gradients_are_those_of_separate_norms() -> None:
    # In double precision: in single precision the kinks of ReLU6 turn rounding into other gradients.
    body, images = _pretrained().double(), _images().double()
    body(images)["res5"].square().mean().backward()
    folded = {name: value.grad.clone() for name, value in body.named_parameters() if value.grad is not None}
    body.zero_grad()
    _features_step_by_step(body, images)[-1].square().mean().backward()
    assert len(folded) == len(list(body.parameters()))
    for name, value in body.named_parameters():
        assert value.grad is not None
        torch.testing.assert_close(folded[name], value.grad, rtol=1e-6, atol=1e-9)


def test_training_leaves_the_statistics_of_the_norms_alone() -> None:
    body = _pretrained().train()
    before = {name: value.clone() for name, value in body.named_buffers()}
    body(_images())["res5"].sum().backward()
    assert all(torch.equal(value, before[name]) for name, value in body.named_buffers())


def test_in_mixed_precision_on_the_cpu_depthwise_convolutions_stay_single() -> None:
    body = _pretrained()
    seen: dict[str, list[torch.dtype]] = {"depthwise": [], "others": []}

    def convolve(features: torch.Tensor, weight: torch.Tensor, *args: Any, **more: Any) -> torch.Tensor:
        made = real(features, weight, *args, **more)
        seen["depthwise" if more["groups"] > 1 else "others"].append(made.dtype)
        return made

    real = functional.conv2d
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16), pytest.MonkeyPatch.context() as patch:
        patch.setattr(functional, "conv2d", convolve)
        body(_images())
    assert set(seen["depthwise"]) == {torch.float32}
    assert set(seen["others"]) == {torch.bfloat16}
    assert len(seen["depthwise"]) == 16


@pytest.mark.parametrize(("freeze_at", "blocks"), [(0, 0), (1, 1), (2, 3), (3, 5), (4, 11), (5, 16)])
def test_frozen_stages_learn_nothing_and_keep_nothing_for_the_way_back(freeze_at: int, blocks: int) -> None:
    body = _pretrained(freeze_at)
    learning = {name for name, value in body.named_parameters() if value.requires_grad}
    assert not any(name.startswith(f"_blocks.{place}.") for name in learning for place in range(blocks))
    assert all(f"_blocks.{place}._bn2.weight" in learning for place in range(blocks, 16))
    assert ("_conv_stem.weight" in learning) is (freeze_at == 0)
    features = body(_images())
    assert features["res5"].requires_grad is (freeze_at < 5)
    assert features["res2"].requires_grad is (freeze_at < 2)


@pytest.mark.parametrize("model", ["lite", "lite_cascade", "lite_mask"])
def test_every_model_on_it_takes_rgb_from_minus_one_to_one(model: str) -> None:
    recipe = tiny_recipe(model=model, weights=Weights(kind="imagenet"), frozen_stages=1)
    cfg = make_config(recipe, ["one", "two"])
    built = build(cfg)
    assert (cfg.INPUT.FORMAT, cfg.MODEL.PIXEL_MEAN, cfg.MODEL.PIXEL_STD) == ("RGB", [127.0] * 3, [128.0] * 3)
    assert set(read_imagenet_weights()["model"]) <= set(built.state_dict())


def test_the_pyramid_has_the_levels_of_the_other_small_models() -> None:
    cfg = make_config(tiny_recipe(model="lite"), ["one"])
    pyramid = build_efficientnet_lite0_fpn_backbone(cfg, ShapeSpec(channels=3))
    levels = {name: (shape.channels, shape.stride) for name, shape in pyramid.output_shape().items()}
    assert levels == {f"p{level}": (cfg.MODEL.FPN.OUT_CHANNELS, 2**level) for level in range(2, 7)}


def test_random_weights_keep_the_size_of_the_signal() -> None:
    torch.manual_seed(1)
    with torch.no_grad():
        features = EfficientNetLite0()(_images(256, 256))
    assert all(0.01 < float(feature.std()) < 100 for feature in features.values())
