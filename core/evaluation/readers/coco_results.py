"""COCO result files of any detector, judged against a COCO ground truth.

The files are somebody else's: everything is checked, nothing is trusted, and an error names file and element.
"""

from itertools import compress
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.coco.json_columns import box_column, id_column, number_column, without_collector
from core.coco.json_values import finite, shown
from core.coco.masks import outline_column, with_boxes
from core.errors import AppError
from core.evaluation.readers.coco_files import FILE_BYTES, CocoTruth, find_id, look_up, read_box, read_document
from core.evaluation.scores.mask_scores import OUTLINE
from core.tables import DETECTIONS, from_columns

_RESULT_REMEDY: Final = "Give a COCO result file: a JSON list of {image_id, category_id, bbox, score}."
Found = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], dict[str, int]]


@without_collector()
def read_detections(path: Path, truth: CocoTruth, limit_bytes: int = FILE_BYTES) -> tuple[pd.DataFrame, list[str]]:
    """The detections of a COCO result file in terms of `truth`, and notes on what was left out.

    Detections of a class that the truth does not have are left out and counted; everything else that does not fit
    raises AppError. Where detections have outlines (`segmentation`), the table has them in the column `OUTLINE`, "" for
    one that cannot be read; a detection with an outline and no box gets the box round it.
    """
    document = read_document(path, limit_bytes, _RESULT_REMEDY)
    if not isinstance(document, list):
        raise AppError(f"{path.name} holds no JSON list.", _RESULT_REMEDY)
    document = _with_boxes(document, truth)
    plain = _plain_detections(document, truth)
    rows, values, strange = plain or _detections_one_by_one(path, document, truth)
    table = from_columns(
        DETECTIONS,
        {
            "detection_id": range(1, len(rows) + 1),
            "image_id": rows[:, 0],
            "category_id": rows[:, 1],
            **dict(zip(("x1", "y1", "x2", "y2", "score"), values.T, strict=True)),
        },
    )
    outlines, notes = _outlines(path, document, truth)
    return table.assign(**outlines), [*strange_notes(strange), *sizeless_notes(values), *notes]


def _plain_detections(document: list[Any], truth: CocoTruth) -> Found | None:
    """As `_detections_one_by_one`, all at once; None where anything is out of the ordinary."""
    if not _are_objects(document):
        return None
    images = id_column(document, "image_id", truth.image_ids)
    kinds = id_column(document, "category_id", truth.category_ids)
    boxes, scores = box_column(document, "bbox"), number_column(document, "score")
    if images is None or kinds is None or boxes is None or scores is None:
        return None
    if ((scores < 0) | (scores > 1)).any():
        return None
    return np.column_stack([images, kinds]), np.column_stack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:], scores]), {}


def _detections_one_by_one(path: Path, document: list[Any], truth: CocoTruth) -> Found:
    """(N, 2) image and class, (N, 5) corners and score, and how many detections there are of each strange class."""
    rows: list[tuple[int, int]] = []
    numbers: list[list[float]] = []
    strange: dict[str, int] = {}
    for place, record in enumerate(document):
        where = f"{path.name}, detection {place + 1}"
        if not isinstance(record, dict):
            raise AppError(f"{where} is no JSON object.", _RESULT_REMEDY)
        image = look_up(where, record, "image_id", truth.image_ids, "The truth file has no such image")
        kind = find_id(truth.category_ids, record.get("category_id"))
        box = read_box(where, record, _RESULT_REMEDY)
        score = finite(record.get("score"))
        if score is None or not 0 <= score <= 1:
            raise AppError(f"{where}: score {shown(record.get('score'))} is no number from 0 to 1.", _RESULT_REMEDY)
        if kind is None:
            name = shown(record.get("category_id"))
            strange[name] = strange.get(name, 0) + 1
            continue
        rows.append((image, kind))
        numbers.append([*box, score])
    values = np.asarray(numbers, dtype=np.float64).reshape(-1, 5)
    values[:, 2:4] += values[:, :2]
    return np.asarray(rows, dtype=np.int64).reshape(-1, 2), values, strange


def _with_boxes(document: list[Any], truth: CocoTruth) -> list[Any]:
    if not _are_objects(document) or all(record.get("bbox") is not None for record in document):
        return document
    return with_boxes(document, truth.sides_of(document))


def _are_objects(document: list[Any]) -> bool:
    return set(map(type, document)) <= {dict}


def _outlines(path: Path, document: list[dict[str, Any]], truth: CocoTruth) -> tuple[dict[str, list[str]], list[str]]:
    """The column `OUTLINE` where the file has outlines, and notes. The file has been found in order but for those."""
    is_kept = [find_id(truth.category_ids, record.get("category_id")) is not None for record in document]
    # Each in its place of the file, which the notes name.
    records = [record if kept else {} for record, kept in zip(document, is_kept, strict=True)]
    if not any(record.get("segmentation") for record in records):
        return {}, []
    outlines, notes = outline_column(f"{path.name}, detection", records, truth.sides_of(records), as_run_lengths=True)
    return {OUTLINE: list(compress(outlines, is_kept))}, notes


def strange_notes(strange: dict[str, int], kind: str = "class with the id") -> list[str]:
    """A sentence on detections of classes (as the file has them -> how many) that the truth lacks."""
    if not strange:
        return []
    ids = ", ".join(list(strange)[:8]) + (", …" if len(strange) > 8 else "")
    return [f"{sum(strange.values()):,} detections are left out: the truth has no {kind} {ids}."]


def sizeless_notes(values: npt.NDArray[np.float64]) -> list[str]:
    """A sentence on boxes without an area; `values` (N, 4 or more) begin with corners."""
    count = int((values[:, 2:4] <= values[:, :2]).any(axis=1).sum())
    if not count:
        return []
    return [f"{count:,} detections have a box of no width or height: they find nothing, and count as false alarms."]
