"""Contours of masks for drawing: COCO polygons and run lengths -> rings in px.

hotcoco decodes and checks run lengths, which may come from an untrusted file. contourpy traces them.
"""

import json
from typing import Any, Final

import contourpy
import hotcoco
import numpy as np
import numpy.typing as npt

# A ring of this many points is smooth at every zoom, and an image with hundreds of objects is still quick to send.
_POINTS: Final = 240
_RINGS: Final = 24
# Larger masks are not decoded: a mask is as large as its image.
_LARGEST_PX: Final = 64_000_000

Ring = npt.NDArray[np.float64]  # (N, 2) x and y in px


def rings_of(segmentation: str, width: int, height: int) -> list[list[float]]:
    """The closed lines round an object, each as x1, y1, x2, y2, … in px; [] for an empty or invalid mask.

    At most 24 rings, the longest ones, of at most 240 points each, rounded to a tenth of a pixel. Holes are rings
    too, so fill by the even-odd rule.

    Args: segmentation is COCO's as JSON (core.tables.ANNOTATIONS, or core.evaluation.scores.mask_scores.MASK); width
    and height are the image's in px.
    """
    try:
        shape = json.loads(segmentation) if segmentation else []
        rings = _traced(shape, width, height) if isinstance(shape, dict) else [_points(polygon) for polygon in shape]
    except (TypeError, ValueError, KeyError):
        return []
    rings = sorted((ring for ring in rings if len(ring) > 2), key=len, reverse=True)
    return [np.round(_thinned(ring), 1).reshape(-1).tolist() for ring in rings[:_RINGS]]


def _traced(run_lengths: dict[str, Any], width: int, height: int) -> list[Ring]:
    """The contours (N, 2) of a mask. Raises ValueError for run lengths of another size."""
    if list(run_lengths["size"]) != [height, width] or width * height > _LARGEST_PX:
        raise ValueError("These run lengths are not of this image.")
    mask = hotcoco.mask.decode(run_lengths)
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(columns):
        return []
    part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # A frame of background closes contours at the edge. The centre of a pixel is half a pixel from its border.
    lines = contourpy.contour_generator(z=np.pad(part, 1).astype(np.float64)).lines(0.5)
    corner = np.array([columns[0], rows[0]]) - 0.5
    return [np.asarray(line)[:-1] + corner for line in lines]


def _points(polygon: list[float]) -> Ring:
    return np.asarray(polygon, dtype=np.float64).reshape(-1, 2)


def _thinned(ring: Ring) -> Ring:
    """The ring (N, 2) without points on a straight line, thinned evenly to at most _POINTS."""
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    bends = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]) > 1e-9
    kept = ring[bends] if bends.sum() > 2 else ring
    rows = np.linspace(0, len(kept), min(len(kept), _POINTS), endpoint=False).astype(np.int64)
    return np.asarray(kept[rows])
