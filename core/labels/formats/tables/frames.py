"""What the numbers of a table's boxes are, as far as its header and their size say it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.boxes import Boxes
from core.labels.formats.written import Frame, Layout, Unit

# In px nearly every box has a number above 1.5; a share stays below 1.1 even where a box leaves the image a little.
_ABOVE_SHARES: Final = 1.5
_SLACK: Final = 0.1
_MOST: Final = 0.9
_RIVALS: Final = {
    Layout.CORNERS: (Layout.CORNER_SIZE, Layout.CORNERS_XXYY, Layout.CORNERS_YXYX, Layout.CENTRE),
    Layout.CORNERS_XXYY: (Layout.CORNERS, Layout.CORNERS_YXYX),
    Layout.CORNERS_YXYX: (Layout.CORNERS, Layout.CORNERS_XXYY),
    Layout.CORNER_SIZE: (Layout.CENTRE, Layout.CORNERS),
    Layout.CENTRE: (Layout.CORNER_SIZE, Layout.CORNERS),
}


@dataclass(slots=True, kw_only=True)
class Numbers:
    """How many rows of a group there are, how many have a number far above 1, and how many only shares."""

    rows: int = 0
    large: int = 0
    shares: int = 0
    has_fractions: bool = False

    def add(self, values: Boxes) -> None:
        """Counts the rows of (N, 4) finite numbers."""
        self.rows += len(values)
        self.large += int(np.count_nonzero(np.abs(values).max(axis=1) > _ABOVE_SHARES)) if len(values) else 0
        is_share = ((values >= -_SLACK) & (values <= 1 + _SLACK)).all(axis=1)
        self.shares += int(np.count_nonzero(is_share))
        self.has_fractions |= bool((values[is_share] % 1 != 0).any())

    @property
    def unit(self) -> Unit | None:
        """The unit that nine tenths of the rows can only have; None if they have two, or only 0 and 1."""
        if self.large >= _MOST * self.rows:
            return Unit.PX
        return Unit.SHARE if self.shares >= _MOST * self.rows and self.has_fractions else None


def frames_of(
    layouts: tuple[Layout, ...], numbers: Numbers, *, unit: Unit | None = None, is_stated: bool = True
) -> tuple[Frame | None, tuple[Frame, ...]]:
    """The frame as header and numbers say it, None if they leave it open, and what else the numbers may be.

    `layouts` are what the columns may be, the likeliest first; `is_stated` says that the first is written in the file.
    `unit` as written in the file.
    """
    if is_stated:
        layouts = (layouts[0], *_RIVALS[layouts[0]])
    unit = unit or numbers.unit
    units = (unit,) if unit else (Unit.PX, Unit.SHARE)
    if unit and numbers.unit and numbers.unit is not unit:
        units = (unit, numbers.unit)
    frames = tuple(Frame(layout=layout, unit=each) for layout in layouts for each in units)
    return (frames[0], frames[1:]) if unit and is_stated else (None, frames)


def words_of(numbers: Numbers) -> str:
    """What the numbers of the boxes look like, in words."""
    if not numbers.rows:
        return "no boxes"
    if numbers.unit is Unit.PX:
        return f"{numbers.large:,} of {numbers.rows:,} boxes have numbers above 1"
    return f"{numbers.shares:,} of {numbers.rows:,} boxes have all numbers from 0 to 1"
