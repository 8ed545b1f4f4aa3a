"""Counts the repairs that boxes would need in their images: the measure by which a reading is doubted (rule 3)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from core.boxes import Boxes, clip_xyxy

Mask = npt.NDArray[np.bool_]
# A smaller change is rounding: of 0.5 px, or of 1 % of the box's side.
REPAIR_PX: Final = 0.5
REPAIR_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairsNeeded:
    """(N,) whether each box would have its corners swapped, be dropped, be clipped, or has a side under one px."""

    swapped: Mask
    dropped: Mask
    clipped: Mask
    tiny: Mask

    @property
    def any(self) -> Mask:
        """(N,) whether a box needs any repair."""
        return self.swapped | self.dropped | self.clipped | self.tiny

    @property
    def spoilt(self) -> Mask:
        """(N,) whether a box would be dropped or have its corners swapped."""
        return self.swapped | self.dropped


def repairs_needed(boxes_xyxy: Boxes, sizes_wh: npt.NDArray[np.float64]) -> RepairsNeeded:
    """The repairs that (N, 4) corners in px need in images of (N, 2) sizes in px. A size of 0 is unknown: no limit."""
    is_sized = np.asarray((sizes_wh > 0).all(axis=1), dtype=np.bool_)
    limits = np.where(is_sized[:, None], sizes_wh, np.inf)
    sides = boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]
    swapped: Mask = np.asarray((sides < 0).any(axis=1), dtype=np.bool_)
    ordered = np.concatenate(
        [np.minimum(boxes_xyxy[:, :2], boxes_xyxy[:, 2:]), np.maximum(boxes_xyxy[:, :2], boxes_xyxy[:, 2:])], axis=1
    )
    clipped = clip_xyxy(ordered, limits[:, 0], limits[:, 1])
    change = np.abs(clipped - ordered).reshape(-1, 2, 2).max(axis=1)
    over = ((change >= REPAIR_PX) & (change >= REPAIR_SHARE * np.abs(sides))).any(axis=1)
    left = clipped[:, 2:] - clipped[:, :2]
    # A box without an area as written is a fault of its own; no other reading gives it one.
    dropped = (left <= 0).any(axis=1) & (sides != 0).all(axis=1)
    tiny = ((left > 0) & (left < 1)).any(axis=1) & ~dropped
    # One pixel of an image of one pixel is no speck.
    tiny &= ((limits > 1) | (left < 1)).all(axis=1) & ~((sides == 0).any(axis=1))
    return RepairsNeeded(swapped=swapped, dropped=dropped, clipped=over & ~dropped, tiny=tiny)
