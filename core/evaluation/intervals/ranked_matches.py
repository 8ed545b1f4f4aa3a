"""One evaluation as AP needs it: detections by falling score, matched once at COCO's ten IoUs. numpy only.

From here AP follows for any weights of the images (core.evaluation.intervals.weighted_ap) without another matching,
because
COCO never matches beyond an image: an image that is drawn twice counts its matches twice.
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
Places = npt.NDArray[np.int64]

# As pycocotools has them: np.arange would give 0.7000000000000001.
COCO_IOUS: Final[Floats] = np.linspace(0.5, 0.95, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedMatches:
    """N detections of K classes on P images, their true positives and ignored ones at the ten IoUs.

    `truth_counts` (P, K) objects without crowd regions. `image_of` (N,) the place of a detection's image; the
    detections stand by class, then by falling score, and `class_start` (K + 1,) says where a class begins.
    `true_at` and `ignored_at` list places of detections, in 10 K stretches: class by class, and in each IoU by IoU;
    `true_start` and `ignored_start` (10 K + 1,) say where a stretch begins. `ignored_before` says for each of `true_at`
    how many of `ignored_at` come before it, those of earlier stretches included.
    """

    truth_counts: Floats
    image_of: Places
    class_start: Places
    true_at: Places
    true_start: Places
    ignored_at: Places
    ignored_start: Places
    ignored_before: Places

    @property
    def images(self) -> int:
        """How many images there are."""
        return len(self.truth_counts)

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return self.truth_counts.shape[1]


def image_order(images: pd.DataFrame) -> Places:
    """The image ids by file name: the places that an image has in two evaluations on the same images are equal."""
    ordered = images.sort_values(["file_name", "image_id"], kind="stable")
    return np.asarray(ordered["image_id"].to_numpy(), dtype=np.int64)


def rank_matches(truth: Truth, detections: pd.DataFrame, overlaps: Overlaps | None = None) -> RankedMatches:
    """Match and rank the detections (core.tables.DETECTIONS) of the truth's images, in `image_order`.

    Source: pycocotools `evaluateImg` and `accumulate`: at most 100 detections of a class on an image, equal scores by
    image id, detections of crowd regions ignored.
    """
    truths, classes = truth.annotations, len(truth.categories)
    place_of = pd.Series(np.arange(len(truth.images)), index=image_order(truth.images))
    order = _ranking(detections)
    kinds = detections["category_id"].to_numpy(dtype=np.int64)[order]
    overlaps = find_overlaps(truths, detections) if overlaps is None else overlaps
    matchings = [match(truths, detections, overlaps, float(iou)) for iou in COCO_IOUS]
    true_at, true_start = _stretches([_true_positives(matching)[order] for matching in matchings], kinds, classes)
    ignored_at, ignored_start = _stretches([matching.is_ignored[order] for matching in matchings], kinds, classes)
    return RankedMatches(
        truth_counts=_truth_counts(truths, place_of, classes),
        image_of=place_of.loc[detections["image_id"].to_numpy()[order]].to_numpy(dtype=np.int64),
        class_start=np.searchsorted(kinds, np.arange(classes + 1)),
        true_at=true_at,
        true_start=true_start,
        ignored_at=ignored_at,
        ignored_start=ignored_start,
        ignored_before=_before(true_at, true_start, ignored_at, ignored_start, len(order)),
    )


def _ranking(detections: pd.DataFrame) -> Places:
    """Row numbers by class, falling score, image id; without those beyond COCO's cap."""
    columns = (-detections["score"], detections["image_id"], detections["category_id"])
    falling, images, kinds = (column.to_numpy() for column in columns)
    by_image = np.lexsort((falling, images, kinds))
    groups = np.stack([images[by_image], kinds[by_image]])
    starts = np.flatnonzero(np.append(True, (groups[:, 1:] != groups[:, :-1]).any(axis=0)))[: len(by_image)]
    rank = np.arange(len(by_image)) - np.repeat(starts, np.diff(np.append(starts, len(by_image))))
    kept = np.sort(by_image[rank < DETECTIONS_CAP])
    return kept[np.lexsort((images[kept], falling[kept], kinds[kept]))]


def _true_positives(matching: Matching) -> npt.NDArray[np.bool_]:
    return (matching.truth_of >= 0) & ~matching.is_ignored


def _stretches(flags: list[npt.NDArray[np.bool_]], kinds: Places, classes: int) -> tuple[Places, Places]:
    """The places where a flag is set, by class, IoU and place, and where each of the stretches begins."""
    ious, places = np.nonzero(np.stack(flags))
    stretch = kinds[places] * len(flags) + ious
    order = np.argsort(stretch, kind="stable")
    return places[order], np.searchsorted(stretch[order], np.arange(classes * len(flags) + 1))


def _before(true_at: Places, true_start: Places, ignored_at: Places, ignored_start: Places, count: int) -> Places:
    """How many ignored detections come before each true positive, over all stretches so far."""
    stretches = np.arange(len(true_start) - 1)
    true_key = np.repeat(stretches, np.diff(true_start)) * (count + 1) + true_at
    ignored_key = np.repeat(stretches, np.diff(ignored_start)) * (count + 1) + ignored_at
    return np.searchsorted(ignored_key, true_key)


def _truth_counts(truths: pd.DataFrame, place_of: pd.Series, classes: int) -> Floats:
    counted = truths[~truths["is_crowd"].to_numpy(dtype=bool)]
    places = place_of.loc[counted["image_id"].to_numpy()].to_numpy()
    flat = np.bincount(places * classes + counted["category_id"].to_numpy(), minlength=len(place_of) * classes)
    return flat.reshape(len(place_of), classes).astype(np.float64)
