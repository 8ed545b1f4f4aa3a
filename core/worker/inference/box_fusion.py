"""Weighted boxes fusion (Solovyev et al. 2021): the boxes of several views of an image -> one set of boxes.

Non-maximum suppression keeps the box of the highest score. Fusion averages the boxes: corners weighted by score, and
the score over all views, so a box seen in one view only scores lower.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from detectron2.structures import Boxes, pairwise_iou


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewBoxes:
    """The boxes of one view: (N, 4) corners x1 y1 x2 y2 in px, (N,) scores 0 to 1 and (N,) class indices."""

    boxes: npt.NDArray[np.floating]
    scores: npt.NDArray[np.floating]
    classes: npt.NDArray[np.integer]


def fuse(views: Sequence[ViewBoxes], iou: float, most: int) -> ViewBoxes:
    """The views fused: at most `most` boxes, highest score first.

    From the highest score down, each box is grouped with the free box of its class in every other view that overlaps it
    most, by an IoU of at least `iou`. The box of the highest score gives the group's class.
    """
    boxes = np.concatenate([view.boxes for view in views]).astype(np.float64).reshape(-1, 4)
    scores = np.concatenate([view.scores for view in views]).astype(np.float64)
    classes = np.concatenate([view.classes for view in views])
    view_of = np.repeat(np.arange(len(views)), [len(view.scores) for view in views])
    corners = Boxes(torch.from_numpy(boxes))
    overlaps = pairwise_iou(corners, corners).numpy()
    overlaps[(overlaps < iou) | (classes[:, None] != classes) | (view_of[:, None] == view_of)] = 0
    free = np.ones(len(scores), dtype=bool)
    fused, sums, fused_classes = [], [], []
    for index in np.argsort(-scores, kind="stable"):
        if not free[index]:
            continue
        group = [index, *_partners(overlaps[index] * free, view_of)]
        free[group] = False
        fused.append(np.average(boxes[group], axis=0, weights=scores[group]))
        sums.append(scores[group].sum())
        fused_classes.append(classes[index])
    means = np.array(sums) / len(views)
    order = np.argsort(-means, kind="stable")[:most]
    return ViewBoxes(
        boxes=np.array(fused).reshape(-1, 4)[order],
        scores=means[order],
        classes=np.array(fused_classes, dtype=np.int64)[order],
    )


def _partners(overlap: npt.NDArray[np.floating], view_of: npt.NDArray[np.integer]) -> list[int]:
    """The index of the box in each view that overlaps most. Args: (N,) IoU of each box, (N,) its view."""
    closest: dict[int, int] = {}
    for index in np.flatnonzero(overlap):
        view = int(view_of[index])
        if view not in closest or overlap[index] > overlap[closest[view]]:
            closest[view] = int(index)
    return list(closest.values())
