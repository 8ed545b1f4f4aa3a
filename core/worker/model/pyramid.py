"""The feature pyramid of the small models, with group norm: batch statistics of two images are too noisy."""

from detectron2.config import CfgNode
from detectron2.modeling import Backbone
from detectron2.modeling.backbone import FPN
from detectron2.modeling.backbone.fpn import LastLevelMaxPool
from torch import nn

_GROUPS = 8


def group_norm(channels: int) -> nn.Module:
    """The norm of the small models where they do not start from ImageNet."""
    return nn.GroupNorm(_GROUPS, channels)


def pyramid_on(body: Backbone, cfg: CfgNode) -> FPN:
    """A backbone with features p2 to p6 of `FPN.OUT_CHANNELS` channels, at strides 4 to 64."""
    names, channels = cfg.MODEL.FPN.IN_FEATURES, cfg.MODEL.FPN.OUT_CHANNELS
    return FPN(body, names, channels, norm=group_norm, top_block=LastLevelMaxPool())
