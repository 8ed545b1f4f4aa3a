"""Selects boxes of an evaluation by a filter: the same rule for images, counts, crops and the viewer."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from core.errors import AppError, NotFoundError
from core.evaluation.matching.causes import CAUSES, Cause
from core.evaluation.matching.outcomes import Outcome, Outcomes, TruthOutcome
from core.evaluation.slices.slices import detection_parts
from core.evaluation.slices.slicings import OF_OBJECTS, Slicing
from core.services.evaluation.opened import OpenEvaluation
from core.services.evaluation.slices import find_slice

OUTCOMES: Final = ("true_positive", "false_positive", "missed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFilter:
    """Selects and sorts images by their boxes. Every field narrows the selection; the defaults keep everything.

    `category_id` is a class (-1: any); `outcome` one of OUTCOMES; `cell` a cell of the confusion matrix as (truth
    class, predicted class), where the number of classes means background; `cause` one of CAUSES: false positives with
    this cause, or for `missed` the missed objects; `text` a part of the file name; `slice` the key of a slice of images
    or of objects (core.evaluation.slices.slicings); `attribute` one of the image, or of an object on it (of the class,
    if one is chosen), with this `value` ("": any).
    """

    sort: str = "mistakes"
    category_id: int = -1
    outcome: str = ""
    cell: tuple[int, int] | None = None
    text: str = ""
    cause: str = ""
    slice: str = ""
    attribute: str = ""
    value: str = ""

    @property
    def narrows_boxes(self) -> bool:
        """Whether the filter selects certain boxes and so leaves out images without them."""
        is_of_objects = self.slice.partition(":")[0] in OF_OBJECTS
        asked = self.outcome or self.cell is not None or self.cause or is_of_objects
        return self.category_id >= 0 or bool(asked)

    @property
    def attribute_words(self) -> str:
        """The attribute and its value, such as `difficult: 1`; "" without one."""
        return ": ".join(filter(None, (self.attribute, self.value if self.attribute else "")))


EVERYTHING: Final = ImageFilter()


def counted_boxes(outcomes: Outcomes, classes: int) -> pd.DataFrame:
    """The counted boxes: `image_id, kind, id, annotation_id, outcome, category_id, truth_class, found_class, cause`.

    Holds every detection that is not ignored, and every missed object; truth and found class are its cell in the
    matrix. A confusion of classes has two boxes in its cell: the false positive and the object under it. An object that
    a false positive explains has no cause here, so each false positive and each plain miss is one box.
    """
    detections = outcomes.detections[outcomes.detections["outcome"] != Outcome.IGNORED]
    is_right = detections["outcome"] == Outcome.TRUE_POSITIVE
    confused = detections["confused_with"]
    missed = outcomes.truths[outcomes.truths["outcome"] == TruthOutcome.MISSED]
    parts = [
        pd.DataFrame(
            {
                "image_id": detections["image_id"],
                "kind": "detection",
                "id": detections["detection_id"],
                "annotation_id": detections["annotation_id"],
                "outcome": detections["outcome"],
                "category_id": detections["category_id"],
                "truth_class": np.where(is_right, detections["category_id"], np.where(confused < 0, classes, confused)),
                "found_class": detections["category_id"],
                "cause": detections["cause"],
            }
        ),
        pd.DataFrame(
            {
                "image_id": missed["image_id"],
                "kind": "truth",
                "id": missed["annotation_id"],
                "annotation_id": missed["annotation_id"],
                "outcome": "missed",
                "category_id": missed["category_id"],
                "truth_class": missed["category_id"],
                "found_class": np.where(missed["taken_as"] < 0, classes, missed["taken_as"]),
                "cause": missed["cause"].where(missed["cause"] == Cause.MISSED, ""),
            }
        ),
    ]
    return pd.concat(parts, ignore_index=True)


def slice_of(evaluation: OpenEvaluation, key: str) -> tuple[Slicing, int]:
    """The slicing, and the index of its part, for a slice's key. Raises NotFoundError."""
    match = find_slice(evaluation, key)
    if match is None:
        raise NotFoundError(f"This evaluation has no slice {key!r}.", "`python -m core slices` lists the slices.")
    return match


def _parts_of(evaluation: OpenEvaluation, slicing: Slicing, boxes: pd.DataFrame) -> np.ndarray:
    """(N,) the part index of each counted box: of its object if it is found or missed, else of the false positive."""
    is_of_object = (boxes["outcome"] != Outcome.FALSE_POSITIVE).to_numpy()
    ids = boxes["id"], boxes["annotation_id"]
    return detection_parts(slicing, evaluation.detections, evaluation.truth.annotations, *ids, is_of_object)


def is_chosen(evaluation: OpenEvaluation, boxes: pd.DataFrame, chosen: ImageFilter) -> "pd.Series[bool]":
    """(N,) whether the filter selects each counted box. Raises AppError for an unknown outcome, cause or slice."""
    if chosen.outcome and chosen.outcome not in OUTCOMES:
        raise AppError(f"There is no outcome {chosen.outcome!r}.", f"Choose one of {', '.join(OUTCOMES)}.")
    if chosen.cause and chosen.cause not in CAUSES:
        raise AppError(f"There is no cause {chosen.cause!r}.", f"Choose one of {', '.join(CAUSES)}.")
    selected = pd.Series(True, index=boxes.index)
    if chosen.cause:
        selected &= boxes["cause"] == chosen.cause
    if chosen.category_id >= 0:
        selected &= boxes["category_id"] == chosen.category_id
    if chosen.outcome:
        selected &= boxes["outcome"] == chosen.outcome
    if chosen.cell is not None:
        selected &= (boxes["truth_class"] == chosen.cell[0]) & (boxes["found_class"] == chosen.cell[1])
    if chosen.slice:
        slicing, part = slice_of(evaluation, chosen.slice)
        selected &= _parts_of(evaluation, slicing, boxes) == part
    return selected


def hits_of(evaluation: OpenEvaluation, boxes: pd.DataFrame, chosen: ImageFilter) -> pd.DataFrame:
    """The counted boxes that the filter selects, one per count."""
    hits = boxes[is_chosen(evaluation, boxes, chosen)]
    if chosen.cell is not None and not chosen.outcome:
        # A confusion of classes is one count in its cell, but two boxes: the false positive and the object under it.
        hits = hits[(hits["kind"] == "detection") | (hits["found_class"] == len(evaluation.truth.categories))]
    return hits
