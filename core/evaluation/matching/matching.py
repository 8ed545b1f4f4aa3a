"""Which detection found which object: COCO's matching within a class, then what is left over across classes.

One matching rules the counts, the confusion matrix and the images (product.md E4). Within a class, detections are
taken by falling score, each gets the free object that it overlaps most; so raising the score threshold only cuts the
list short and never changes a match, and one matching serves every threshold. Across classes it does depend on the
threshold, because an object becomes free when its own detection falls below: `match_across` runs on demand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.boxes import Boxes, xyxy_to_xywh
from core.errors import AppError
from core.tables import boxes_xyxy

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Pairs below this overlap are not kept; so it is also the least IoU that can be asked for.
IOU_FLOOR: Final = 0.05
_ALMOST_ONE: Final = 1 - 1e-10
# Pairs computed at once: about 200 MB of numbers at most.
_PAIRS_AT_ONCE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """Every pair of a detection and a truth on one image with an IoU of at least IOU_FLOOR; equally long columns.

    `find_overlaps` gives them by rising detection, then rising truth. `detections` and `truths` are row numbers of
    the two tables; `ious` is 0 to 1, for a crowd region the share of the detection that lies in it (COCO's rule).
    """

    detections: Rows
    truths: Rows
    ious: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The object that each of N detections overlaps most, found or not, and their IoU; -1 and 0 where there is none."""

    truths: Rows
    ious: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The matching at one IoU, for N detections and M truths; -1 stands for none.

    `order` (N,) are the detections by falling score, equal ones by image, as in pycocotools. `truth_of` (N,) is the
    truth matched within the class, `iou_of` (N,) their IoU or 0, `is_ignored` (N,) whether that
    truth is a crowd region. `found_by` (M,) is the detection that found the truth. `across` holds the pairs of
    different classes for which detections without a truth compete, in the order in which they choose. `same` and
    `other` are the objects nearest to each detection, of its class and of the others; crowd regions are none.
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
        """The least IoU that counts as found. An IoU of 1 is computed a little too small now and then."""
        return min(self.iou, _ALMOST_ONE)

    def is_free(self, score: float) -> npt.NDArray[np.bool_]:
        """(M,) whether no detection of its class with at least this score found the truth; crowds are never free."""
        found_score = np.append(self.scores, -1.0)[self.found_by]
        return ~self.is_crowd & (found_score < score)


def find_overlaps(truths: pd.DataFrame, detections: pd.DataFrame) -> Overlaps:
    """All overlaps of truths (core.tables.ANNOTATIONS) and detections (DETECTIONS) that matter, vectorised."""
    parts = [_overlaps_of(truths, detections, *chunk) for chunk in _pairs_by_chunk(truths, detections)]
    if not parts:
        return Overlaps(detections=np.zeros(0, np.int64), truths=np.zeros(0, np.int64), ious=np.zeros(0))
    return Overlaps(
        detections=np.concatenate([part.detections for part in parts]),
        truths=np.concatenate([part.truths for part in parts]),
        ious=np.concatenate([part.ious for part in parts]),
    )


def falling_order(detections: pd.DataFrame) -> Rows:
    """(N,) the rows by falling score, equal ones by image. A third of a matching's time, and the same for all."""
    return np.lexsort((detections["image_id"].to_numpy(), -detections["score"].to_numpy(dtype=np.float64)))


def match(
    truths: pd.DataFrame, detections: pd.DataFrame, overlaps: Overlaps, iou: float, order: Rows | None = None
) -> Matching:
    """COCO's matching within each class at one IoU threshold; `order` is that of an earlier matching, if there is one.

    Raises AppError where `iou` is not between IOU_FLOOR and 1.
    Source: pycocotools `evaluateImg`: an object is preferred to a crowd region, the larger IoU to the smaller, of equal
    ones the later object; a crowd region can be taken by many. Unlike there, nothing is cut off after 100 detections.
    """
    if not IOU_FLOOR <= iou <= 1:
        raise AppError(f"The IoU threshold is {iou:g}.", f"Choose one between {IOU_FLOOR:g} and 1.")
    is_crowd = truths["is_crowd"].to_numpy(dtype=bool)
    scores = detections["score"].to_numpy(dtype=np.float64)
    rank = np.empty(len(detections), dtype=np.int64)
    order = falling_order(detections) if order is None else order
    rank[order] = np.arange(len(detections))
    is_close = overlaps.ious >= min(iou, _ALMOST_ONE)
    is_same = _classes(detections)[overlaps.detections] == _classes(truths)[overlaps.truths]
    within = _take(overlaps, is_close & is_same)
    turns = np.lexsort((-within.truths, -within.ious, is_crowd[within.truths], rank[within.detections]))
    truth_of, found_by, iou_of = _choose(_take(within, turns), is_crowd, len(detections))
    is_left = is_close & ~is_same & (truth_of < 0)[overlaps.detections] & ~is_crowd[overlaps.truths]
    across = _take(overlaps, is_left)
    turns = np.lexsort((across.truths, -across.ious, rank[across.detections]))
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
        across=_take(across, turns),
        same=_nearest(_take(overlaps, is_object & is_same), len(detections)),
        other=_nearest(_take(overlaps, is_object & ~is_same), len(detections)),
    )


