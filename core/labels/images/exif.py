"""EXIF turns: from the image as stored (raw) to the image as displayed (upright).

Cameras store a turned image and note the turn. Some annotation tools apply the turn, some do not, so labels may refer
to either image. core.labels.reading.settling decides which.
"""

import json
from typing import Any, Final

import numpy as np
from PIL import Image
from pycocotools import mask as rle_masks

from core.boxes import Boxes
from core.coco.masks import MaskFaultError, read_mask

# Orientations that swap width and height.
SIDEWAYS: Final = (5, 6, 7, 8)
TURN_NAMES: Final = {
    2: "mirrored",
    3: "turned by 180°",
    4: "mirrored upside down",
    5: "mirrored and turned by 90°",
    6: "turned by 90°",
    7: "mirrored and turned by 90°",
    8: "turned by 90°",
}


_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Where Pillow keeps what may say again that the image is turned.
_MARKS: Final = frozenset({"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"})


def turned_upright(image: Image.Image, orientation: int) -> Image.Image:
    """The upright image, without EXIF data. (`ImageOps.exif_transpose` raises where it cannot write these again.)"""
    if orientation not in _TURNS:
        return image
    upright = image.transpose(_TURNS[orientation])
    upright.info = {key: value for key, value in image.info.items() if key not in _MARKS}
    return upright


def turn_boxes(boxes_xyxy: Boxes, orientation: int, raw_width: int, raw_height: int) -> Boxes:
    """Turns (N, 4) corners in px of the raw image into those of the upright image; swapped corners stay swapped."""
    x1, y1 = _turn_points(boxes_xyxy[:, 0], boxes_xyxy[:, 1], orientation, raw_width, raw_height)
    x2, y2 = _turn_points(boxes_xyxy[:, 2], boxes_xyxy[:, 3], orientation, raw_width, raw_height)
    # Mirroring swaps the left and right corners: swap them back, axis by axis.
    mirrors_x, mirrors_y = orientation in (2, 3, 6, 7), orientation in (3, 4, 7, 8)
    left, right = (x2, x1) if mirrors_x else (x1, x2)
    top, bottom = (y2, y1) if mirrors_y else (y1, y2)
    return np.stack([left, top, right, bottom], axis=1)


def turn_segmentation(segmentation: str, orientation: int, raw_width: int, raw_height: int) -> str:
    """Turns COCO's segmentation, as JSON, like the boxes; "" stays "".

    A mask that cannot be read, and run lengths that do not fill the image, become "".
    """
    if not segmentation:
        return ""
    try:
        shape: Any = json.loads(segmentation)
        if isinstance(shape, dict):
            return _turn_rle(shape, orientation, raw_width, raw_height)
        return _turn_polygons(shape, orientation, raw_width, raw_height)
    except (MaskFaultError, ValueError, TypeError, OverflowError, RecursionError):
        return ""


def _turn_polygons(shape: Any, orientation: int, raw_width: int, raw_height: int) -> str:
    turned = []
    for polygon in shape:
        points = np.asarray(polygon, dtype=np.float64).reshape(-1, 2)
        x, y = _turn_points(points[:, 0], points[:, 1], orientation, raw_width, raw_height)
        turned.append(np.stack([x, y], axis=1).ravel().tolist())
    return json.dumps(turned)


def _turn_points(
    x: np.ndarray, y: np.ndarray, orientation: int, width: int, height: int
) -> tuple[np.ndarray, np.ndarray]:
    # The upright position of a raw point, by orientation as in the EXIF standard's row and column tables.
    return {
        1: (x, y),
        2: (width - x, y),
        3: (width - x, height - y),
        4: (x, height - y),
        5: (y, x),
        6: (height - y, x),
        7: (height - y, width - x),
        8: (y, width - x),
    }[orientation]


def _turn_rle(shape: dict[str, Any], orientation: int, width: int, height: int) -> str:
    # pycocotools trusts the numbers: those that do not add up would be written beyond the mask.
    if read_mask(shape, width, height) is None:
        return ""
    counts = shape["counts"]
    rle = rle_masks.frPyObjects(shape, height, width) if isinstance(counts, list) else shape
    mask = rle_masks.decode(rle)
    if orientation in SIDEWAYS:
        mask = mask.T
    # Whether rows and columns run backwards after the transposition.
    flip_columns, flip_rows = orientation in (2, 3, 6, 7), orientation in (3, 4, 7, 8)
    mask = mask[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]
    encoded = rle_masks.encode(np.asfortranarray(mask))
    return json.dumps({"size": [int(side) for side in encoded["size"]], "counts": encoded["counts"].decode()})
