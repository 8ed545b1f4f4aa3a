"""Frames against hand arithmetic: the box (10, 20)-(50, 40) in an image of 100 x 80 px."""

import numpy as np
import pytest

from core.labels.formats.written import Frame, Layout, Unit
from core.labels.reading.frames import FRAME_NAMES, frame_name, frame_words, points_to_px, to_px

WRITTEN = {
    Layout.CORNERS: (10, 20, 50, 40),
    Layout.CORNERS_XXYY: (10, 50, 20, 40),
    Layout.CORNERS_YXYX: (20, 10, 40, 50),
    Layout.CENTRE: (30, 30, 40, 20),
    Layout.CORNER_SIZE: (10, 20, 40, 20),
}
# The axis of each number: 0 along the width.
AXES = {Layout.CORNERS_XXYY: (0, 0, 1, 1), Layout.CORNERS_YXYX: (1, 0, 1, 0)}


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize(("unit", "scale"), [(Unit.PX, 0.0), (Unit.SHARE, 1.0), (Unit.PERCENT, 100.0)])
def test_every_frame_gives_corners_in_px(layout: Layout, unit: Unit, scale: float) -> None:
    sides = [(100, 80)[axis] for axis in AXES.get(layout, (0, 1, 0, 1))]
    values = [value / side * scale if scale else value for value, side in zip(WRITTEN[layout], sides, strict=True)]
    boxes = to_px(np.array([values]), Frame(layout=layout, unit=unit), np.array([[100.0, 80.0]]))
    assert boxes.tolist() == [pytest.approx([10, 20, 50, 40])]


@pytest.mark.parametrize("name", FRAME_NAMES)
def test_every_name_leads_to_a_frame_with_words(name: str) -> None:
    assert FRAME_NAMES[frame_name(FRAME_NAMES[name])] == FRAME_NAMES[name]
    assert frame_words(FRAME_NAMES[name])


def test_points_are_scaled_by_their_axis() -> None:
    share = Frame(layout=Layout.CORNERS, unit=Unit.SHARE)
    assert points_to_px([[0.1, 0.5, 1, 1]], share, (100, 80)) == [[10, 40, 100, 80]]
    assert points_to_px([[1, 2, 3, 4]], Frame(layout=Layout.CORNERS, unit=Unit.PX), (100, 80)) == [[1, 2, 3, 4]]
