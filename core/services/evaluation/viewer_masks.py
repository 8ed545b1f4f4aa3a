"""The masks of an image's objects and detections, for the viewer."""

from typing import Any, Final

from core.evaluation.mask_contours import rings_of
from core.evaluation.store import read_masks
from core.services.evaluation.opened import OpenEvaluation

# Tracing a mask takes about a millisecond, and nobody views more masks at once.
_MOST: Final = 400


def with_masks(evaluation: OpenEvaluation, image_id: int, boxes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add `mask` to the boxes of an image (core.services.evaluation.viewer_boxes) that have one, at most 400.

    A mask is a list of rings, each x1, y1, x2, y2, … in px (core.evaluation.mask_contours).
    """
    segmentations = _segmentations(evaluation, image_id)
    if not segmentations:
        return boxes
    size = evaluation.truth.images.set_index("image_id").loc[image_id, ["width", "height"]]
    width, height = (int(side) for side in size)
    asked = [box for box in boxes if segmentations.get((box["kind"], box["id"]))][:_MOST]
    rings = {(box["kind"], box["id"]): rings_of(segmentations[box["kind"], box["id"]], width, height) for box in asked}
    return [box | {"mask": contours} if (contours := rings.get((box["kind"], box["id"]))) else box for box in boxes]


def _segmentations(evaluation: OpenEvaluation, image_id: int) -> dict[tuple[str, int], str]:
    """(kind, id) of a box -> its COCO segmentation."""
    truths, _ = evaluation.on_images([image_id])
    masked = truths[truths["segmentation"] != ""]
    segmentations = {
        ("truth", int(key)): str(shape)
        for key, shape in zip(masked["annotation_id"], masked["segmentation"], strict=True)
    }
    if evaluation.folder is not None:
        masks = read_masks(evaluation.folder, [image_id])
        segmentations |= {
            ("detection", int(key)): str(shape)
            for key, shape in zip(masks["detection_id"], masks["outline"], strict=True)
        }
    return segmentations
