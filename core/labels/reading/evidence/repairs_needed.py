"""Counts the repairs that boxes would need in their images: the measure by which a reading is doubted (rule 3)."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from core.boxes import Boxes

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
    is_sized = (sizes_wh[:, 0] > 0) & (sizes_wh[:, 1] > 0)
    x, y = (
        _Sides.of(boxes_xyxy[:, axis], boxes_xyxy[:, axis + 2], np.where(is_sized, sizes_wh[:, axis], np.inf))
        for axis in (0, 1)
    )
    # A box without an area as written is another fault; no other reading gives it one.
    has_area = (x.written != 0) & (y.written != 0)
    dropped = ((x.left <= 0) | (y.left <= 0)) & has_area
    # One pixel of an image of one pixel is no speck.
    tiny = (x.is_tiny | y.is_tiny) & ~x.is_one_px & ~y.is_one_px & ~dropped & has_area
    return RepairsNeeded(
        swapped=(x.written < 0) | (y.written < 0), dropped=dropped, clipped=(x.is_cut | y.is_cut) & ~dropped, tiny=tiny
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """(N,) one side of boxes: its length in px as written (below 0: swapped), and what is `left` of it in the image.

    By axis: numpy reduces rows of two values some ten times slower than it combines two columns.
    """

    written: npt.NDArray[np.float64]
    left: npt.NDArray[np.float64]
    is_cut: Mask
    is_tiny: Mask
    is_one_px: Mask

    @classmethod
    def of(
        cls, first: npt.NDArray[np.float64], second: npt.NDArray[np.float64], limit: npt.NDArray[np.float64]
    ) -> Self:
        written = second - first
        low, high = np.minimum(first, second), np.maximum(first, second)
        inner_low, inner_high = np.clip(low, 0, limit), np.clip(high, 0, limit)
        change = np.maximum(np.abs(inner_low - low), np.abs(inner_high - high))
        left = inner_high - inner_low
        return cls(
            written=written,
            left=left,
            is_cut=(change >= REPAIR_PX) & (change >= REPAIR_SHARE * np.abs(written)),
            is_tiny=(left > 0) & (left < 1),
            is_one_px=(limit <= 1) & (left >= 1),
        )
