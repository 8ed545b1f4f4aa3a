"""What each slice of an evaluation scores: counts of the one matching, and COCO's AP where it is defined.

AP of a slice of images is COCO's AP of exactly these images. AP of objects by size is COCO's area range: objects
outside the range are ignored, and so are detections that found one of them, or that found nothing and are themselves
outside. For other slices of objects COCO defines no AP.
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

# A rate of fewer objects or images moves by several points with a single one of them.
FEWEST_OBJECTS: Final = 30
FEWEST_IMAGES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One part of a slicing at a score threshold and an IoU. `images` are those with a box or image of the slice.

    `difference` is its F1 minus that of all, None where it has no object. AP counts all scores and IoUs; None where
    there is none (`core.evaluation.slices.slices`).
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
        """Whether it has too few objects or images for its rates to mean much."""
        return self.counts.truths < FEWEST_OBJECTS or self.images < FEWEST_IMAGES

    def to_json(self) -> dict[str, Any]:
        """The row of the command line contract."""
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
    """AP and AP50 of each part, at all scores."""
    if slicing.images is None:
        ranges = [part.area for part in slicing.parts if part.area is not None]
        if len(ranges) < len(slicing.parts):
            return [AreaScores(ap=None, ap50=None)] * len(slicing.parts)
        return score_areas(truth.images, truth.annotations, truth.categories, detections, ranges)
    scores = []
    for place in range(len(slicing.parts)):
        images = truth.images[slicing.images == place]
        found = score_boxes(images, truth.annotations, truth.categories, only_of(images, detections))
        scores.append(AreaScores(ap=found.ap, ap50=found.ap50))
    return scores


def slice_counts(slicing: Slicing, outcomes: Outcomes, detections: pd.DataFrame) -> list[Counts]:
    """The counts of each part; they add up to those of all. A false positive counts where its own box belongs.

    Args: judged, of the slicing's objects and `detections`, all of them in the slicing's order.
    """
    found = outcomes.detections
    codes = detection_parts(
        slicing,
        detections,
        outcomes.truths,
        found["detection_id"],
        found["annotation_id"],
        (found["outcome"] == Outcome.TRUE_POSITIVE).to_numpy(),
    )
    size = len(slicing.parts)
    tp = np.bincount(codes[(found["outcome"] == Outcome.TRUE_POSITIVE).to_numpy()], minlength=size)
    fp = np.bincount(codes[(found["outcome"] == Outcome.FALSE_POSITIVE).to_numpy()], minlength=size)
    fn = np.bincount(slicing.truths[(outcomes.truths["outcome"] == TruthOutcome.MISSED).to_numpy()], minlength=size)
    return [
        Counts(category_id=-1, name=part.key, tp=int(tp[at]), fp=int(fp[at]), fn=int(fn[at]))
        for at, part in enumerate(slicing.parts)
    ]


def detection_parts(
    slicing: Slicing,
    detections: pd.DataFrame,
    truths: pd.DataFrame,
    detection_ids: "pd.Series[int]",
    annotation_ids: "pd.Series[int]",
    is_of_object: npt.NDArray[np.bool_],
) -> Codes:
    """The part of each counted box: of its object where `is_of_object` (found, or missed), else of the detection."""
    own = pd.Series(slicing.detections, index=detections["detection_id"]).reindex(detection_ids, fill_value=-1)
    of_object = pd.Series(slicing.truths, index=truths["annotation_id"]).reindex(annotation_ids, fill_value=-1)
    return np.where(is_of_object, of_object.to_numpy(), own.to_numpy())


def slice_images(slicing: Slicing, truth: Truth) -> list[int]:
    """How many images each part has: its own, or those with one of its objects."""
    if slicing.images is not None:
        return np.bincount(slicing.images, minlength=len(slicing.parts)).tolist()
    is_counted = ~truth.annotations["is_crowd"].to_numpy(dtype=bool)
    images = truth.annotations["image_id"].to_numpy()
    return [len(np.unique(images[is_counted & (slicing.truths == place)])) for place in range(len(slicing.parts))]


def worst_first(slices: list[Slice]) -> list[Slice]:
    """By rising F1 difference; those that are too small come last, those without objects after them."""

    def key(one: Slice) -> tuple[bool, bool, float, str]:
        return one.difference is None, one.is_small, one.difference or 0.0, one.part.key

    return sorted(slices, key=key)