def match_across(matching: Matching, score: float) -> Rows:
    """(N,) the truth of another class that a left-over detection lies on, -1 for none, at a score threshold.

    By falling score, each detection without a truth of its class takes the free truth that it overlaps most.
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
    """Truth of each detection, detection of each truth, IoU of each detection, from pairs in the order of choice."""
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
    """Of pairs by rising detection and truth, each detection's with the highest IoU, the first of equal ones."""
    truths, ious = np.full(detections, -1, dtype=np.int64), np.zeros(detections)
    if len(pairs.ious):
        rows, starts, counts = np.unique(pairs.detections, return_index=True, return_counts=True)
        ious[rows] = np.maximum.reduceat(pairs.ious, starts)
        best = np.flatnonzero(pairs.ious == np.repeat(ious[rows], counts))[::-1]
        # Of several values for one place the last one stays, so the first pair is written last.
        truths[pairs.detections[best]] = pairs.truths[best]
    return Nearest(truths=truths, ious=ious)


def _pairs_by_chunk(truths: pd.DataFrame, detections: pd.DataFrame) -> Iterator[tuple[Rows, Rows]]:
    """Row numbers of every detection with every truth of its image, some _PAIRS_AT_ONCE at a time."""
    truth_images = truths["image_id"].to_numpy(dtype=np.int64)
    order = np.argsort(truth_images, kind="stable")
    found_images = detections["image_id"].to_numpy(dtype=np.int64)
    first = np.searchsorted(truth_images[order], found_images, side="left")
    counts = np.searchsorted(truth_images[order], found_images, side="right") - first
    chunk_of = np.cumsum(counts) // _PAIRS_AT_ONCE
    for chunk in np.unique(chunk_of):
        rows = np.flatnonzero((chunk_of == chunk) & (counts > 0))
        ends = np.cumsum(counts[rows])
        within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts[rows], counts[rows])
        yield np.repeat(rows, counts[rows]), order[np.repeat(first[rows], counts[rows]) + within]


def _overlaps_of(truths: pd.DataFrame, detections: pd.DataFrame, found: Rows, known: Rows) -> Overlaps:
    """The pairs that overlap enough. Computed from corner and size in pycocotools' order, so that ties fall alike."""
    left, right = xyxy_to_xywh(boxes_xyxy(detections)), xyxy_to_xywh(boxes_xyxy(truths))
    widths = _shared(left, right, found, known, 0)
    touches = widths > 0
    found, known, widths = found[touches], known[touches], widths[touches]
    shared = widths * np.maximum(_shared(left, right, found, known, 1), 0)
    found_area = left[found, 2] * left[found, 3]
    union = found_area + right[known, 2] * right[known, 3] - shared
    union = np.where(truths["is_crowd"].to_numpy(dtype=bool)[known], found_area, union)
    ious = np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)
    return _take(Overlaps(detections=found, truths=known, ious=ious), ious >= IOU_FLOOR)


def _shared(left: Boxes, right: Boxes, found: Rows, known: Rows, axis: int) -> Floats:
    low = np.maximum(left[found, axis], right[known, axis])
    ends = left[:, axis + 2] + left[:, axis], right[:, axis + 2] + right[:, axis]
    return np.asarray(np.minimum(ends[0][found], ends[1][known]) - low)


def _take(overlaps: Overlaps, which: npt.NDArray[np.bool_] | Rows) -> Overlaps:
    return Overlaps(detections=overlaps.detections[which], truths=overlaps.truths[which], ious=overlaps.ious[which])


def _classes(table: pd.DataFrame) -> Rows:
    return table["category_id"].to_numpy(dtype=np.int64)
