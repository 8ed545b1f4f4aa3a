"""Box arithmetic on arrays, numpy only. Anyone may import this.

All boxes are in absolute px of the upright image, in continuous coordinates: x grows to the right, y downwards. A box
covers [x1, x2) x [y1, y2), so its width is x2 - x1 (COCO's convention; no +1 as in the original Pascal VOC code).
"""

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.float64]


def xywh_to_xyxy(boxes_xywh: Boxes) -> Boxes:
    """Converts (N, 4) boxes x, y, width, height to (N, 4) corners."""
    boxes = np.asarray(boxes_xywh, dtype=np.float64).reshape(-1, 4).copy()
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def xyxy_to_xywh(boxes_xyxy: Boxes) -> Boxes:
    """Converts (N, 4) corners to (N, 4) boxes x, y, width, height: COCO's `bbox`."""
    boxes = np.asarray(boxes_xyxy, dtype=np.float64).reshape(-1, 4).copy()
    boxes[:, 2:] -= boxes[:, :2]
    return boxes


def cxcywh_to_xyxy(boxes_cxcywh: Boxes) -> Boxes:
    """Converts (N, 4) centres and sizes (YOLO) to (N, 4) corners in the same unit."""
    boxes = np.asarray(boxes_cxcywh, dtype=np.float64).reshape(-1, 4)
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)


def clip_xyxy(boxes_xyxy: Boxes, width: npt.ArrayLike, height: npt.ArrayLike) -> Boxes:
    """Clips (N, 4) corners to the image; `width` and `height` are scalars or (N,), in px."""
    boxes = np.asarray(boxes_xyxy, dtype=np.float64).reshape(-1, 4).copy()
    boxes[:, 0::2] = np.clip(boxes[:, 0::2], 0, np.asarray(width, dtype=np.float64).reshape(-1, 1))
    boxes[:, 1::2] = np.clip(boxes[:, 1::2], 0, np.asarray(height, dtype=np.float64).reshape(-1, 1))
    return boxes


def area_xyxy(boxes_xyxy: Boxes) -> npt.NDArray[np.float64]:
    """(N,) areas in px^2 of (N, 4) corners; a box with swapped corners has area 0."""
    boxes = np.asarray(boxes_xyxy, dtype=np.float64).reshape(-1, 4)
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return sides[:, 0] * sides[:, 1]


def paired_iou_xyxy(left_xyxy: Boxes, right_xyxy: Boxes) -> npt.NDArray[np.float64]:
    """(N,) IoU, 0 to 1, of two sets of (N, 4) corners, row by row; two empty boxes have 0."""
    left = np.asarray(left_xyxy, dtype=np.float64).reshape(-1, 4)
    right = np.asarray(right_xyxy, dtype=np.float64).reshape(-1, 4)
    sides = np.maximum(np.minimum(left[:, 2:], right[:, 2:]) - np.maximum(left[:, :2], right[:, :2]), 0)
    shared = sides[:, 0] * sides[:, 1]
    union = area_xyxy(left) + area_xyxy(right) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def iou_xyxy(left_xyxy: Boxes, right_xyxy: Boxes) -> npt.NDArray[np.float64]:
    """(M, N) IoU, 0 to 1, of (M, 4) and (N, 4) corners; two empty boxes have 0."""
    left = np.asarray(left_xyxy, dtype=np.float64).reshape(-1, 4)
    right = np.asarray(right_xyxy, dtype=np.float64).reshape(-1, 4)
    corner = np.maximum(left[:, None, :2], right[None, :, :2])
    far = np.minimum(left[:, None, 2:], right[None, :, 2:])
    sides = np.maximum(far - corner, 0)
    shared = sides[..., 0] * sides[..., 1]
    union = area_xyxy(left)[:, None] + area_xyxy(right)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
