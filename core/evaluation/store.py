"""Writes and reads the files of a finished evaluation. The worker and core.services.evaluation write them.

The folder is complete: images.parquet, categories.parquet, truths.parquet and detections.parquet are tables of
core.tables, the latter two with the outcome of each row at score 0 and the IoU of the evaluation (`Outcomes`).
scores.json is written last: an evaluation without it has not finished. If detections have masks, `outlines.parquet`
holds them (`image_id, detection_id, outline`), so that those of one image can be read alone.
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
# No object has a mask with longer run lengths; they would only fill the disk.
_LONGEST_MASK: Final = 20_000
# Rows in a group of the file, so that reading one image does not read all.
_MASKS_TOGETHER: Final = 2_000
_TABLES: Final = {"images": IMAGES, "categories": CATEGORIES, "truths": ANNOTATIONS, "detections": DETECTIONS}


class _Result(TypedDict):
    """The content of scores.json."""

    scores: Scores
    suggested: SuggestedThreshold | None
    iou: float
    images: Count
    notes: list[str]
    outlines: NotRequired[Scores | None]


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """The result of `evaluate_detections`. `notes` are those of the request and of the scores."""

    truth: Truth
    detections: pd.DataFrame
    scores: Scores
    suggested: SuggestedThreshold | None
    iou: float
    notes: list[str]
    masks: Scores | None = None  # None for a model without masks


def evaluate_detections(
    truth: Truth, detections: pd.DataFrame, folder: Path, iou: float = 0.5, notes: Sequence[str] = ()
) -> Scores:
    """Scores and matches the detections, writes the evaluation into `folder`, and returns the scores of the boxes.

    Scores masks too, if the detections have any (core.evaluation.scores.mask_scores). `notes` are sentences to store
    with the result, such as those of `join_classes`. Raises AppError for detections or an IoU that cannot be evaluated,
    before it writes anything.
    """
    truth = replace(truth, categories=truth.categories.sort_values("category_id", ignore_index=True))
    checked = check_detections(truth.images, truth.categories, detections)
    truths = conform(truth.annotations, ANNOTATIONS)
    scores = score_boxes(truth.images, truths, truth.categories, checked)
    masks = score_masks(replace(truth, annotations=truths), detections)
    matching = match(truths, checked, find_overlaps(truths, checked), iou)
    outcomes = outcomes_at(truths, checked, matching, 0.0)
    suggested = suggest_threshold(threshold_curves(truths, checked, matching, len(truth.categories)))
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
    """Whether the folder of an evaluation is complete."""
    return (folder / SCORES_FILE).exists()


def load(folder: Path) -> StoredEvaluation:
    """The evaluation in a folder. Raises AppError if it has not finished, DamagedFileError."""
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

    Empty if the model gives no masks, or the evaluation is older than this file.
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
    """Only the scores and the number of images, for lists; None if the evaluation has not finished.

    Raises DamagedFileError.
    """
    try:
        document = read_as(folder / SCORES_FILE, _Result)
    except FileNotFoundError:
        return None
    return document["scores"], document["images"]
