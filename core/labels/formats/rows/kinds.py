"""Tells what the numbers of text rows are: a box, a box with more columns, keypoints, a polygon, or KITTI's columns.

The count of columns alone never decides: a row of six numbers may be a triangle, or a box with a score and a track.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

# Boxes at the border are often written a little outside the image.
_SLACK: Final = 0.05
_MOST: Final = 0.9
_MOST_CROSSED: Final = 0.5
_POSES_FROM: Final = 3
_CROSSINGS_SOUGHT: Final = 100
# The whole body with face and hands has 133.
_MOST_KEYPOINTS: Final = 140
_KITTI_TRUNCATED: Final = (-1.0, 1.0)
_KITTI_OCCLUDED: Final = (-1, 0, 1, 2, 3)
_KITTI_UNKNOWN_ANGLE: Final = -10.0


class RowKind(StrEnum):
    """What a row holds behind its class."""

    BOX = "box"
    BOX_FIRST = "box, then other columns"
    SCORE_FIRST = "score, then box"
    POSE = "box, then keypoints"
    POLYGON = "polygon"
    QUADRILATERAL = "four corners"
    KITTI = "KITTI"
    UNCLEAR = "unclear"


# What the user may say that rows of many columns are.
CHOICES: Final = {"box": RowKind.BOX_FIRST, "polygon": RowKind.POLYGON}


def chosen_kind(name: str, columns: int) -> RowKind | None:
    """The kind that the user chose by one of CHOICES for rows of so many numbers; None if they cannot be of it."""
    return CHOICES.get(name) if columns >= (6 if name == "polygon" else 5) else None


def kind_of(
    numbers: Numbers, tokens: Sequence[str], keypoints: tuple[int, int] | None, polygons_beside: bool
) -> RowKind:
    """The kind of (N, M) rows, M from 4.

    `keypoints` is `kpt_shape` of the data set's YAML file, (points, numbers a point). `polygons_beside` says that the
    folder has longer rows too, which are polygons.
    """
    columns = numbers.shape[1]
    if columns == 4:
        return RowKind.BOX
    if keypoints is not None and columns == 4 + keypoints[0] * keypoints[1]:
        return RowKind.POSE
    if columns in (14, 15) and _is_kitti(numbers, tokens):
        return RowKind.KITTI
    if columns >= 7 and (kind := _pose(numbers)):
        return kind
    if columns % 2 or columns < 6:
        return _with_columns(numbers)
    if columns == 8 and not _has_more(numbers):
        return RowKind.POLYGON if polygons_beside else RowKind.QUADRILATERAL
    return _pairs(numbers, polygons_beside)


def _with_columns(numbers: Numbers) -> RowKind:
    """An odd count of numbers, or five: a box with a score or a track, or a polygon with a score.

    `numbers` (N, M).
    """
    if numbers.shape[1] == 5 and (_scores_before_pixels(numbers) or _scores_before_shares(numbers)):
        return RowKind.SCORE_FIRST
    if numbers.shape[1] >= 7 and _fit(numbers[:, :-1]) and not _fit(numbers[:, :4], centre=True):
        return RowKind.POLYGON
    return RowKind.BOX_FIRST


def _pairs(numbers: Numbers, polygons_beside: bool) -> RowKind:
    """An even count of numbers from six: points of a polygon, or a box with other columns.

    `numbers` (N, M).
    """
    if _has_more(numbers):
        return RowKind.BOX_FIRST
    if numbers.shape[1] > 8 or polygons_beside:
        return RowKind.POLYGON
    is_box, has_area = _fit(numbers[:, :4], centre=True), _mean_area(numbers) > 0
    if not is_box and has_area:
        return RowKind.POLYGON
    return RowKind.UNCLEAR if has_area else RowKind.BOX_FIRST


def _has_more(numbers: Numbers) -> bool:
    """Whether the columns behind the fourth have another range than the first four, as a score or a track has.

    `numbers` (N, M).
    """
    first, rest = numbers[:, :4], numbers[:, 4:]
    if _is_share(first):
        return bool(np.mean((rest > 1 + _SLACK).any(axis=1)) > 0.5)
    is_score = (rest[:, 0] >= 0) & (rest[:, 0] <= 1) & (rest[:, 0] != np.round(rest[:, 0]))
    return bool(np.mean(is_score) > _MOST)


def _scores_before_pixels(numbers: Numbers) -> bool:
    score, box = numbers[:, 0], numbers[:, 1:]
    is_score = (score >= 0) & (score <= 1)
    return bool(is_score.all() and (box > 1 + _SLACK).any(axis=1).mean() > _MOST and not _is_share(numbers[:, :4]))


def _scores_before_shares(numbers: Numbers) -> bool:
    """Whether all columns are shares, and only the last four make boxes that lie in the image.

    `numbers` (N, M).
    """
    if not _is_share(numbers):
        return False
    outside_first, outside_last = (1 - _share_inside(numbers[:, start : start + 4]) for start in (0, 1))
    return outside_first > 1 - _MOST and outside_last <= (1 - _MOST) * outside_first


def _share_inside(boxes: Numbers) -> float:
    """The share of (N, 4) rows that stay inside the image as centre and size."""
    half = boxes[:, 2:] / 2
    corners = np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)
    return float(((corners >= -_SLACK) & (corners <= 1 + _SLACK)).all(axis=1).mean())


def _is_share(numbers: Numbers) -> bool:
    inside = ((numbers >= -_SLACK) & (numbers <= 1 + _SLACK)).all(axis=1)
    return bool(inside.mean() > 0.5)


def _fit(numbers: Numbers, centre: bool = False) -> bool:
    """Whether most rows stay inside the image as shares: as points, or (N, 4) as centre and size."""
    if centre:
        half = numbers[:, 2:] / 2
        numbers = np.concatenate([numbers[:, :2] - half, numbers[:, :2] + half], axis=1)
    return bool(((numbers >= -_SLACK) & (numbers <= 1 + _SLACK)).all(axis=1).mean() >= _MOST)


def _mean_area(numbers: Numbers) -> float:
    x, y = numbers[:, 0::2], numbers[:, 1::2]
    areas = np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2
    return float(np.median(areas / np.maximum(np.ptp(x, axis=1) * np.ptp(y, axis=1), 1e-12)) > 0.05)


def _pose(numbers: Numbers) -> RowKind | None:
    """POSE for a box and keypoints that lie in it: x, y, visibility, or x, y. UNCLEAR for what may also be a polygon.

    `numbers` (N, M). A small polygon in the middle of the image is a box with keypoints, too, if its second point is
    taken for a size. But its sides do not cross, as lines from keypoint to keypoint do.
    """
    boxes, rest = numbers[:, :4], numbers[:, 4:]
    if not _is_share(boxes):
        return None
    if rest.shape[1] % 3 == 0 and np.isin(rest[:, 2::3], (0, 1, 2)).all():
        seen = rest[:, 2::3] > 0
        return RowKind.POSE if _inside(boxes, rest[:, 0::3], rest[:, 1::3], seen) else None
    if rest.shape[1] % 2 or rest.shape[1] > 2 * _MOST_KEYPOINTS:
        return None
    x, y = rest[:, 0::2], rest[:, 1::2]
    if not _inside(boxes, x, y, (x != 0) | (y != 0)):
        return None
    uncrossed = _are_uncrossed(numbers[:_CROSSINGS_SOUGHT]).mean()
    if uncrossed >= _MOST:
        return None
    return RowKind.POSE if len(numbers) >= _POSES_FROM and uncrossed <= 1 - _MOST_CROSSED else RowKind.UNCLEAR


def _are_uncrossed(points: Numbers) -> npt.NDArray[np.bool_]:
    """(N,) whether no two sides of a closed polygon (N, M) x, y, … cross each other."""
    corners = points.reshape(len(points), -1, 2)
    ends = np.roll(corners, -1, axis=1)
    count = corners.shape[1]
    is_crossed = np.zeros(len(points), dtype=np.bool_)
    for first in range(count):
        for second in range(first + 2, count - (first == 0)):
            a, b, c, d = corners[:, first], ends[:, first], corners[:, second], ends[:, second]
            is_crossed |= (_side(a, b, c) * _side(a, b, d) < 0) & (_side(c, d, a) * _side(c, d, b) < 0)
    return ~is_crossed


def _side(a: Numbers, b: Numbers, point: Numbers) -> Numbers:
    """(N,) above 0 on one side of the line from a to b, below 0 on the other."""
    along, to = b - a, point - a
    return np.asarray(np.sign(along[:, 0] * to[:, 1] - along[:, 1] * to[:, 0]))


def _inside(boxes: Numbers, x: Numbers, y: Numbers, seen: npt.NDArray[np.bool_]) -> bool:
    reach = boxes[:, 2:] / 2 * 1.1 + 1e-6
    inside = (np.abs(x - boxes[:, :1]) <= reach[:, :1]) & (np.abs(y - boxes[:, 1:2]) <= reach[:, 1:])
    return bool(seen.any() and inside[seen].mean() >= _MOST and _fit(boxes, centre=True))


def _is_kitti(numbers: Numbers, tokens: Sequence[str]) -> bool:
    """Truncation, occlusion, angle, four corners, then three sizes, three positions and an angle (and a score).

    `numbers` (N, M).
    """
    if any(_is_number(token) for token in set(tokens)):
        return False
    low, high = _KITTI_TRUNCATED
    truncated = (numbers[:, 0] >= low) & (numbers[:, 0] <= high)
    occluded = np.isin(numbers[:, 1], _KITTI_OCCLUDED)
    angle = (np.abs(numbers[:, 2]) <= 3.2) | (numbers[:, 2] == _KITTI_UNKNOWN_ANGLE)
    return bool((truncated & occluded & angle).mean() > _MOST)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
