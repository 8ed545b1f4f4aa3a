"""Test-time augmentation: each picture judged as it is and mirrored, both looks merged. Imported by core.worker only.

Detectron2's own, which looks at sizes for pictures of 800 px by default: here the recipe's test size rules both looks.
"""

from typing import Any

import torch
from detectron2.data import transforms as T
from detectron2.modeling import GeneralizedRCNN, GeneralizedRCNNWithTTA
from fvcore.transforms.transform import HFlipTransform, TransformList

from core.worker.data import Record
from core.worker.detectron import CfgNode


def mirrored(model: torch.nn.Module, cfg: CfgNode) -> Any:
    """Judges a batch of resized samples as the model itself does, each of them twice.

    Twice the work of the model alone. Boxes of both looks are merged by non-maximum suppression; masks, where the model
    draws them, are averaged. The model is one with proposals (`make_config` refuses the others).
    """
    assert isinstance(model, GeneralizedRCNN)
    return GeneralizedRCNNWithTTA(cfg, model, tta_mapper=_looks, batch_size=2)


def _looks(sample: Record) -> list[Record]:
    picture = sample["image"]
    height, width = picture.shape[1:]
    resized = T.ResizeTransform(sample["height"], sample["width"], height, width)
    plain = {name: value for name, value in sample.items() if name != "instances"}
    return [
        {**plain, "transforms": TransformList([resized])},
        {**plain, "image": picture.flip(2), "transforms": TransformList([resized, HFlipTransform(width)])},
    ]
