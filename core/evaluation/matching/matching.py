"""Which detection found which object: COCO's matching within a class, then of the rest across classes.

Counts, confusion matrix and images all use one matching. Within a class, detections are taken by falling score, and
each gets the free object that it overlaps most. So a higher score threshold only cuts the list short and never changes
a match: one matching serves every threshold. Across classes the matching does depend on the threshold, because an
object becomes free when its detection falls below: `match_across` runs on demand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.boxes import Boxes, xyxy_to_xywh
from core.errors import AppError
from core.evaluation.ignored_regions import EVERY_CLASS
from core.tables import boxes_xyxy

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Pairs with less overlap are not kept, so this is also the least IoU threshold.
IOU_FLOOR: Final = 0.05
_ALMOST_ONE: Final = 1 - 1e-10
# At most about 200 MB of numbers.
_PAIRS_AT_ONCE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """The P pairs of a detection and a truth on one image with an IoU of at least IOU_FLOOR.

    `detections` (P,) and `truths` (P,) are row numbers of the two tables; `find_overlaps` sorts by these, in this
    order. `ious` (P,) is 0 to 1; for a crowd region the share of the detection that lies in it (COCO's rule).
    """

    detections: Rows
    truths: Rows
    ious: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The object that each of N detections overlaps most, found or not, (N,), and their IoU (N,); -1 and 0 for none."""

    truths: Rows
    ious: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The matching at one IoU, for N detections and M truths; -1 stands for none.

    `scores` (N,) are those of the detections, `order` (N,) their rows by falling score, equal ones by image, as in
    pycocotools. `truth_of` (N,) is the truth matched within the class, `iou_of` (N,) their IoU or 0, `is_ignored` (N,)
    whether that truth is a crowd region, of its class or of every class. `found_by` (M,) is the detection that found
    the truth, `is_crowd` (M,) whether the truth is a crowd region. `across` holds the pairs of different classes for
    which unmatched detections compete,
    in the order of their choice. `same` and `other` are the objects nearest to each detection, of its class and of the
    others, without crowd regions.
    """

    iou: float
    scores: Floats
    order: Rows
    truth_of: Rows
    iou_of: Floats
    is_ignored: npt.NDArray[np.bool_]
    found_by: Rows
    is_crowd: npt.NDArray[np.bool_]
    across: Overlaps
    same: Nearest
    other: Nearest

    @property
    def least_iou(self) -> float:
        """The least IoU that counts as a match. Rounding can make an IoU of 1 slightly smaller."""
        return min(self.iou, _ALMOST_ONE)

    def is_free(self, score: float) -> npt.NDArray[np.bool_]:
        """(M,) whether no detection of its class with at least this score found the truth; False for crowd regions."""
        found_score = np.append(self.scores, -1.0)[self.found_by]
        return ~self.is_crowd & (found_score < score)


def find_overlaps(truths: pd.DataFrame, detections: pd.DataFrame) -> Overlaps:
    """The overlaps of at least IOU_FLOOR of truths (core.tables.ANNOTATIONS) and detections (DETECTIONS)."""
    parts = [_overlaps_of(truths, detections, *chunk) for chunk in _pairs_by_chunk(truths, detections)]
    if not parts:
        return Overlaps(detections=np.zeros(0, np.int64), truths=np.zeros(0, np.int64), ious=np.zeros(0))
    return Overlaps(
        detections=np.concatenate([part.detections for part in parts]),
        truths=np.concatenate([part.truths for part in parts]),
        ious=np.concatenate([part.ious for part in parts]),
    )


def falling_order(detections: pd.DataFrame) -> Rows:
    """(N,) the rows by falling score, equal ones by image. Takes a third of the time of a matching, so it is reused."""
    return np.lexsort((detections["image_id"].to_numpy(), -detections["score"].to_numpy(dtype=np.float64)))


def match(
    truths: pd.DataFrame, detections: pd.DataFrame, overlaps: Overlaps, iou: float, order: Rows | None = None
) -> Matching:
    """COCO's matching within each class at one IoU threshold.

    Args: order (N,) of `falling_order`, if it is computed already. Raises AppError if `iou` is not between IOU_FLOOR
    and 1.
    Source: pycocotools `evaluateImg`: a detection prefers an object to a crowd region, then the larger IoU, then the
    later object; many detections can take one crowd region. Unlike there, there is no cap of 100 detections.
    """
    if not IOU_FLOOR <= iou <= 1:
        raise AppError(f"The IoU threshold is {iou:g}.", f"Choose one between {IOU_FLOOR:g} and 1.")
    is_crowd = truths["is_crowd"].to_numpy(dtype=bool)
    scores = detections["score"].to_numpy(dtype=np.float64)
    rank = np.empty(len(detections), dtype=np.int64)
    order = falling_order(detections) if order is None else order
    rank[order] = np.arange(len(detections))
    is_close = overlaps.ious >= min(iou, _ALMOST_ONE)
    is_same = _are_of_one_class(truths, detections, overlaps)
    within = _take(overlaps, is_close & is_same)
    choices = np.lexsort((-within.truths, -within.ious, is_crowd[within.truths], rank[within.detections]))
    truth_of, found_by, iou_of = _choose(_take(within, choices), is_crowd, len(detections))
    is_left = is_close & ~is_same & (truth_of < 0)[overlaps.detections] & ~is_crowd[overlaps.truths]
    across = _take(overlaps, is_left)
    choices = np.lexsort((across.truths, -across.ious, rank[across.detections]))
    is_ignored = (truth_of >= 0) & np.append(is_crowd, False)[truth_of]
    is_object = ~is_crowd[overlaps.truths]
    return Matching(
        iou=iou,
        scores=scores,
        order=order,
        truth_of=truth_of,
        iou_of=iou_of,
        is_ignored=is_ignored,
        found_by=found_by,
        is_crowd=is_crowd,
        across=_take(across, choices),
        same=_nearest(_take(overlaps, is_object & is_same), len(detections)),
        other=_nearest(_take(overlaps, is_object & ~is_same), len(detections)),
    )


def _are_of_one_class(truths: pd.DataFrame, detections: pd.DataFrame, overlaps: Overlaps) -> npt.NDArray[np.bool_]:
    """(P,) whether each pair has the same class; a region without a class has that of any detection."""
    classes = _classes(truths)[overlaps.truths]
    return np.asarray((classes == _classes(detections)[overlaps.detections]) | (classes == EVERY_CLASS))


def match_across(matching: Matching, score: float) -> Rows:
    """(N,) the truth of another class that an unmatched detection lies on at a score threshold, -1 for none.

    By falling score, each detection without a match in its class takes the free truth that it overlaps most.
    """
    pairs = _take(matching.across, matching.scores[matching.across.detections] >= score)
    is_free = matching.is_free(score).tolist()
    taken = [-1] * len(matching.scores)
    for detection, truth in zip(pairs.detections.tolist(), pairs.truths.tolist(), strict=True):
        if taken[detection] < 0 and is_free[truth]:
            taken[detection] = truth
            is_free[truth] = False
    return np.asarray(taken, dtype=np.int64)


def _choose(pairs: Overlaps, is_crowd: npt.NDArray[np.bool_], detections: int) -> tuple[Rows, Rows, Floats]:
    """Truth of each detection (N,), detection of each truth (M,), IoU of each detection (N,).

    Args: pairs in the order of choice; is_crowd (M,).
    """
    truth_of, iou_of, found_by = [-1] * detections, [0.0] * detections, [-1] * len(is_crowd)
    crowd = is_crowd.tolist()
    columns = (pairs.detections.tolist(), pairs.truths.tolist(), pairs.ious.tolist())
    for detection, truth, iou in zip(*columns, strict=True):
        if truth_of[detection] >= 0 or found_by[truth] >= 0:
            continue
        truth_of[detection], iou_of[detection] = truth, iou
        if not crowd[truth]:
            found_by[truth] = detection
    return np.asarray(truth_of, dtype=np.int64), np.asarray(found_by, dtype=np.int64), np.asarray(iou_of, dtype=float)


def _nearest(pairs: Overlaps, detections: int) -> Nearest:
    """The truth with the highest IoU for each detection, the first of equal ones; `pairs` as `find_overlaps` sorts."""
    truths, ious = np.full(detections, -1, dtype=np.int64), np.zeros(detections)
    if len(pairs.ious):
        rows, starts, counts = np.unique(pairs.detections, return_index=True, return_counts=True)
        ious[rows] = np.maximum.reduceat(pairs.ious, starts)
        best = np.flatnonzero(pairs.ious == np.repeat(ious[rows], counts))[::-1]
        # numpy keeps the last of several values for one index, so the first pair is written last.
        truths[pairs.detections[best]] = pairs.truths[best]
    return Nearest(truths=truths, ious=ious)


def _pairs_by_chunk(truths: pd.DataFrame, detections: pd.DataFrame) -> Iterator[tuple[Rows, Rows]]:
    """Row numbers (P,) of detections and (P,) of truths on the same image: all pairs, about _PAIRS_AT_ONCE a chunk."""
    truth_images = truths["image_id"].to_numpy(dtype=np.int64)
    order = np.argsort(truth_images, kind="stable")
    images = detections["image_id"].to_numpy(dtype=np.int64)
    first = np.searchsorted(truth_images[order], images, side="left")
    counts = np.searchsorted(truth_images[order], images, side="right") - first
    chunk_of = np.cumsum(counts) // _PAIRS_AT_ONCE
    for chunk in np.unique(chunk_of):
        rows = np.flatnonzero((chunk_of == chunk) & (counts > 0))
        ends = np.cumsum(counts[rows])
        within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts[rows], counts[rows])
        yield np.repeat(rows, counts[rows]), order[np.repeat(first[rows], counts[rows]) + within]


def _overlaps_of(truths: pd.DataFrame, detections: pd.DataFrame, detection_rows: Rows, truth_rows: Rows) -> Overlaps:
    """The pairs that overlap by IOU_FLOOR. Computes from corner and size in pycocotools' order, so that ties agree.

    Args: detection_rows (P,), truth_rows (P,) of the two tables.
    """
    left, right = xyxy_to_xywh(boxes_xyxy(detections)), xyxy_to_xywh(boxes_xyxy(truths))
    widths = _shared(left, right, detection_rows, truth_rows, 0)
    touches = widths > 0
    detection_rows, truth_rows, widths = detection_rows[touches], truth_rows[touches], widths[touches]
    shared = widths * np.maximum(_shared(left, right, detection_rows, truth_rows, 1), 0)
    detection_area = left[detection_rows, 2] * left[detection_rows, 3]
    union = detection_area + right[truth_rows, 2] * right[truth_rows, 3] - shared
    union = np.where(truths["is_crowd"].to_numpy(dtype=bool)[truth_rows], detection_area, union)
    ious = np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)
    return _take(Overlaps(detections=detection_rows, truths=truth_rows, ious=ious), ious >= IOU_FLOOR)


def _shared(left: Boxes, right: Boxes, left_rows: Rows, right_rows: Rows, axis: int) -> Floats:
    """(P,) the overlap in px along one axis, below 0 for none. Args: boxes (N, 4) x y w h; rows (P,) of the two."""
    low = np.maximum(left[left_rows, axis], right[right_rows, axis])
    ends = left[:, axis + 2] + left[:, axis], right[:, axis + 2] + right[:, axis]
    return np.asarray(np.minimum(ends[0][left_rows], ends[1][right_rows]) - low)


def _take(overlaps: Overlaps, which: npt.NDArray[np.bool_] | Rows) -> Overlaps:
    return Overlaps(detections=overlaps.detections[which], truths=overlaps.truths[which], ious=overlaps.ious[which])


def _classes(table: pd.DataFrame) -> Rows:
    return table["category_id"].to_numpy(dtype=np.int64)
