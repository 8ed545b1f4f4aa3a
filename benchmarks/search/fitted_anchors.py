"""Anchors of the region proposal network that fit the boxes of a data set.

After J. Redmon and A. Farhadi, YOLO9000 (arXiv:1612.08242), section 2: shapes come from the training boxes and not from
COCO. Here they are three ratios and one shift of the sizes, so that any model with Detectron2's anchors takes them.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

# With fewer boxes the quantiles say little.
FEWEST_BOXES: Final = 50
_RATIO_QUANTILES: Final = (1 / 6, 1 / 2, 5 / 6)
_DIGITS: Final = 3


def fitted_anchors(
    widths: ArrayLike, heights: ArrayLike, sizes: Sequence[float]
) -> tuple[list[list[float]], list[float]] | None:
    """Sizes per level and ratios (height by width) for boxes in px of the network's input; None below 50 boxes.

    `sizes`: the model's, one a level, each twice the one before. All are shifted by one factor between 0.7 and 1.4, so
    that the median box has the size of an anchor.
    """
    width, height = np.asarray(widths, float), np.asarray(heights, float)
    kept = (width > 0) & (height > 0)
    if kept.sum() < FEWEST_BOXES:
        return None
    width, height = width[kept], height[kept]
    octaves = float(np.median(np.log2(np.sqrt(width * height) / sizes[0])))
    factor = 2.0 ** (octaves - round(octaves))
    ratios = np.quantile(height / width, _RATIO_QUANTILES)
    return [[round(size * factor, 1)] for size in sizes], [round(float(ratio), _DIGITS) for ratio in ratios]
