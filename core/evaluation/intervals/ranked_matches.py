"""One evaluation as the bootstrap needs it: detections by falling score, matched once at COCO's ten IoUs.

From this follows AP for any weights of the images (core.evaluation.intervals.weighted_ap) without another matching.
COCO never matches across images, so an image that is drawn twice counts its matches twice.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.matching.matching import Matching, Overlaps, find_overlaps, match
from core.evaluation.predictions import Truth
from core.evaluation.scores.scores import DETECTIONS_CAP

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# As in pycocotools: np.arange would give 0.7000000000000001.
COCO_IOUS: Final[Floats] = np.linspace(0.5, 0.95, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedMatches:
    """N detections of K classes on P images: T true positives and G ignored detections at the ten IoUs.

    `truth_counts` (P, K) counts objects without crowd regions. The detections are ordered by class, then by falling
    score; `image_of` (N,) is the index of a detection's image, `class_start` (K + 1,) where each class begins.
    `true_at` (T,) and `ignored_at` (G,) are indices of detections, in 10 K segments: by class, and in each class by
    IoU; `true_start` and `ignored_start` (10 K + 1,) say where each segment begins. `ignored_before` (T,) is the number
    of `ignored_at` before each of `true_at`, including those of earlier segments.
    """

    truth_counts: Floats
    image_of: Indices
    class_start: Indices
    true_at: Indices
    true_start: Indices
    ignored_at: Indices
    ignored_start: Indices
    ignored_before: Indices

    @property
    def images(self) -> int:
        """The number of images."""
        return len(self.truth_counts)

    @property
    def classes(self) -> int:
        """The number of classes."""
        return self.truth_counts.shape[1]


def image_order(images: pd.DataFrame) -> Indices:
    """(P,) image ids by file name, so that an image has the same index in all evaluations on the same images."""
    ordered = images.sort_values(["file_name", "image_id"], kind="stable")
    return np.asarray(ordered["image_id"].to_numpy(), dtype=np.int64)


def rank_matches(truth: Truth, detections: pd.DataFrame, overlaps: Overlaps | None = None) -> RankedMatches:
    """Matches and ranks the detections (core.tables.DETECTIONS) on the truth's images, in `image_order`.

    Source: pycocotools `evaluateImg` and `accumulate`: at most 100 detections of a class on an image, equal scores by
    image id, detections of crowd regions ignored.
    """
    truths, classes = truth.annotations, len(truth.categories)
    index_of = pd.Series(np.arange(len(truth.images)), index=image_order(truth.images))
    order = _ranking(detections)
    class_ids = detections["category_id"].to_numpy(dtype=np.int64)[order]
    overlaps = find_overlaps(truths, detections) if overlaps is None else overlaps
    matchings = [match(truths, detections, overlaps, float(iou)) for iou in COCO_IOUS]
    true_at, true_start = _segments([_true_positives(matching)[order] for matching in matchings], class_ids, classes)
    ignored_at, ignored_start = _segments([matching.is_ignored[order] for matching in matchings], class_ids, classes)
    return RankedMatches(
        truth_counts=_truth_counts(truths, index_of, classes),
        image_of=index_of.loc[detections["image_id"].to_numpy()[order]].to_numpy(dtype=np.int64),
        class_start=np.searchsorted(class_ids, np.arange(classes + 1)),
        true_at=true_at,
        true_start=true_start,
        ignored_at=ignored_at,
        ignored_start=ignored_start,
        ignored_before=_before(true_at, true_start, ignored_at, ignored_start, len(order)),
    )


def _ranking(detections: pd.DataFrame) -> Indices:
    """(N,) row numbers by class, falling score, image id, without detections beyond COCO's cap."""
    columns = (-detections["score"], detections["image_id"], detections["category_id"])
    falling, images, class_ids = (column.to_numpy() for column in columns)
    by_image = np.lexsort((falling, images, class_ids))
    groups = np.stack([images[by_image], class_ids[by_image]])
    starts = np.flatnonzero(np.append(True, (groups[:, 1:] != groups[:, :-1]).any(axis=0)))[: len(by_image)]
    rank = np.arange(len(by_image)) - np.repeat(starts, np.diff(np.append(starts, len(by_image))))
    kept = np.sort(by_image[rank < DETECTIONS_CAP])
    return kept[np.lexsort((images[kept], falling[kept], class_ids[kept]))]


def _true_positives(matching: Matching) -> npt.NDArray[np.bool_]:
    return (matching.truth_of >= 0) & ~matching.is_ignored


def _segments(flags: list[npt.NDArray[np.bool_]], class_ids: Indices, classes: int) -> tuple[Indices, Indices]:
    """Indices where a flag is set, by class, IoU and index, and where each segment begins (10 K + 1,).

    Args: flags, one (N,) for each IoU; class_ids (N,).
    """
    ious, indices = np.nonzero(np.stack(flags))
    segment = class_ids[indices] * len(flags) + ious
    order = np.argsort(segment, kind="stable")
    return indices[order], np.searchsorted(segment[order], np.arange(classes * len(flags) + 1))


def _before(true_at: Indices, true_start: Indices, ignored_at: Indices, ignored_start: Indices, count: int) -> Indices:
    """(T,) the number of ignored detections before each true positive, over all segments so far."""
    segments = np.arange(len(true_start) - 1)
    true_key = np.repeat(segments, np.diff(true_start)) * (count + 1) + true_at
    ignored_key = np.repeat(segments, np.diff(ignored_start)) * (count + 1) + ignored_at
    return np.searchsorted(ignored_key, true_key)


def _truth_counts(truths: pd.DataFrame, index_of: pd.Series, classes: int) -> Floats:
    """(P, K) objects of each class on each image, without crowd regions."""
    counted = truths[~truths["is_crowd"].to_numpy(dtype=bool)]
    indices = index_of.loc[counted["image_id"].to_numpy()].to_numpy()
    flat = np.bincount(indices * classes + counted["category_id"].to_numpy(), minlength=len(index_of) * classes)
    return flat.reshape(len(index_of), classes).astype(np.float64)
