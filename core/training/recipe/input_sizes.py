"""How large objects are in the network, as a function of the input size."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

# Below 8 px a box is no larger than two cells of the finest feature map, below 16 than the smallest anchors of the
# small model, below 32 COCO calls it small.
LIMITS_PX: Final = (8, 16, 32)
# Short sides that people train with.
_INPUTS: Final = tuple(range(128, 1345, 64))

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Objects (N,): the image each is on (0 to P - 1) and the root of its area in px. Images (P,): sides in px."""

    image: npt.NDArray[np.int64]
    object_px: Floats
    short_px: Floats
    long_px: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeShares:
    """For each input size (short side in px): the share of objects, 0 to 1, that are smaller than each limit there."""

    inputs: tuple[int, ...]
    below: dict[int, tuple[float, ...]]  # limit in px -> a share for each input
    chosen: int  # the input size of validation and use
    objects: int

    def at_chosen(self) -> dict[int, float]:
        """Limit in px -> the share below it at the chosen input size."""
        place = self.inputs.index(self.chosen)
        return {limit: shares[place] for limit, shares in self.below.items()}


def shares_below(sides: Sides, chosen: int, longest: float) -> SizeShares:
    """The shares over common input sizes and the chosen one.

    `longest`: how many times the short side the long one may be, as Detectron2 caps it.
    """
    inputs = tuple(sorted({*_INPUTS, chosen}))
    rows = [_shares(sides, side, longest) for side in inputs]
    below = {limit: tuple(row[place] for row in rows) for place, limit in enumerate(LIMITS_PX)}
    return SizeShares(inputs=inputs, below=below, chosen=chosen, objects=len(sides.image))


def _shares(sides: Sides, side: int, longest: float) -> list[float]:
    scale = np.minimum(side / sides.short_px, side * longest / sides.long_px)
    in_network = sides.object_px * scale[sides.image]
    return [float((in_network < limit).mean()) if len(in_network) else 0.0 for limit in LIMITS_PX]
