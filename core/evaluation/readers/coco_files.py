"""Strict reader of COCO ground truth files, for an evaluation without an import.

A record that cannot be used refuses the whole file, so that no score covers only half of it. A note names what is left
out of a usable file.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.coco.columns import without_collector
from core.coco.document import read_coco
from core.coco.faults import Faults
from core.coco.ids import AMBIGUOUS, IdTable
from core.coco.records import Annotations, read_annotations, sizes_of
from core.coco.sections import Categories, ImageEntry, read_categories, read_images
from core.coco.values import text
from core.evaluation.predictions import Truth
from core.tables import ANNOTATIONS, CATEGORIES, IMAGES, from_columns

# COCO val2017 with 300,000 detections is 50 MB; a document takes about ten times its size in memory.
FILE_BYTES: Final = 2**30
_REMEDY: Final = "Give a COCO ground truth: a JSON object with images, annotations and categories."


class CocoTruth:
    """A COCO ground truth: `truth`, and the ids of the file for images (by index from 0 in the table) and categories.

    `notes` are sentences on what was left out of it.
    """

    def __init__(self, truth: Truth, images: IdTable, categories: IdTable, notes: list[str]) -> None:
        """Creates the record."""
        self.truth = truth
        self.images = images
        self.categories = categories
        self.notes = notes

    def sizes_of(self, image: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """(N, 2) width and height in px of the images with these indices (N,) in the table; 0 if unknown."""
        return sizes_of(image, self.truth.images[["width", "height"]].to_numpy(np.int64))


@without_collector()
def read_truth(path: Path, limit_bytes: int = FILE_BYTES) -> CocoTruth:
    """The tables of a COCO ground truth file. Raises AppError naming the file and the records that are wrong."""
    document = read_coco(path, path.name, limit_bytes, _REMEDY)
    faults = Faults(path.name, is_strict=True)
    images = read_images(document["images"], faults)
    categories = _sorted(read_categories(document["categories"], faults))
    records = read_annotations(document["annotations"], images.ids, categories.ids, images.sizes(), faults)
    faults.refuse(_REMEDY)
    image_table, annotations = _image_table(images.entries), _annotation_table(path.name, records)
    truth = Truth(images=image_table, annotations=annotations, categories=_category_table(categories))
    notes = [*faults.notes(), *_nameless(images.entries), *_unfindable(annotations, image_table)]
    return CocoTruth(truth, images.ids, categories.ids, notes)


def _sorted(categories: Categories) -> Categories:
    """The classes in the order of their ids."""
    entries = categories.entries
    order = sorted(range(len(entries)), key=lambda index: entries[index].key.zfill(20))
    new_index = {AMBIGUOUS: AMBIGUOUS, **{index: new for new, index in enumerate(order)}}
    ids = {key: new_index[index] for key, index in categories.ids.numbers.items()}
    return Categories([entries[index] for index in order], IdTable(ids))


def _category_table(categories: Categories) -> pd.DataFrame:
    columns = {
        "category_id": range(len(categories.entries)),
        "name": [text(category.name) for category in categories.entries],
        "source_id": [text(category.key) for category in categories.entries],
    }
    return from_columns(CATEGORIES, columns)


def _image_table(entries: Sequence[ImageEntry]) -> pd.DataFrame:
    names = [text(entry.name or entry.key) for entry in entries]
    columns = {
        "image_id": range(1, len(entries) + 1),
        "file_name": names,
        "width": [entry.width for entry in entries],
        "height": [entry.height for entry in entries],
        "split": [""] * len(entries),
        "use": ["labelled"] * len(entries),
        "source": names,
        "content_hash": [""] * len(entries),
    }
    return from_columns(IMAGES, columns)


def _annotation_table(file: str, annotations: Annotations) -> pd.DataFrame:
    """All annotations; a file with an unusable one was refused before."""
    count, boxes = len(annotations.images), annotations.boxes_xyxy
    box_areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    columns: dict[str, Any] = {
        "annotation_id": range(1, count + 1),
        "image_id": annotations.images + 1,
        "category_id": annotations.categories,
        **dict(zip(("x1", "y1", "x2", "y2"), boxes.T, strict=True)),
        "area": np.where(np.isnan(annotations.areas), box_areas, annotations.areas),
        "is_crowd": annotations.is_crowd,
        "segmentation": ["" if mask is None else json.dumps(mask) for mask in annotations.masks],
        "source_file": [file] * count,
        "source_line": annotations.numbers,
    }
    return from_columns(ANNOTATIONS, columns)


def _nameless(entries: Sequence[ImageEntry]) -> list[str]:
    count = sum(not entry.name for entry in entries)
    return [f"{count:,} images have no file_name: they go by their ids, and cannot be shown."] if count else []


def _unfindable(annotations: pd.DataFrame, images: pd.DataFrame) -> list[str]:
    """A sentence on objects that an import would drop: without an area, or outside of their image."""
    x1, y1, x2, y2 = (annotations[name].to_numpy() for name in ("x1", "y1", "x2", "y2"))
    sizes = images[["width", "height"]].to_numpy(np.float64)[annotations["image_id"].to_numpy() - 1]
    width, height = np.where(sizes > 0, sizes, np.inf).T
    is_lost = (x2 <= x1) | (y2 <= y1) | (x2 <= 0) | (y2 <= 0) | (x1 >= width) | (y1 >= height)
    count = int(is_lost.sum())
    if not count:
        return []
    first = f"annotation {annotations['source_line'].iloc[int(np.argmax(is_lost))]}"
    what = "objects have a box without an area or outside of their image"
    return [f"{count:,} {what}, which an import drops; here they count as missed. The first is {first}."]
