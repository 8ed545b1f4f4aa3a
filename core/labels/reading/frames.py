"""Turns numbers as written into corners in px, under a frame: layout and unit."""

from typing import Final

import numpy as np
import numpy.typing as npt

from core.boxes import Boxes, cxcywh_to_xyxy, xywh_to_xyxy
from core.labels.formats.written import (
    CENTRE_PX,
    CENTRE_SHARE,
    CORNERS_PX,
    CORNERS_SHARE,
    Frame,
    Layout,
    Unit,
)

# The names of frames on the command line. The first four are older than the others.
FRAME_NAMES: Final = {"absolute": CORNERS_PX, "normalised": CENTRE_SHARE, "absolute-centre": CENTRE_PX,
                      "normalised-corners": CORNERS_SHARE} | {
    f"{layout}-{unit}": Frame(layout=layout, unit=unit) for layout in Layout for unit in Unit
}  # fmt: skip
_LAYOUT_WORDS: Final = {
    Layout.CORNERS: "corners",
    Layout.CENTRE: "centre and size",
    Layout.CORNER_SIZE: "first corner and size",
    Layout.CORNERS_XXYY: "corners x1 x2 y1 y2",
    Layout.CORNERS_YXYX: "corners y1 x1 y2 x2",
}
_LAYOUT_HELP: Final = {
    Layout.CORNERS: "left, top, right and bottom of the box",
    Layout.CENTRE: "x and y of the box's centre, its width and height",
    Layout.CORNER_SIZE: "left and top of the box, its width and height",
    Layout.CORNERS_XXYY: "left, right, top and bottom of the box",
    Layout.CORNERS_YXYX: "top, left, bottom and right of the box",
}
_UNIT_HELP: Final = {
    Unit.PX: "in pixels of the image",
    Unit.SHARE: "as shares of the image's width and height, 0 to 1",
    Unit.PERCENT: "in per cent of the image's width and height",
}
_UNIT_WORDS: Final = {Unit.PX: "in pixels", Unit.SHARE: "from 0 to 1", Unit.PERCENT: "in per cent"}
_ORDERS: Final = {Layout.CORNERS_XXYY: [0, 2, 1, 3], Layout.CORNERS_YXYX: [1, 0, 3, 2]}
_SCALE: Final = {Unit.PX: 0.0, Unit.SHARE: 1.0, Unit.PERCENT: 100.0}


def frame_words(frame: Frame) -> str:
    """A frame in words: `corners in pixels`."""
    return f"{_LAYOUT_WORDS[frame.layout]} {_UNIT_WORDS[frame.unit]}"


def frame_help(frame: Frame) -> str:
    """What the four numbers of an object are in a frame, as a sentence."""
    return f"The four numbers are {_LAYOUT_HELP[frame.layout]}, {_UNIT_HELP[frame.unit]}."


def frame_name(frame: Frame) -> str:
    """A frame's name on the command line; the older name where there are two."""
    return next(name for name, other in FRAME_NAMES.items() if other == frame)


def to_px(values: Boxes, frame: Frame, sizes_wh: npt.NDArray[np.float64]) -> Boxes:
    """(N, 4) corners in px from (N, 4) numbers in a frame; `sizes_wh` (N, 2) in px."""
    boxes = np.asarray(values, dtype=np.float64).reshape(-1, 4)
    if frame.layout is Layout.CENTRE:
        boxes = cxcywh_to_xyxy(boxes)
    elif frame.layout is Layout.CORNER_SIZE:
        boxes = xywh_to_xyxy(boxes)
    elif order := _ORDERS.get(frame.layout):
        boxes = boxes[:, order]
    if scale := _SCALE[frame.unit]:
        boxes = boxes * np.tile(sizes_wh / scale, 2)
    return boxes


def points_to_px(points: list[list[float]], frame: Frame, size_wh: tuple[float, float]) -> list[list[float]]:
    """Polygons as flat lists x, y, … in px, from numbers in the frame's unit."""
    scale = _SCALE[frame.unit]
    if not scale:
        return points
    width, height = size_wh[0] / scale, size_wh[1] / scale
    return [[value * (height if index % 2 else width) for index, value in enumerate(part)] for part in points]
