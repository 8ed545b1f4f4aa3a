"""Weighted boxes fusion (Solovyev et al. 2021): several looks at one image -> one set of boxes. core.worker only.

Where non-maximum suppression keeps the surest of several boxes, here they are averaged: the corners by score, and the
score over all looks, so that what only one of them sees sinks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from detectron2.structures import Boxes, pairwise_iou


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one look found: (N, 4) corners in px, (N,) scores and (N,) classes."""

    boxes: npt.NDArray[np.floating]
    scores: npt.NDArray[np.floating]
    classes: npt.NDArray[np.integer]


def fuse(views: Sequence[Found], iou: float, most: int) -> Found:
    """The looks as one: at most `most` boxes, highest score first.

    From the highest score down, each box takes from every other look the free one of its class that overlaps it most,
    by an IoU of at least `iou`. The surest box of a group gives its class.
    """
    boxes = np.concatenate([view.boxes for view in views]).astype(np.float64).reshape(-1, 4)
    scores = np.concatenate([view.scores for view in views]).astype(np.float64)
    classes = np.concatenate([view.classes for view in views])
    view_of = np.repeat(np.arange(len(views)), [len(view.scores) for view in views])
    corners = Boxes(torch.from_numpy(boxes))
    overlaps = pairwise_iou(corners, corners).numpy()
    overlaps[(overlaps < iou) | (classes[:, None] != classes) | (view_of[:, None] == view_of)] = 0
    free = np.ones(len(scores), dtype=bool)
    fused, sums, kinds = [], [], []
    for place in np.argsort(-scores, kind="stable"):
        if not free[place]:
            continue
        group = [place, *_partners(overlaps[place] * free, view_of)]
        free[group] = False
        fused.append(np.average(boxes[group], axis=0, weights=scores[group]))
        sums.append(scores[group].sum())
        kinds.append(classes[place])
    means = np.array(sums) / len(views)
    order = np.argsort(-means, kind="stable")[:most]
    return Found(
        boxes=np.array(fused).reshape(-1, 4)[order], scores=means[order], classes=np.array(kinds, dtype=np.int64)[order]
    )


def _partners(overlap: npt.NDArray[np.floating], view_of: npt.NDArray[np.integer]) -> list[int]:
    """The box of each look that overlaps most; none of a look where none does."""
    closest: dict[int, int] = {}
    for place in np.flatnonzero(overlap):
        view = int(view_of[place])
        if view not in closest or overlap[place] > overlap[closest[view]]:
            closest[view] = int(place)
    return list(closest.values())
