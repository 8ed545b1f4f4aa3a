"""A finished evaluation as files in its folder, and back. Written by the worker and by core.services.evaluation.

The folder stands on its own: images.parquet, categories.parquet, truths.parquet and detections.parquet (the tables of
core.tables, the latter two with what became of each row at score 0 and the evaluation's IoU: `matching.Outcomes`) and
scores.json, which is written last: an evaluation without it has not finished. Where detections have
masks, outlines.parquet holds them (`image_id, detection_id, outline`), so that one image's can be read alone.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, NotRequired, TypedDict

import pandas as pd

from core.errors import AppError
from core.evaluation.matching.matching import find_overlaps, match
from core.evaluation.matching.outcomes import outcomes_at
from core.evaluation.predictions import Truth, check_detections
from core.evaluation.scores.mask_scores import MASK, score_masks
from core.evaluation.scores.scores import Scores, score_boxes
from core.evaluation.thresholds.curves import SuggestedThreshold, suggest_threshold, threshold_curves
from core.files import atomic_writer, write_json
from core.records import damaged, read_as
from core.shapes import Count
from core.tables import ANNOTATIONS, CATEGORIES, DETECTIONS, IMAGES, conform, empty, load_table, read_table, write_table

SCORES_FILE: Final = "scores.json"
_MASKS_FILE: Final = "outlines.parquet"
_MASKS: Final = {"image_id": "int64", "detection_id": "int64", MASK: "str"}
# Run lengths of so many characters are no object's mask; they would only fill the disk.
_LONGEST_MASK: Final = 20_000
# Rows that are read together: of some images, not of all.
_MASKS_TOGETHER: Final = 2_000
_TABLES: Final = {"images": IMAGES, "categories": CATEGORIES, "truths": ANNOTATIONS, "detections": DETECTIONS}


class _Result(TypedDict):
    """scores.json."""

    scores: Scores
    suggested: SuggestedThreshold | None
    iou: float
    images: Count
    notes: list[str]
    outlines: NotRequired[Scores | None]


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """What `judge` wrote. `iou` is the one that was asked for; `notes` are the scores' and those of its making."""

    truth: Truth
    detections: pd.DataFrame
    scores: Scores
    suggested: SuggestedThreshold | None
    iou: float
    notes: list[str]
    masks: Scores | None = None  # of a model that draws masks


def evaluate_detections(
    truth: Truth, detections: pd.DataFrame, folder: Path, iou: float = 0.5, notes: Sequence[str] = ()
) -> Scores:
    """Score the detections, match them, and write the evaluation's tables into `folder`; the scores of the boxes.

    Detections with masks (core.evaluation.scores.mask_scores) are scored by them too.
    `notes` are sentences to keep with the result, such as those of `join_classes`. Raises AppError for detections or
    an IoU that cannot be evaluated; then nothing is written.
    """
    truth = replace(truth, categories=truth.categories.sort_values("category_id", ignore_index=True))
    found = check_detections(truth.images, truth.categories, detections)
    truths = conform(truth.annotations, ANNOTATIONS)
    scores = score_boxes(truth.images, truths, truth.categories, found)
    masks = score_masks(replace(truth, annotations=truths), detections)
    matching = match(truths, found, find_overlaps(truths, found), iou)
    outcomes = outcomes_at(truths, found, matching, 0.0)
    suggested = suggest_threshold(threshold_curves(truths, found, matching, len(truth.categories)))
    write_table(folder / "images.parquet", conform(truth.images, IMAGES))
    write_table(folder / "categories.parquet", conform(truth.categories, CATEGORIES))
    write_table(folder / "truths.parquet", outcomes.truths)
    write_table(folder / "detections.parquet", outcomes.detections)
    if MASK in detections.columns:
        _write_masks(folder / _MASKS_FILE, detections)
    document = {
        "scores": scores.to_json(),
        "suggested": asdict(suggested) if suggested else None,
        "iou": iou,
        "images": len(truth.images),
        "notes": list(notes),
        "outlines": masks.to_json() if masks else None,
    }
    write_json(folder / SCORES_FILE, document)
    return scores


def is_finished(folder: Path) -> bool:
    """Whether an evaluation's tables are all there."""
    return (folder / SCORES_FILE).exists()


def load(folder: Path) -> StoredEvaluation:
    """The evaluation in a folder. Raises AppError where it has not finished, DamagedFileError."""
    if not is_finished(folder):
        raise AppError(f"Evaluation {folder.name} has no result yet.", "Wait until it has finished, or start it again.")
    document = read_as(folder / SCORES_FILE, _Result)
    tables = {name: _load(folder / f"{name}.parquet", schema) for name, schema in _TABLES.items()}
    scores = document["scores"]
    return StoredEvaluation(
        Truth(images=tables["images"], annotations=tables["truths"], categories=tables["categories"]),
        tables["detections"],
        scores,
        document["suggested"],
        document["iou"],
        [*document["notes"], *scores.notes],
        document.get("outlines"),
    )


def _load(path: Path, schema: dict[str, str]) -> pd.DataFrame:
    try:
        return load_table(path, schema)
    except FileNotFoundError:
        raise damaged(path, "it is missing") from None


def read_masks(folder: Path, image_ids: Sequence[int]) -> pd.DataFrame:
    """`image_id, detection_id, outline` of the detections on some images: COCO's run lengths as JSON text.

    Empty where the model draws no masks, or the evaluation was made before they were kept.
    """
    path = folder / _MASKS_FILE
    try:
        return conform(read_table(path, list(_MASKS), image_ids), _MASKS)
    except FileNotFoundError:
        return empty(_MASKS)


def _write_masks(path: Path, detections: pd.DataFrame) -> None:
    masks = conform(detections, _MASKS)
    kept = masks[masks[MASK].str.len().between(1, _LONGEST_MASK)]
    with atomic_writer(path) as handle:
        ordered = kept.sort_values("image_id", kind="stable")
        ordered.to_parquet(handle, index=False, row_group_size=_MASKS_TOGETHER)


def load_scores(folder: Path) -> tuple[Scores, int] | None:
    """The scores and the number of images alone, for lists; None where the evaluation has not finished.

    Raises DamagedFileError.
    """
    try:
        document = read_as(folder / SCORES_FILE, _Result)
    except FileNotFoundError:
        return None
    return document["scores"], document["images"]
