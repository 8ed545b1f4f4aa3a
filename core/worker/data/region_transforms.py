"""Transforms regions to ignore in the augmentation, as boxes are transformed."""

from typing import Any

import numpy as np
import torch
from detectron2.data import DatasetMapper
from fvcore.transforms.transform import TransformList

from core.worker.data.mask_transforms import MaskMapper
from core.worker.model.ignored_regions import Objects


class RegionMapper(DatasetMapper):
    """A mapper whose objects carry the regions to ignore: crowd regions, and the record's `ignored` boxes."""

    def _transform_annotations(
        self, dataset_dict: dict[str, Any], transforms: TransformList, image_shape: tuple[int, int]
    ) -> None:
        boxes = [item["bbox"] for item in dataset_dict["annotations"] if item.get("iscrowd", 0)]
        regions = moved_regions(boxes + dataset_dict.pop("ignored", []), transforms, image_shape)
        super()._transform_annotations(dataset_dict, transforms, image_shape)
        dataset_dict["instances"] = Objects.of(dataset_dict["instances"], regions)


class MaskAndRegionMapper(RegionMapper, MaskMapper):
    """A mapper whose objects have masks and carry the regions to ignore. A crowd region counts with its box."""


def moved_regions(boxes: list[list[float]], transforms: TransformList, shape: tuple[int, int]) -> torch.Tensor:
    """(R, 4) the boxes after the transforms, cut at the border of the image (H, W); without those outside."""
    if not boxes:
        return torch.zeros((0, 4))
    height, width = shape
    corners = transforms.apply_box(np.asarray(boxes, dtype=np.float64)).clip(0, [width, height, width, height])
    is_left = (corners[:, 2] > corners[:, 0]) & (corners[:, 3] > corners[:, 1])
    return torch.as_tensor(corners[is_left], dtype=torch.float32)
