"""Regions without a class, in px of the upright image."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.boxes import Boxes, clip_xyxy
from core.labels.formats.written import Frame, IgnoredRegion, Unit
from core.labels.images.exif import turn_boxes
from core.labels.reading.frames import to_px
from core.labels.reading.part import Part
from core.tables import IGNORED

_Row = tuple[int, float, float, float, float, str]


def ignored_regions(parts: list[Part], image_id: Mapping[str, int]) -> pd.DataFrame:
    """The regions of all parts as core.tables.IGNORED, clipped to their images; one that lies outside is left out.

    They follow the objects of their image: scaled or turned where its boxes were.
    """
    rows: list[_Row] = []
    for part in parts:
        for region in part.written.ignored:
            image = part.placed.images[region.entry]
            frame = part.written.groups[region.group].frame
            if image in image_id and frame is not None:
                rows += _row(image_id[image], _in_image(part, region, frame, image), region.reason)
    return pd.DataFrame(rows, columns=list(IGNORED)).astype(IGNORED).drop_duplicates(ignore_index=True)


def _in_image(part: Part, region: IgnoredRegion, frame: Frame, image: str) -> Boxes:
    """(1, 4) ordered corners in px of the upright image."""
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


def _row(image: int, box: Boxes, reason: str) -> list[_Row]:
    x1, y1, x2, y2 = box[0].tolist()
    return [(image, x1, y1, x2, y2, reason)] if x2 > x1 and y2 > y1 else []
