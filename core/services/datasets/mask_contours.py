"""The masks of a data set's objects on one image, for the viewer."""

from typing import Final

from core.evaluation.mask_contours import rings_of
from core.services.datasets.opened import OpenVersion

# Tracing a mask takes about a millisecond, and nobody views more masks at once.
_MOST: Final = 400


def object_masks(opened: OpenVersion, image_id: int) -> dict[int, list[list[float]]]:
    """Annotation id -> rings in px (core.evaluation.mask_contours), for at most 400 objects with a mask."""
    objects = opened.labels.annotations
    masked = objects[(objects["image_id"] == image_id) & (objects["segmentation"] != "")].head(_MOST)
    if masked.empty:
        return {}
    size = opened.labels.images.set_index("image_id").loc[image_id, ["width", "height"]]
    width, height = (int(side) for side in size)
    pairs = zip(masked["annotation_id"], masked["segmentation"], strict=True)
    rings = {int(key): rings_of(str(shape), width, height) for key, shape in pairs}
    return {key: contours for key, contours in rings.items() if contours}
