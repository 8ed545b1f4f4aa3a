"""Tells by masks and areas what the numbers of boxes mean: each object has two descriptions, which must agree."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from core.boxes import Boxes
from core.labels.formats.written import Frame, Layout, Unit, Written
from core.labels.reading.frames import to_px

# So many objects of a group are looked at.
_MOST: Final = 500
_AGREE_SHARE: Final = 0.05
_AGREE_PX: Final = 2.0
_SAME_AREA: Final = 0.01
_MOSTLY: Final = 0.9
_HALF: Final = 0.5
# One area may be wrong in itself; a mask has four numbers to agree.
_LEAST_AREAS: Final = 3
_LAYOUTS: Final = (Layout.CORNERS, Layout.CORNER_SIZE, Layout.CENTRE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskAgreement:
    """The frame in which boxes agree with their masks or areas, and of how many objects seen they do, and did."""

    frame: Frame
    seen: int
    agree: int
    agreed_before: int


def mask_agreement(part: Written, frame: Frame, rows: npt.NDArray[np.int64]) -> MaskAgreement | None:
    """Another frame of the same unit in which the boxes agree with their masks; None if `frame` is no worse.

    `rows` (N,) of the part. Only areas in px say something about boxes, and only those without a mask.
    """
    if not part.polygons and not part.areas:
        return None
    masked = [row for row in rows.tolist() if sum(map(len, part.polygons.get(row, ()))) > 1][:_MOST]
    measured = [row for row in rows.tolist() if row in part.areas and row not in part.polygons][:_MOST]
    measured = [row for row in measured if row not in part.run_lengths] if frame.unit is Unit.PX else []
    seen = len(masked) + len(measured)
    if not masked and len(measured) < _LEAST_AREAS:
        return None
    values = np.frombuffer(part.values, dtype=np.float64).reshape(-1, 4)
    extents = _extents(part, masked)
    areas = np.array([part.areas[row] for row in measured], dtype=np.float64)

    def agreeing(layout: Layout) -> int:
        other = Frame(layout=layout, unit=frame.unit)
        return _near(_boxes(values[masked], other), extents, other) + _alike(_boxes(values[measured], other), areas)

    before = agreeing(frame.layout)
    counts = {layout: agreeing(layout) for layout in _LAYOUTS if layout is not frame.layout}
    best = max(counts, key=lambda layout: counts[layout])
    if before > _HALF * seen or counts[best] < _MOSTLY * seen:
        return None
    best_frame = Frame(layout=best, unit=frame.unit)
    return MaskAgreement(frame=best_frame, seen=seen, agree=counts[best], agreed_before=before)


def _boxes(values: Boxes, frame: Frame) -> Boxes:
    """(N, 4) corners in the unit of the numbers."""
    ones = np.ones((len(values), 2)) * (100.0 if frame.unit is Unit.PERCENT else 1.0)
    return to_px(values, frame, ones)


def _extents(part: Written, rows: list[int]) -> Boxes:
    """(N, 4) the corners of the boxes round polygons."""
    extents = np.zeros((len(rows), 4))
    for number, row in enumerate(rows):
        points = np.concatenate([np.asarray(ring, dtype=np.float64) for ring in part.polygons[row]])
        x, y = points[0::2], points[1::2]
        extents[number] = x.min(), y.min(), x.max(), y.max()
    return extents


def _near(boxes: Boxes, extents: Boxes, frame: Frame) -> int:
    sides = np.maximum(extents[:, 2] - extents[:, 0], extents[:, 3] - extents[:, 1])
    least = _AGREE_PX if frame.unit is Unit.PX else 0.0
    return int((np.abs(boxes - extents).max(axis=1, initial=0) <= np.maximum(_AGREE_SHARE * sides, least)).sum())


def _alike(boxes: Boxes, areas: npt.NDArray[np.float64]) -> int:
    """How many of (N, 4) boxes have the stated area (N,)."""
    sides = boxes[:, 2:] - boxes[:, :2]
    is_box = (sides > 0).all(axis=1)
    return int((is_box & (np.abs(sides.prod(axis=1) - areas) <= _SAME_AREA * areas)).sum())
