"""Decides what the four numbers of a label line mean, from all lines together."""

import json
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from core.boxes import Boxes, cxcywh_to_xyxy
from core.labels.formats.base import COORDINATES

NORMALISED: Final = ("normalised", "normalised-corners")
_CENTRES: Final = ("normalised", "absolute-centre")
# Boxes at the border are often written a little outside the image.
_SLACK: Final = 0.05
_WORDS: Final = {
    "absolute": "corners in pixels",
    "normalised": "centre and size from 0 to 1",
    "absolute-centre": "centre and size in pixels",
    "normalised-corners": "corners from 0 to 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One of COORDINATES without auto, the reason as a sentence, and (N,) whether each line misfits."""

    coordinates: str
    evidence: str
    misfits: npt.NDArray[np.bool_]

    @property
    def is_normalised(self) -> bool:
        """Whether the numbers are shares of the image's width and height."""
        return self.coordinates in NORMALISED


def decide(values: Boxes, asked: str = "auto", default: str = "absolute") -> Frame:
    """The frame of (N, 4) numbers as written: `asked`, else the one that most lines fit.

    `default` is used if there is no line. A misfit is a line that clearly has the other unit.
    """
    values = np.asarray(values, dtype=np.float64).reshape(-1, 4)
    count = len(values)
    if asked in COORDINATES and asked != "auto":
        return Frame(
            coordinates=asked, evidence=f"Read as {_WORDS[asked]}, as chosen.", misfits=_misfits(values, asked)
        )
    if count == 0:
        return Frame(
            coordinates=default,
            evidence=f"No object is written; {_WORDS[default]} assumed.",
            misfits=np.zeros(0, dtype=np.bool_),
        )
    small = int(np.count_nonzero(_looks_normalised(values)))
    if small * 2 <= count:
        largest = f"{values.max():g}"
        evidence = f"{count - small:,} of {count:,} objects have values above 1 (up to {largest}): corners in pixels."
        return Frame(coordinates="absolute", evidence=evidence, misfits=_misfits(values, "absolute"))
    frame = "normalised-corners" if _are_corners(values) else "normalised"
    evidence = f"{small:,} of {count:,} objects have all values from 0 to 1: {_WORDS[frame]}."
    return Frame(coordinates=frame, evidence=evidence, misfits=_misfits(values, frame))


def to_pixels(values: Boxes, coordinates: str, width: npt.ArrayLike, height: npt.ArrayLike) -> Boxes:
    """(N, 4) corners in px from (N, 4) numbers in a frame; `width`, `height` (N,) in px, for normalised frames."""
    boxes = np.asarray(values, dtype=np.float64).reshape(-1, 4)
    if coordinates in _CENTRES:
        boxes = cxcywh_to_xyxy(boxes)
    if coordinates in NORMALISED:
        boxes = boxes * np.stack([width, height, width, height], axis=1)
    return boxes


def polygon_px(points: tuple[float, ...], size: tuple[int, int]) -> tuple[float, str]:
    """The area in px^2 (shoelace formula) and COCO segmentation of points x, y, … times `size` (width, height)."""
    scaled = np.asarray(points, dtype=np.float64).reshape(-1, 2) * np.asarray(size, dtype=np.float64)
    x, y = scaled[:, 0], scaled[:, 1]
    area = abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
    return area, json.dumps([np.round(scaled.reshape(-1), 3).tolist()])


def _looks_normalised(values: Boxes) -> npt.NDArray[np.bool_]:
    inside = (values >= -_SLACK) & (values <= 1 + _SLACK)
    return np.asarray(inside.all(axis=1))


def _misfits(values: Boxes, frame: str) -> npt.NDArray[np.bool_]:
    if frame in NORMALISED:
        return np.asarray((np.abs(values) > 2).any(axis=1))
    fractions = (values != np.round(values)).any(axis=1)
    return np.asarray(_looks_normalised(values) & fractions)


def _are_corners(values: Boxes) -> bool:
    """Whether normalised numbers (N, 4) are corners: in order, and as centre and size they would leave the image."""
    inside = _looks_normalised(cxcywh_to_xyxy(values))
    ordered = (values[:, 2:] > values[:, :2]).all(axis=1)
    return bool(np.mean(ordered) > 0.9 and np.mean(inside) < 0.9)
