"""Finds objects of two classes with almost the same box."""

from typing import Final

import numpy as np
import numpy.typing as npt

from core.boxes import paired_iou_xyxy
from core.labels.checks.check_input import Subject

# In the order of their left sides, each box is compared with at most this many that follow it. Only an image with
# thousands of boxes one above the other has more that could match.
_REACH: Final = 500

Rows = npt.NDArray[np.int64]


def first_rivals(subject: Subject, least_iou: float) -> Rows:
    """(N,) for each kept object the first earlier object of its image with another class and this IoU or more, or -1.

    Crowd regions are passed over. Boxes are sorted by image and left side: partners of an IoU above t differ there by
    at most (1 / t - 1) times the width, so that each object meets only its neighbours in that order.
    """
    annotations = subject.labels.annotations
    nobody = len(annotations)
    rivals = np.full(nobody, nobody, dtype=np.int64)
    considered = np.flatnonzero(subject.repaired.is_kept & ~annotations["is_crowd"].to_numpy(dtype=np.bool_))
    images = subject.image_rows[considered]
    boxes = subject.repaired.boxes_xyxy[considered]
    order = np.lexsort((boxes[:, 0], images))
    rows, images, boxes = considered[order], images[order], boxes[order]
    classes = annotations["category_id"].to_numpy()[rows]
    slack = (1 / max(least_iou, 0.1) - 1) * (boxes[:, 2] - boxes[:, 0])
    left = np.arange(len(rows))
    for step in range(1, _REACH):
        left = left[left + step < len(rows)]
        right = left + step
        near = (images[left] == images[right]) & (boxes[right, 0] - boxes[left, 0] <= slack[left])
        left, right = left[near], right[near]
        if not len(left):
            break
        differ = classes[left] != classes[right]
        first, second = left[differ], right[differ]
        same = paired_iou_xyxy(boxes[first], boxes[second]) >= least_iou
        some, others = rows[first[same]], rows[second[same]]
        np.minimum.at(rivals, np.maximum(some, others), np.minimum(some, others))
    return np.where(rivals == nobody, -1, rivals)
