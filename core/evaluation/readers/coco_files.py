"""COCO ground truths of anybody, read for evaluation without an import.

The files are somebody else's: everything is checked, nothing is trusted, and an error names file and element.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.coco.json_columns import without_collector
from core.coco.json_values import finite, is_id, shown, side, text
from core.coco.masks import outline_column, with_boxes
from core.errors import AppError
from core.evaluation.predictions import Truth
from core.tables import ANNOTATIONS, CATEGORIES, IMAGES, from_columns

# COCO val2017 with 300,000 detections is 50 MB; a document takes about ten times its size in memory.
FILE_BYTES: Final = 2**30
_TRUTH_REMEDY: Final = "Give a COCO ground truth: a JSON object with images, annotations and categories."
Ids = dict[Any, int]
Sides = npt.NDArray[np.int64]


class CocoTruth:
    """A COCO ground truth: `truth`, and the file's own image and category ids -> those of the tables.

    `notes` are sentences on what was left out of it.
    """

    def __init__(self, truth: Truth, image_ids: Ids, category_ids: Ids, notes: list[str]) -> None:
        self.truth = truth
        self.image_ids = image_ids
        self.category_ids = category_ids
        self.notes = notes

    def sides_of(self, records: Sequence[dict[str, Any]]) -> Sides:
        """(N, 2) width and height in px of each record's picture; 0 where it is unknown."""
        return _sides(records, self.image_ids, self.truth.images)


@without_collector()
def read_truth(path: Path, limit_bytes: int = FILE_BYTES) -> CocoTruth:
    """The tables of a COCO ground truth file. Raises AppError naming the file and the element that is wrong."""
    document = read_document(path, limit_bytes, _TRUTH_REMEDY)
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
    image_table = _image_table(images)
    records = _records(path, document, "annotations")
    sides = _sides(records, image_ids, image_table)
    outlines, notes = outline_column(f"{path.name}, annotation", records, sides)
    table = _read_annotations(path, with_boxes(records, sides), image_ids, category_ids)
    truth = Truth(image_table, table.assign(segmentation=outlines), category_table)
    return CocoTruth(truth, image_ids, category_ids, notes)


def read_document(path: Path, limit_bytes: int, remedy: str) -> Any:
    """A JSON file. Raises AppError where it is too large, cannot be read, or is no JSON."""
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


def _sides(records: Sequence[dict[str, Any]], image_ids: Ids, images: pd.DataFrame) -> Sides:
    # Image ids are numbered from 1; the first row is for those that are unknown.
    known = np.vstack([np.zeros((1, 2), np.int64), images[["width", "height"]].to_numpy(np.int64)])
    return known[[find_id(image_ids, record.get("image_id")) or 0 for record in records]]


def _read_annotations(path: Path, records: list[dict[str, Any]], images: Ids, categories: Ids) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for place, record in enumerate(records):
        where = f"{path.name}, annotation {place + 1}"
        image = look_up(where, record, "image_id", images, "The file's images do not have it")
        kind = look_up(where, record, "category_id", categories, "The file's categories do not have it")
        x, y, width, height = read_box(where, record, _TRUTH_REMEDY)
        area = finite(record.get("area", width * height))
        if area is None or area < 0:
            raise AppError(f"{where}: area {shown(record['area'])} is no number from 0.", _TRUTH_REMEDY)
        rows.append((image, kind, x, y, x + width, y + height, area, bool(record.get("iscrowd"))))
    names = ("image_id", "category_id", "x1", "y1", "x2", "y2", "area", "is_crowd")
    columns: dict[str, Any] = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    columns |= {"annotation_id": range(1, len(rows) + 1), "source_line": range(1, len(rows) + 1)}
    columns |= {"segmentation": [""] * len(rows), "source_file": [path.name] * len(rows)}
    return from_columns(ANNOTATIONS, columns)


def look_up(where: str, record: dict[str, Any], name: str, known: Ids, complaint: str) -> int:
    """Our number for the record's id. Raises AppError for an unknown one."""
    found = find_id(known, record.get(name))
    if found is None:
        raise AppError(f"{where}: {name} {shown(record.get(name))}. {complaint}.", "Give two files that fit together.")
    return found


def find_id(known: Ids, key: Any) -> int | None:
    """Our number for an id of the file; None for what is none, or unknown."""
    return known.get(key) if is_id(key) else None


def read_box(where: str, record: dict[str, Any], remedy: str) -> list[float]:
    """The record's `bbox`, [x, y, width, height] in px. Raises AppError."""
    values = record.get("bbox")
    numbers = [finite(value) for value in values] if isinstance(values, list) and len(values) == 4 else []
    box = [number for number in numbers if number is not None]
    if len(box) != 4 or box[2] < 0 or box[3] < 0:
        raise AppError(f"{where}: bbox {shown(values)} is not [x, y, width, height] in px.", remedy)
    return box
