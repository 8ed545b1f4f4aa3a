"""Transforms masks in the augmentation, and encodes those of the model: polygons and run lengths.

Detectron2's mapper cuts polygons with shapely, which it does not depend on, and fails on images without objects. Parts
of a mask that a rotation moves out of the image and back would lie on the filling. Here a mask becomes a bit mask of
the image that the model sees, and only pixels of the original image count.
"""

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from detectron2.data import DatasetMapper
from detectron2.data.detection_utils import filter_empty_instances
from detectron2.structures import BitMasks, Instances
from detectron2.structures.masks import polygons_to_bitmask
from fvcore.transforms.transform import TransformList
from pycocotools import mask as run_lengths

Mask = npt.NDArray[np.bool_]


class MaskMapper(DatasetMapper):
    """A mapper whose objects have bit masks and their bounding boxes. It leaves out crowd regions."""

    def _transform_annotations(
        self, dataset_dict: dict[str, Any], transforms: TransformList, image_shape: tuple[int, int]
    ) -> None:
        objects = [item for item in dataset_dict.pop("annotations") if not item.get("iscrowd", 0)]
        whole = np.ones((dataset_dict["height"], dataset_dict["width"]), np.uint8)
        is_image = transforms.apply_segmentation(whole).astype(bool)
        masks = [moved_mask(item["segmentation"], transforms, image_shape) & is_image for item in objects]
        bits = BitMasks(torch.from_numpy(np.stack(masks) if masks else np.zeros((0, *image_shape), bool)))
        instances = Instances(image_shape)
        instances.gt_classes = torch.tensor([item["category_id"] for item in objects], dtype=torch.int64)
        instances.gt_masks = bits
        instances.gt_boxes = bits.get_bounding_boxes()
        dataset_dict["instances"] = filter_empty_instances(instances)


def moved_mask(mask: Any, transforms: TransformList, shape: tuple[int, int]) -> Mask:
    """The object's mask after the transforms, bool (H, W) of `shape`. `mask`: COCO polygons or run lengths."""
    if isinstance(mask, dict):
        return np.asarray(transforms.apply_segmentation(run_lengths.decode(mask)), dtype=bool)
    # As points, because apply_polygons needs shapely to crop; drawing them crops at the frame.
    polygons = [transforms.apply_coords(np.asarray(polygon, np.float64).reshape(-1, 2)) for polygon in mask]
    return np.asarray(polygons_to_bitmask([points.reshape(-1) for points in polygons], *shape))


def masks_of(masks: torch.Tensor) -> list[str]:
    """The run lengths, as JSON text, of (N, H, W) bool masks of whole images."""
    # pycocotools counts along columns and expects the objects on the last axis.
    columns = np.asfortranarray(masks.cpu().numpy().astype(np.uint8).transpose(1, 2, 0))
    return [
        json.dumps({"size": [int(side) for side in item["size"]], "counts": item["counts"].decode("ascii")})
        for item in run_lengths.encode(columns)
    ]
