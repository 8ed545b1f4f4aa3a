"""Masks of objects in px of the upright image, as COCO's segmentation in JSON."""

import json
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from core.coco.masks import FAR_OUTSIDE, is_far_outside, other_size
from core.labels.formats.written import Frame
from core.labels.images.exif import turn_segmentation
from core.labels.reading.frames import points_to_px
from core.labels.reading.part import Part

Shape = tuple[str, float]


@dataclass(slots=True, kw_only=True)
class Masks:
    """Segmentations and (N,) areas in px^2 by position ("" and NaN for none), and why masks of rows fit no image."""

    texts: list[str]
    areas: npt.NDArray[np.float64]
    unusable: dict[int, str] = field(default_factory=dict)


def masks_of(part: Part, rows: list[int]) -> Masks:
    """The segmentation and the area of each row.

    Left out are run lengths of another size than the image, because nothing says where they lie, and polygons that
    reach far outside of it.
    """
    written = part.written
    masks = Masks(texts=[""] * len(rows), areas=np.full(len(rows), np.nan))
    if not written.polygons and not written.run_lengths and not written.areas:
        return masks
    for position, row in enumerate(rows):
        masks.areas[position] = _scaled_area(part, row)
        if row in written.polygons:
            masks.texts[position], area = _polygons(part, row)
            # Where a COCO file states no area, its readers take the box's.
            if np.isnan(masks.areas[position]) and written.format != "coco":
                masks.areas[position] = area
            words = FAR_OUTSIDE
        elif row in written.run_lengths:
            masks.texts[position] = _run_lengths(part, row)
            width, height = part.image_sizes[written.entry[row]]
            words = other_size(width, height)
        else:
            continue
        if not masks.texts[position]:
            masks.unusable[row] = words
    return masks


def _scaled_area(part: Part, row: int) -> float:
    area = part.written.areas.get(row)
    return nan if area is None else float(area * part.settled.scale[row].prod())


def _polygons(part: Part, row: int) -> Shape:
    frame: Frame = part.settled.readings[part.settled.frame_of[row]].frame
    size = part.image_sizes[part.written.entry[row]]
    points = points_to_px(part.written.polygons[row], frame, size)
    if min(size) > 0 and is_far_outside(points, *size):
        return "", nan
    scaled = [np.asarray(polygon, dtype=np.float64).reshape(-1, 2) * part.settled.scale[row] for polygon in points]
    area = sum(_area(polygon) for polygon in scaled)
    text = json.dumps([np.round(polygon.reshape(-1), 3).tolist() for polygon in scaled])
    return _turned(part, row, text), area


def _run_lengths(part: Part, row: int) -> str:
    text = part.written.run_lengths[row]
    shape: Any = json.loads(text)
    width, height = part.image_sizes[part.written.entry[row]]
    expected = [width, height] if part.settled.is_raw[row] and part.is_on_its_side(row) else [height, width]
    if [int(side) for side in shape.get("size", [0, 0])] != [int(side) for side in expected]:
        return ""
    return _turned(part, row, text)


def _turned(part: Part, row: int, text: str) -> str:
    if not part.settled.is_raw[row]:
        return text
    width, height = part.image_sizes[part.written.entry[row]]
    orientation = part.orientations[part.written.entry[row]]
    raw = (height, width) if part.is_on_its_side(row) else (width, height)
    return turn_segmentation(text, orientation, int(raw[0]), int(raw[1]))


def _area(polygon: np.ndarray) -> float:
    x, y = polygon[:, 0], polygon[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
