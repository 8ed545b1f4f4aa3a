"""The counts of each slice of an evaluation, and COCO's AP where it is defined.

AP of a slice of images is COCO's AP of exactly these images. AP of objects by size is that of COCO's area range, which
ignores objects outside the range, detections that found one of these, and false positives outside the range. For other
slices of objects COCO defines no AP.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.matching.outcomes import Counts, Outcome, Outcomes, TruthOutcome
from core.evaluation.predictions import Truth, only_of
from core.evaluation.scores.scores import AreaScores, score_areas, score_boxes
from core.evaluation.slices.slicings import Codes, Part, Slicing

# With fewer objects or images, a single one moves a rate by several points.
FEWEST_OBJECTS: Final = 30
FEWEST_IMAGES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One part of a slicing at a score threshold and an IoU. `images` counts those in it or with its objects.

    `difference` is its F1 minus that of all, None without objects. AP covers all scores and IoUs; None if undefined.
    """

    part: Part
    slicing: str
    of: str
    images: int
    counts: Counts
    scores: AreaScores
    difference: float | None

    @property
    def is_small(self) -> bool:
        """Whether there are too few objects or images for meaningful rates."""
        return self.counts.truths < FEWEST_OBJECTS or self.images < FEWEST_IMAGES

    def to_json(self) -> dict[str, Any]:
        """The row as the command line gives it."""
        counts = self.counts.to_json()
        del counts["name"]
        return {
            "slice": self.part.key,
            "by": self.slicing,
            "title": self.part.title,
            "of": self.of,
            "pictures": self.images,
            "ap": self.scores.ap,
            "ap50": self.scores.ap50,
            **counts,
            "difference": self.difference,
            "is_small": self.is_small,
        }


def slice_scores(slicing: Slicing, truth: Truth, detections: pd.DataFrame) -> list[AreaScores]:
    """AP and AP50 of each part, over all scores."""
    if slicing.images is None:
        ranges = [part.area for part in slicing.parts if part.area is not None]
        if len(ranges) < len(slicing.parts):
            return [AreaScores(ap=None, ap50=None)] * len(slicing.parts)
        return score_areas(truth.images, truth.annotations, truth.categories, detections, ranges)
    scores = []
    for index in range(len(slicing.parts)):
        images = truth.images[slicing.images == index]
        of_part = score_boxes(images, truth.annotations, truth.categories, only_of(images, detections))
        scores.append(AreaScores(ap=of_part.ap, ap50=of_part.ap50))
    return scores


def slice_counts(slicing: Slicing, outcomes: Outcomes, detections: pd.DataFrame) -> list[Counts]:
    """The counts of each part, which add up to those of all. A false positive counts in the part of its box.

    Args: outcomes of the slicing's objects and `detections`, both tables in the slicing's order.
    """
    counted = outcomes.detections
    codes = detection_parts(
        slicing,
        detections,
        outcomes.truths,
        counted["detection_id"],
        counted["annotation_id"],
        (counted["outcome"] == Outcome.TRUE_POSITIVE).to_numpy(),
    )
    size = len(slicing.parts)
    tp = np.bincount(codes[(counted["outcome"] == Outcome.TRUE_POSITIVE).to_numpy()], minlength=size)
    fp = np.bincount(codes[(counted["outcome"] == Outcome.FALSE_POSITIVE).to_numpy()], minlength=size)
    fn = np.bincount(slicing.truths[(outcomes.truths["outcome"] == TruthOutcome.MISSED).to_numpy()], minlength=size)
    return [
        Counts(category_id=-1, name=part.key, tp=int(tp[index]), fp=int(fp[index]), fn=int(fn[index]))
        for index, part in enumerate(slicing.parts)
    ]


def detection_parts(
    slicing: Slicing,
    detections: pd.DataFrame,
    truths: pd.DataFrame,
    detection_ids: "pd.Series[int]",
    annotation_ids: "pd.Series[int]",
    is_of_object: npt.NDArray[np.bool_],
) -> Codes:
    """(R,) the part of each box: that of its object if `is_of_object` (R,), else that of the detection.

    Args: detections and truths of the slicing; detection_ids and annotation_ids (R,) of the boxes.
    """
    own = pd.Series(slicing.detections, index=detections["detection_id"]).reindex(detection_ids, fill_value=-1)
    of_object = pd.Series(slicing.truths, index=truths["annotation_id"]).reindex(annotation_ids, fill_value=-1)
    return np.where(is_of_object, of_object.to_numpy(), own.to_numpy())


def slice_images(slicing: Slicing, truth: Truth) -> list[int]:
    """The number of images of each part, or with objects of each part."""
    if slicing.images is not None:
        return np.bincount(slicing.images, minlength=len(slicing.parts)).tolist()
    is_counted = ~truth.annotations["is_crowd"].to_numpy(dtype=bool)
    images = truth.annotations["image_id"].to_numpy()
    return [len(np.unique(images[is_counted & (slicing.truths == index)])) for index in range(len(slicing.parts))]


def worst_first(slices: list[Slice]) -> list[Slice]:
    """The slices by rising F1 difference, then the small ones, then those without objects."""

    def key(row: Slice) -> tuple[bool, bool, float, str]:
        return row.difference is None, row.is_small, row.difference or 0.0, row.part.key

    return sorted(slices, key=key)
