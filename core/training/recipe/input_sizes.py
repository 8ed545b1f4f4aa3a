"""Computes the size of objects in network pixels as a function of the input size."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

# A box below 8 px is smaller than two cells of the finest feature map, below 16 px than the smallest anchors of the
# small model; COCO calls a box below 32 px small.
LIMITS_PX: Final = (8, 16, 32)
# Usual short sides.
_INPUTS: Final = tuple(range(128, 1345, 64))

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Of N objects, (N,): image index 0 to P - 1 and root of the area in px. Of P images, (P,): sides in px."""

    image: npt.NDArray[np.int64]
    object_px: Floats
    short_px: Floats
    long_px: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeShares:
    """The share of objects, 0 to 1, below each limit at each input size (short side in px)."""

    inputs: tuple[int, ...]
    below: dict[int, tuple[float, ...]]  # limit in px -> a share for each input
    chosen: int  # the input size of validation and use
    objects: int

    def at_chosen(self) -> dict[int, float]:
        """Limit in px -> the share below it at the chosen input size."""
        index = self.inputs.index(self.chosen)
        return {limit: shares[index] for limit, shares in self.below.items()}


def shares_below(sides: Sides, chosen: int, longest: float) -> SizeShares:
    """The shares at common input sizes and the chosen one.

    `longest`: Detectron2's cap of the long side, as a multiple of the short side.
    """
    inputs = tuple(sorted({*_INPUTS, chosen}))
    rows = [_shares(sides, side, longest) for side in inputs]
    below = {limit: tuple(row[index] for row in rows) for index, limit in enumerate(LIMITS_PX)}
    return SizeShares(inputs=inputs, below=below, chosen=chosen, objects=len(sides.image))


def _shares(sides: Sides, side: int, longest: float) -> list[float]:
    scale = np.minimum(side / sides.short_px, side * longest / sides.long_px)
    in_network = sides.object_px * scale[sides.image]
    return [float((in_network < limit).mean()) if len(in_network) else 0.0 for limit in LIMITS_PX]
