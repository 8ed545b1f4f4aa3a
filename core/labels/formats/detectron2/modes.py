"""Detectron2's box modes: how they are written, and what their numbers are."""

import re
from enum import StrEnum
from typing import Any, Final

from core.coco.values import number
from core.labels.formats.written import (
    CORNER_SIZE_PX,
    CORNER_SIZE_SHARE,
    CORNERS_PX,
    CORNERS_SHARE,
    Frame,
)


class Mode(StrEnum):
    """Detectron2's `BoxMode`, by its number; NONE for an object that states no mode."""

    XYXY_ABS = "XYXY_ABS"
    XYWH_ABS = "XYWH_ABS"
    XYXY_REL = "XYXY_REL"
    XYWH_REL = "XYWH_REL"
    XYWHA_ABS = "XYWHA_ABS"
    NONE = "no bbox_mode"

    @property
    def frame(self) -> Frame | None:
        """What four numbers mean; turned boxes are written as the corners round them."""
        return _FRAMES.get(self)

    @property
    def rivals(self) -> tuple[Frame, ...]:
        """What the numbers of a wrong mode may mean, the likeliest first."""
        if self is Mode.XYWHA_ABS:
            return ()
        return tuple(frame for frame in _RIVALS if frame != self.frame)

    @property
    def words(self) -> str:
        """The mode's boxes in words."""
        return f"boxes with {self.value}" if self is Mode.NONE else f"boxes with bbox_mode {self.value}"


_FRAMES: Final = {
    Mode.XYXY_ABS: CORNERS_PX,
    Mode.XYWH_ABS: CORNER_SIZE_PX,
    Mode.XYXY_REL: CORNERS_SHARE,
    Mode.XYWH_REL: CORNER_SIZE_SHARE,
    Mode.XYWHA_ABS: CORNERS_PX,
}
_RIVALS: Final = (CORNERS_PX, CORNER_SIZE_PX, CORNERS_SHARE, CORNER_SIZE_SHARE)
_BY_NUMBER: Final = tuple(_FRAMES)
# str() and repr() of the enumeration: BoxMode.XYWH_ABS and <BoxMode.XYWH_ABS: 1>.
_NAMED: Final = re.compile(r"<?\s*(?:BoxMode\.)?(XY[A-Z]{2,3}_(?:ABS|REL))\s*(?::\s*\d\s*>)?")


def mode_of(value: Any) -> Mode | None:
    """The mode of a `bbox_mode`: a number, its text, or the enumeration as Python shows it; None for anything else."""
    if value is None:
        return Mode.NONE
    if isinstance(value, str) and (match := _NAMED.fullmatch(value.strip())):
        return Mode(match[1]) if match[1] in set(_BY_NUMBER) else None
    place = number(value)
    return _BY_NUMBER[int(place)] if place is not None and place in range(len(_BY_NUMBER)) else None
