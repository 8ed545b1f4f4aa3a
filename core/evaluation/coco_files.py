"""COCO truth and result files of any detector, read for evaluation without an import. Imported by core.desk.evaluating.

The files are somebody else's: everything is checked, nothing is trusted, and an error names file and element.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import AppError
from core.evaluation.json_columns import box_column, id_column, number_column, without_collector
from core.evaluation.json_values import finite, is_id, shown, side, text
from core.evaluation.predictions import Truth
from core.tables import ANNOTATIONS, CATEGORIES, DETECTIONS, IMAGES, from_columns

# COCO val2017 with 300,000 detections is 50 MB; a document takes about ten times its size in memory.
FILE_BYTES: Final = 2**30
_TRUTH_REMEDY: Final = "Give a COCO ground truth: a JSON object with images, annotations and categories."
_RESULT_REMEDY: Final = "Give a COCO result file: a JSON list of {image_id, category_id, bbox, score}."
Ids = dict[Any, int]
Found = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], dict[str, int]]


class CocoTruth:
    """A COCO ground truth: `truth`, and the file's own image and category ids -> those of the tables."""

    def __init__(self, truth: Truth, image_ids: Ids, category_ids: Ids) -> None:
        self.truth = truth
        self.image_ids = image_ids
        self.category_ids = category_ids


@without_collector()
def read_truth(path: Path, limit_bytes: int = FILE_BYTES) -> CocoTruth:
    """The tables of a COCO ground truth file. Raises AppError naming the file and the element that is wrong."""
    document = _read(path, limit_bytes, _TRUTH_REMEDY)
    if not isinstance(document, dict):
        raise AppError(f"{path.name} holds no JSON object.", _TRUTH_REMEDY)
    images = _records(path, document, "images")
    categories = sorted(_records(path, document, "categories"), key=lambda record: str(record.get("id")).zfill(20))
    image_ids = _number(path, "images", images, first=1)
    category_ids = _number(path, "categories", categories, first=0)
    names = [text(record.get("name", record["id"])) for record in categories]
    category_table = from_columns(
        CATEGORIES,
        {
            "category_id": list(category_ids.values()),
            "name": names,
            "source_id": [text(record["id"]) for record in categories],
        },
    )
    annotations = _read_annotations(path, _records(path, document, "annotations"), image_ids, category_ids)
    return CocoTruth(Truth(_image_table(images), annotations, category_table), image_ids, category_ids)


@without_collector()
def read_detections(path: Path, truth: CocoTruth, limit_bytes: int = FILE_BYTES) -> tuple[pd.DataFrame, list[str]]:
    """The detections of a COCO result file in terms of `truth`, and notes on what was left out.

    Detections of a class that the truth does not have are left out and counted; everything else that does not fit
    raises AppError.
    """
    document = _read(path, limit_bytes, _RESULT_REMEDY)
    if not isinstance(document, list):
        raise AppError(f"{path.name} holds no JSON list.", _RESULT_REMEDY)
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
    return table, [*strange_notes(strange), *sizeless_notes(values)]


def _plain_detections(document: list[Any], truth: CocoTruth) -> Found | None:
    """As `_detections_one_by_one`, all at once; None where anything is out of the ordinary."""
    if not set(map(type, document)) <= {dict}:
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
        image = _look_up(where, record, "image_id", truth.image_ids, "The truth file has no such image")
        kind = _find(truth.category_ids, record.get("category_id"))
        box = _box(where, record, _RESULT_REMEDY)
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


def _read(path: Path, limit_bytes: int, remedy: str) -> Any:
    try:
        size = path.stat().st_size
        if size > limit_bytes:
            raise AppError(f"{path.name} has {size:,} bytes; {limit_bytes:,} are allowed.", "Split the file.")
        return json.loads(path.read_bytes())
    except OSError as error:
        raise AppError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    except (ValueError, RecursionError) as error:
        # ValueError: no UTF-8, no JSON, or a number of thousands of digits.
        raise AppError(f"{path.name} is no JSON: {error}.", remedy) from error


def _records(path: Path, document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    records = document.get(name)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise AppError(f"{path.name} has no list of objects under {name!r}.", _TRUTH_REMEDY)
    return records


def _number(path: Path, name: str, records: list[dict[str, Any]], first: int) -> Ids:
    """The records' own ids -> dense numbers from `first`, in their order."""
    numbers: Ids = {}
    for place, record in enumerate(records):
        key = record.get("id")
        if not is_id(key):
            raise AppError(f"{path.name}, {name} {place + 1}: id {shown(key)} is no number or text.", _TRUTH_REMEDY)
        if key in numbers:
            raise AppError(f"{path.name}, {name} {place + 1}: id {shown(key)} is there twice.", "Make ids unique.")
        numbers[key] = first + place
    return numbers


def _image_table(images: list[dict[str, Any]]) -> pd.DataFrame:
    count = len(images)
    names = [text(record.get("file_name") or record["id"]) for record in images]
    return from_columns(
        IMAGES,
        {
            "image_id": range(1, count + 1),
            "file_name": names,
            "width": [side(record.get("width")) for record in images],
            "height": [side(record.get("height")) for record in images],
            "split": [""] * count,
            "use": ["labelled"] * count,
            "source": names,
            "content_hash": [""] * count,
        },
    )


def _read_annotations(path: Path, records: list[dict[str, Any]], images: Ids, categories: Ids) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for place, record in enumerate(records):
        where = f"{path.name}, annotation {place + 1}"
        image = _look_up(where, record, "image_id", images, "The file's images do not have it")
        kind = _look_up(where, record, "category_id", categories, "The file's categories do not have it")
        x, y, width, height = _box(where, record, _TRUTH_REMEDY)
        area = finite(record.get("area", width * height))
        if area is None or area < 0:
            raise AppError(f"{where}: area {shown(record['area'])} is no number from 0.", _TRUTH_REMEDY)
        rows.append((image, kind, x, y, x + width, y + height, area, bool(record.get("iscrowd"))))
    names = ("image_id", "category_id", "x1", "y1", "x2", "y2", "area", "is_crowd")
    columns: dict[str, Any] = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    columns |= {"annotation_id": range(1, len(rows) + 1), "source_line": range(1, len(rows) + 1)}
    columns |= {"segmentation": [""] * len(rows), "source_file": [path.name] * len(rows)}
    return from_columns(ANNOTATIONS, columns)


def _look_up(where: str, record: dict[str, Any], name: str, known: Ids, complaint: str) -> int:
    found = _find(known, record.get(name))
    if found is None:
        raise AppError(f"{where}: {name} {shown(record.get(name))}. {complaint}.", "Give two files that fit together.")
    return found


def _find(known: Ids, key: Any) -> int | None:
    return known.get(key) if is_id(key) else None


def _box(where: str, record: dict[str, Any], remedy: str) -> list[float]:
    values = record.get("bbox")
    numbers = [finite(value) for value in values] if isinstance(values, list) and len(values) == 4 else []
    box = [number for number in numbers if number is not None]
    if len(box) != 4 or box[2] < 0 or box[3] < 0:
        raise AppError(f"{where}: bbox {shown(values)} is not [x, y, width, height] in px.", remedy)
    return box
