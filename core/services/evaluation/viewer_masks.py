"""The masks of an image's objects and detections, for the viewer."""

from typing import Any, Final

from core.evaluation.mask_contours import rings_of
from core.evaluation.store import read_masks
from core.services.evaluation.opened import OpenEvaluation

# Tracing takes a millisecond or so each; nobody looks at more of them at once.
_MOST: Final = 400


def with_masks(evaluation: OpenEvaluation, image_id: int, boxes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The boxes of an image (core.services.evaluation.images), those of at most 400 that have one with their
    `mask`.

    It is a list of rings, each as x1, y1, x2, y2, … in px (core.evaluation.mask_contours).
    """
    known = _segmentations(evaluation, image_id)
    if not known:
        return boxes
    size = evaluation.truth.images.set_index("image_id").loc[image_id, ["width", "height"]]
    width, height = (int(side) for side in size)
    asked = [box for box in boxes if known.get((box["kind"], box["id"]))][:_MOST]
    rings = {(box["kind"], box["id"]): rings_of(known[box["kind"], box["id"]], width, height) for box in asked}
    return [box | {"mask": found} if (found := rings.get((box["kind"], box["id"]))) else box for box in boxes]


def _segmentations(evaluation: OpenEvaluation, image_id: int) -> dict[tuple[str, int], str]:
    """COCO's segmentation of each box that has one, by kind and id."""
    truths, _ = evaluation.on_images([image_id])
    masked = truths[truths["segmentation"] != ""]
    known = {
        ("truth", int(key)): str(shape)
        for key, shape in zip(masked["annotation_id"], masked["segmentation"], strict=True)
    }
    if evaluation.folder is not None:
        masks = read_masks(evaluation.folder, [image_id])
        known |= {
            ("detection", int(key)): str(shape)
            for key, shape in zip(masks["detection_id"], masks["outline"], strict=True)
        }
    return known
