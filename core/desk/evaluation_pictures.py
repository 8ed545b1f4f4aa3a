"""The pictures of an evaluation, chosen and sorted by their mistakes, and the boxes on one of them.

Offered to the pages through core.desk.evaluating.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from core.boxes import paired_iou_xyxy
from core.desk.evaluation_outlines import with_outlines
from core.desk.evaluation_slices import find_slice
from core.desk.evaluation_view import OpenEvaluation
from core.errors import AppError, NotFoundError
from core.evaluation.causes import CAUSES, Cause
from core.evaluation.matching import find_overlaps, match
from core.evaluation.mistakes import Judged, Outcome, TruthOutcome, judge_at
from core.evaluation.slices import detection_parts
from core.evaluation.slicings import OF_OBJECTS, Slicing
from core.tables import BOX_COLUMNS, boxes_xyxy

# Column to sort by, falling; the name sorts rising.
SORTS: Final = {"mistakes": "mistakes", "missed": "missed", "false_alarms": "fp", "name": "file_name"}
OUTCOMES: Final = ("true_positive", "false_positive", "missed")


@dataclass(frozen=True, slots=True)
class PictureFilter:
    """Which pictures, in which order. Every field narrows the choice; the defaults keep everything.

    `category_id` is a class (-1: any); `outcome` one of OUTCOMES; `cell` a cell of the confusion matrix as (truth
    class, predicted class), the number of classes standing for the background; `cause` one of CAUSES: the false alarms
    with this cause, for `missed` the objects; `text` a part of the file name; `slice` the key of a slice of pictures or
    of objects (core.evaluation.slicings).
    """

    sort: str = "mistakes"
    category_id: int = -1
    outcome: str = ""
    cell: tuple[int, int] | None = None
    text: str = ""
    cause: str = ""
    slice: str = ""

    @property
    def narrows_boxes(self) -> bool:
        """Whether it asks for certain boxes, so that pictures without any of them are left out."""
        is_of_objects = self.slice.partition(":")[0] in OF_OBJECTS
        asked = self.outcome or self.cell is not None or self.cause or is_of_objects
        return self.category_id >= 0 or bool(asked)


def picture_rows(
    evaluation: OpenEvaluation, score: float, iou: float, chosen: PictureFilter = PictureFilter()
) -> pd.DataFrame:
    """One row a picture: `image_id, file_name, split, width, height, truths, tp, fp, missed, mistakes, hits`.

    Counts are of all classes; `hits` counts the boxes that the filter asks for (all detections and missed objects where
    it asks for none). Raises AppError for an unknown sort, outcome, cause or slice.
    """
    judged = evaluation.judged(score, iou)
    rows = evaluation.truth.images[["image_id", "file_name", "split", "width", "height"]].copy()
    boxes = _boxes_of(judged, len(evaluation.truth.categories))
    truths = judged.truths[judged.truths["outcome"] != TruthOutcome.CROWD]
    rows["truths"] = _count_on(rows, truths)
    for name, outcome in (("tp", "true_positive"), ("fp", "false_positive"), ("missed", "missed")):
        rows[name] = _count_on(rows, boxes[boxes["outcome"] == outcome])
    rows["mistakes"] = rows["fp"] + rows["missed"]
    rows["hits"] = _count_on(rows, _hits(evaluation, boxes, chosen))
    if chosen.slice:
        slicing, place = _slice(evaluation, chosen.slice)
        rows = rows if slicing.images is None else rows[slicing.images == place]
    if chosen.narrows_boxes:
        rows = rows[rows["hits"] > 0]
    if chosen.text:
        rows = rows[rows["file_name"].str.contains(chosen.text, case=False, regex=False)]
    return _sorted(rows, chosen.sort)


def chosen_boxes(evaluation: OpenEvaluation, score: float, iou: float, chosen: PictureFilter) -> pd.DataFrame:
    """The boxes that the filter asks for, those that `hits` counts: `image_id, kind, id, outcome, category_id, cause`.

    Kind is detection or truth (a missed object). Raises AppError as `picture_rows`.
    """
    pictures = picture_rows(evaluation, score, iou, chosen)
    boxes = _boxes_of(evaluation.judged(score, iou), len(evaluation.truth.categories))
    hits = _hits(evaluation, boxes, chosen)
    hits = hits[hits["image_id"].isin(pictures["image_id"])]
    return hits[["image_id", "kind", "id", "outcome", "category_id", "cause"]].reset_index(drop=True)


def picture_boxes(
    evaluation: OpenEvaluation,
    image_id: int,
    iou: float,
    score: float | None = None,
    chosen: PictureFilter = PictureFilter(),
) -> list[dict[str, Any]]:
    """All boxes on a picture for the viewer, truths first, then detections by falling score.

    Keys: `id` (annotation or detection id), `kind` (truth, detection), `outcome`, `category_id`, `name`, `score`,
    `iou`, `box` [x1, y1, x2, y2] px, `partner` (id of the other kind, or None), `confused_with` (category_id or None),
    `cause` (of a false alarm, at every score; else None), `chosen` (whether the filter asks for it at `score`).
    `outcome` holds at every threshold t, so that the viewer needs no round trip: a detection with a score of at least t
    is what it says (true_positive, false_positive, ignored); a truth is missed where its `score`, the one of the
    detection that found it, is None or below t (its outcome says matched_truth, missed or ignored, at 0).
    A false alarm whose cause is about an object has that as `meant_for`, and its IoU with it as `overlap`. What has an
    outline has it as `outline` (core.desk.evaluation_outlines).
    Only `chosen`, `confused_with` and the partner across classes depend on `score` (the evaluation's by default).
    """
    boxes = boxes_on(evaluation, [image_id], iou, score, chosen)[image_id]
    return with_outlines(evaluation, image_id, boxes)


def boxes_on(
    evaluation: OpenEvaluation,
    image_ids: Sequence[int],
    iou: float,
    score: float | None = None,
    chosen: PictureFilter = PictureFilter(),
) -> dict[int, list[dict[str, Any]]]:
    """The boxes on each of some pictures as `picture_boxes` gives them; a page of them takes little longer than one."""
    score = evaluation.score if score is None else score
    judged, everything = _on_pictures(evaluation, image_ids, iou, score, 0.0)
    boxes = _boxes_of(judged, len(evaluation.truth.categories))
    wanted = boxes[_is_chosen(evaluation, boxes, chosen)] if chosen.narrows_boxes else boxes.iloc[:0]
    keys = set(zip(wanted["kind"], wanted["id"], strict=True))
    # A true positive stands for its object too.
    keys |= {("truth", key) for key in wanted.loc[wanted["outcome"] == "true_positive", "annotation_id"]}
    names = evaluation.class_names
    on: dict[int, list[dict[str, Any]]] = {image_id: [] for image_id in image_ids}
    for row in everything.truths.to_dict("records"):
        on[row["image_id"]].append(_truth_box(row, names, keys))
    overlaps = _overlaps(everything)
    at_score = {row["detection_id"]: row for row in judged.detections.to_dict("records")}
    for row in everything.detections.sort_values("score", ascending=False, kind="stable").to_dict("records"):
        # Below the threshold nobody competes for a truth of another class.
        counted = at_score.get(row["detection_id"])
        if row["outcome"] == Outcome.FALSE_POSITIVE:
            row["annotation_id"] = 0 if counted is None else int(counted["annotation_id"])
            row["confused_with"] = -1 if counted is None else int(counted["confused_with"])
        on[row["image_id"]].append(_found_box(row, names, keys) | overlaps.get(row["detection_id"], {}))
    return on


def _overlaps(judged: Judged) -> dict[int, dict[str, Any]]:
    """By id of a false alarm that is about an object: the object's id and the IoU with it."""
    found = judged.detections[judged.detections["meant_for"] > 0]
    objects = judged.truths.set_index("annotation_id").loc[found["meant_for"]]
    ious = paired_iou_xyxy(boxes_xyxy(found), boxes_xyxy(objects))
    return {
        int(key): {"meant_for": int(truth), "overlap": float(iou)}
        for key, truth, iou in zip(found["detection_id"], found["meant_for"], ious, strict=True)
    }


def _truth_box(row: dict[str, Any], names: list[str], chosen: set[tuple[str, int]]) -> dict[str, Any]:
    outcomes = {TruthOutcome.MATCHED: "matched_truth", TruthOutcome.MISSED: "missed", TruthOutcome.CROWD: "ignored"}
    is_matched = row["outcome"] == TruthOutcome.MATCHED
    return _box("truth", row["annotation_id"], row, names, chosen) | {
        "outcome": outcomes[TruthOutcome(row["outcome"])],
        "score": float(row["found_score"]) if is_matched else None,
        "iou": None,
        "partner": int(row["detection_id"]) if is_matched else None,
        "confused_with": None,
        "cause": None,
    }


def _found_box(row: dict[str, Any], names: list[str], chosen: set[tuple[str, int]]) -> dict[str, Any]:
    return _box("detection", row["detection_id"], row, names, chosen) | {
        "outcome": row["outcome"],
        "score": float(row["score"]),
        "iou": float(row["iou"]),
        "partner": int(row["annotation_id"]) or None,
        "confused_with": int(row["confused_with"]) if row["confused_with"] >= 0 else None,
        "cause": row["cause"] or None,
    }


def _box(kind: str, key: int, row: dict[str, Any], names: list[str], chosen: set[tuple[str, int]]) -> dict[str, Any]:
    return {
        "id": int(key),
        "kind": kind,
        "category_id": int(row["category_id"]),
        "name": names[int(row["category_id"])],
        "box": [float(row[name]) for name in BOX_COLUMNS],
        "chosen": (kind, int(key)) in chosen,
    }


def _on_pictures(evaluation: OpenEvaluation, image_ids: Sequence[int], iou: float, *scores: float) -> list[Judged]:
    """The outcomes on some pictures alone at each score; matching never looks beyond a picture."""
    truths, found = evaluation.on_pictures(image_ids)
    matching = match(truths, found, find_overlaps(truths, found), iou)
    return [judge_at(truths, found, matching, score) for score in scores]


def _boxes_of(judged: Judged, classes: int) -> pd.DataFrame:
    """The counted boxes: `image_id, kind, id, annotation_id, outcome, category_id, truth_class, found_class, cause`.

    Every detection that is not ignored, and every missed object; truth and found class are its cell in the matrix. A
    mix-up has two boxes in its cell: the false alarm and the object it lies on. An object that a mistake explains has
    no cause of its own here, so that each false alarm and each outright miss is one box.
    """
    found = judged.detections[judged.detections["outcome"] != Outcome.IGNORED]
    is_right = found["outcome"] == Outcome.TRUE_POSITIVE
    confused = found["confused_with"]
    missed = judged.truths[judged.truths["outcome"] == TruthOutcome.MISSED]
    parts = [
        pd.DataFrame(
            {
                "image_id": found["image_id"],
                "kind": "detection",
                "id": found["detection_id"],
                "annotation_id": found["annotation_id"],
                "outcome": found["outcome"],
                "category_id": found["category_id"],
                "truth_class": np.where(is_right, found["category_id"], np.where(confused < 0, classes, confused)),
                "found_class": found["category_id"],
                "cause": found["cause"],
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


def _slice(evaluation: OpenEvaluation, key: str) -> tuple[Slicing, int]:
    found = find_slice(evaluation, key)
    if found is None:
        raise NotFoundError(f"This evaluation has no slice {key!r}.", "`python -m core slices` lists those there are.")
    return found


def _parts_of(evaluation: OpenEvaluation, slicing: Slicing, boxes: pd.DataFrame) -> np.ndarray:
    """(N,) the part of each counted box: of the object that was found or missed, or of the false alarm itself."""
    is_of_object = (boxes["outcome"] != Outcome.FALSE_POSITIVE).to_numpy()
    ids = boxes["id"], boxes["annotation_id"]
    return detection_parts(slicing, evaluation.detections, evaluation.truth.annotations, *ids, is_of_object)


def _is_chosen(evaluation: OpenEvaluation, boxes: pd.DataFrame, chosen: PictureFilter) -> "pd.Series[bool]":
    if chosen.outcome and chosen.outcome not in OUTCOMES:
        raise AppError(f"There is no outcome {chosen.outcome!r}.", f"Choose one of {', '.join(OUTCOMES)}.")
    if chosen.cause and chosen.cause not in CAUSES:
        raise AppError(f"There is no cause {chosen.cause!r}.", f"Choose one of {', '.join(CAUSES)}.")
    is_chosen = pd.Series(True, index=boxes.index)
    if chosen.cause:
        is_chosen &= boxes["cause"] == chosen.cause
    if chosen.category_id >= 0:
        is_chosen &= boxes["category_id"] == chosen.category_id
    if chosen.outcome:
        is_chosen &= boxes["outcome"] == chosen.outcome
    if chosen.cell is not None:
        is_chosen &= (boxes["truth_class"] == chosen.cell[0]) & (boxes["found_class"] == chosen.cell[1])
    if chosen.slice:
        slicing, place = _slice(evaluation, chosen.slice)
        is_chosen &= _parts_of(evaluation, slicing, boxes) == place
    return is_chosen


def _hits(evaluation: OpenEvaluation, boxes: pd.DataFrame, chosen: PictureFilter) -> pd.DataFrame:
    """The boxes that the filter asks for, as they are counted."""
    hits = boxes[_is_chosen(evaluation, boxes, chosen)]
    if chosen.cell is not None and not chosen.outcome:
        # A mix-up is one count in its cell, and two boxes: the false alarm and the object it lies on.
        hits = hits[(hits["kind"] == "detection") | (hits["found_class"] == len(evaluation.truth.categories))]
    return hits


def _count_on(images: pd.DataFrame, boxes: pd.DataFrame) -> np.ndarray:
    """(N,) how many of the boxes lie on each image."""
    counts = boxes["image_id"].value_counts()
    return np.asarray(counts.reindex(images["image_id"], fill_value=0).to_numpy(), dtype=np.int64)


def _sorted(rows: pd.DataFrame, sort: str) -> pd.DataFrame:
    if sort not in SORTS:
        raise AppError(f"Pictures cannot be sorted by {sort!r}.", f"Choose one of {', '.join(SORTS)}.")
    column = SORTS[sort]
    # Ties fall by name, so that the order is the same each time.
    return rows.sort_values([column, "file_name"], ascending=[sort == "name", True]).reset_index(drop=True)
