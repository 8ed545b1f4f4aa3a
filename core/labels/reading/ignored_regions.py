"""Regions without a class, in px of the upright image."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.boxes import Boxes, clip_xyxy
from core.labels.formats.written import Frame, IgnoredRegion, Unit
from core.labels.images.exif import turn_boxes
from core.labels.reading.frames import to_px
from core.labels.reading.part import Part
from core.tables import IGNORED

_Corners = tuple[float, float, float, float]
# Corners in px, and the reason.
Region = tuple[_Corners, str]


def ignored_regions(parts: list[Part], image_id: Mapping[str, int]) -> pd.DataFrame:
    """The regions of all parts as core.tables.IGNORED, clipped to their images; one that lies outside is left out.

    They follow the objects of their group and image: read in the same frame, and scaled or turned where the boxes were.
    """
    rows: list[tuple[int, float, float, float, float, str]] = []
    for part in parts:
        frames = _frames(part) if part.written.ignored else {}
        for region in part.written.ignored:
            image = part.placed.images[region.entry]
            if image in image_id and region.group in frames:
                box = _in_image(part, region, frames[region.group])
                rows += [(image_id[image], *corners, region.reason) for corners in _with_area(box)]
    return pd.DataFrame(rows, columns=list(IGNORED)).astype(IGNORED).drop_duplicates(ignore_index=True)


def place_regions(part: Part, regions: Sequence[IgnoredRegion], frame: Frame) -> list[Region]:
    """Corners and reason of each region in a frame, clipped to its image; one that lies outside is left out."""
    placed = ((_with_area(_in_image(part, region, frame)), region.reason) for region in regions)
    return [(corners, reason) for boxes, reason in placed for corners in boxes]


def _frames(part: Part) -> dict[int, Frame]:
    """The frame of each group by its index: the one that it was read in, else that of its format."""
    read = {reading.key: reading.frame for reading in part.settled.readings if not reading.kind}
    frames = {number: read.get(group.key, group.frame) for number, group in enumerate(part.written.groups)}
    return {number: frame for number, frame in frames.items() if frame is not None}


def _in_image(part: Part, region: IgnoredRegion, frame: Frame) -> Boxes:
    """(1, 4) ordered corners in px of the upright image."""
    image = part.placed.images[region.entry]
    width, height = part.image_sizes[region.entry]
    size = np.array([[width, height]], dtype=np.float64)
    box = to_px(np.array([region.values]), frame, size)
    if frame.unit is Unit.PX:
        if claimed := part.settled.scaled.get(image):
            box = box * np.tile(size / claimed, 2)
        if part.settled.turned.get(image, (False, ""))[0]:
            raw = (height, width) if part.is_sideways(region.entry) else (width, height)
            box = turn_boxes(box, part.orientations[region.entry], *raw)
    ordered = np.concatenate([np.minimum(box[:, :2], box[:, 2:]), np.maximum(box[:, :2], box[:, 2:])], axis=1)
    return clip_xyxy(ordered, size[:, 0], size[:, 1])


def _with_area(box: Boxes) -> list[_Corners]:
    """The corners of a (1, 4) box; none if it has no area."""
    x1, y1, x2, y2 = box[0].tolist()
    return [(x1, y1, x2, y2)] if x2 > x1 and y2 > y1 else []
