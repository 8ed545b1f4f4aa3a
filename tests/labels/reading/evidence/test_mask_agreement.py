"""Evidence of masks and areas about boxes; the rule is held by test_rule_03_doubted_readings.py."""

import numpy as np
import pytest

from core.labels.formats.written import CORNER_SIZE_PX, CORNERS_PX, CORNERS_SHARE, Frame, Group, Written
from core.labels.reading.evidence.mask_agreement import mask_agreement


def part(frame: Frame, *objects: tuple[list[float], list[float] | None, float | None]) -> Written:
    """Objects of one image: four numbers, the corners of a mask, and an area."""
    written = Written(format="coco")
    group = written.add_group(Group(key="x", frame=frame))
    for values, mask, area in objects:
        polygons = None
        if mask:
            x1, y1, x2, y2 = mask
            polygons = [[x1, y1, x2, y1, x2, y2]]
        row = written.add(0, "cat", values, group=group, polygons=polygons)
        if area is not None:
            written.areas[row] = area
    return written


@pytest.mark.parametrize(
    ("frame", "objects", "found"),
    [
        (CORNER_SIZE_PX, [([10, 10, 50, 40], [10, 10, 50, 40], None)], CORNERS_PX),
        (CORNER_SIZE_PX, [([10, 10, 40, 30], [10, 10, 50, 40], None)], None),
        (CORNER_SIZE_PX, [([10, 10, 50, 40], None, 1200.0)] * 3, CORNERS_PX),
        (CORNER_SIZE_PX, [([10, 10, 50, 40], None, 1200.0)] * 2, None),
        (CORNERS_SHARE, [([0.4, 0.4, 0.2, 0.2], [0.4, 0.4, 0.6, 0.6], 7.0)], "corner-size-share"),
        (CORNER_SIZE_PX, [([10, 10, 50, 40], None, None)], None),
    ],
    ids=["corners", "as stated", "areas", "too few areas", "shares", "no evidence"],
)
def test_the_layout_in_which_boxes_agree_is_found(
    frame: Frame, objects: list[tuple[list[float], list[float] | None, float | None]], found: Frame | str | None
) -> None:
    evidence = mask_agreement(part(frame, *objects), frame, np.arange(len(objects)))
    expected = Frame(layout=CORNER_SIZE_PX.layout, unit=frame.unit) if isinstance(found, str) else found
    assert (evidence.frame if evidence else None) == expected
