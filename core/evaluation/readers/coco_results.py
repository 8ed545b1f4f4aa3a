"""Reader of COCO result files of any detector, for an evaluation against a COCO ground truth.

As strict as for the truth: a record that cannot be used refuses the file. Only classes that the truth lacks are left
out.
"""

import json
from itertools import compress
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.coco.columns import number_column, without_collector
from core.coco.document import read_json
from core.coco.faults import Faults, Kind
from core.coco.masks import as_run_lengths
from core.coco.records import Records
from core.coco.values import finite, quoted
from core.errors import AppError
from core.evaluation.readers.coco_files import FILE_BYTES, CocoTruth
from core.evaluation.scores.mask_scores import MASK
from core.tables import DETECTIONS, from_columns

_REMEDY: Final = "Give a COCO result file: a JSON list of {image_id, category_id, bbox, score}."


@without_collector()
def read_detections(path: Path, truth: CocoTruth, limit_bytes: int = FILE_BYTES) -> tuple[pd.DataFrame, list[str]]:
    """The detections of a COCO result file in terms of `truth`, and notes on what was left out.

    Detections of a class that the truth does not have are left out and counted. Anything else that does not fit raises
    AppError. If detections have masks (`segmentation`), the table has them in the column `MASK`, "" for an unreadable
    one. A detection with a mask and no box gets the box round the mask.
    """
    document = read_json(path, path.name, limit_bytes, _REMEDY)
    if not isinstance(document, list):
        raise AppError(f"{path.name} holds no JSON list.", _REMEDY)
    faults = Faults(path.name, is_strict=True)
    records = Records("detection", document, faults)
    image = records.read_images(truth.images, "which the truth file does not list")
    category = truth.categories.column(records.records, "category_id")
    sizes = truth.sizes_of(image)
    masks = records.read_masks(sizes)
    boxes = records.read_boxes(masks.boxes)
    scores = records.read_column("score", _scores, _score, Kind.MALFORMED, "is no number from 0 to 1", 0.0)
    faults.refuse(_REMEDY)
    is_kept = category >= 0
    unread = {index: why for index, why in masks.faults.items() if is_kept[index]}
    for index, why in unread.items():
        records.mend(index, Kind.BAD_MASK, why)
    for index, wrong in masks.mended.items():
        if is_kept[index]:
            records.mend(index, Kind.MENDED_MASK, wrong)
    boxes = np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])
    table = _table(image[is_kept], category[is_kept], boxes[is_kept], scores[is_kept])
    texts = [
        "" if mask is None else json.dumps(as_run_lengths(mask, *size))
        for mask, size in compress(zip(masks.values, sizes.tolist(), strict=True), is_kept)
    ]
    column = {MASK: texts} if unread or any(texts) else {}
    strange = _strange_counts(records, is_kept)
    return table.assign(**column), [*strange_notes(strange), *sizeless_notes(boxes[is_kept]), *faults.notes()]


def _table(
    image: npt.NDArray[np.int64], category: npt.NDArray[np.int64], boxes: npt.NDArray[np.float64], scores: Any
) -> pd.DataFrame:
    columns = {
        "detection_id": range(1, len(image) + 1),
        "image_id": image + 1,
        "category_id": category,
        **dict(zip(("x1", "y1", "x2", "y2"), boxes.T, strict=True)),
        "score": scores,
    }
    return from_columns(DETECTIONS, columns)


def _scores(records: list[dict[str, Any]], name: str) -> npt.NDArray[np.float64] | None:
    scores = number_column(records, name)
    return scores if scores is not None and ((scores >= 0) & (scores <= 1)).all() else None


def _score(value: Any) -> float | None:
    score = finite(value)
    return score if score is not None and 0 <= score <= 1 else None


def _strange_counts(records: Records, is_kept: npt.NDArray[np.bool_]) -> dict[str, int]:
    """The number of detections of each class left out, by its id in the file. Args: is_kept, (N,) flags."""
    strange: dict[str, int] = {}
    for index in np.flatnonzero(~is_kept).tolist():
        name = quoted(records.records[index].get("category_id"))
        strange[name] = strange.get(name, 0) + 1
    return strange


def strange_notes(strange: dict[str, int], kind: str = "class with the id") -> list[str]:
    """A sentence on detections of classes that the truth lacks; `strange` counts them by class as in the file."""
    if not strange:
        return []
    ids = ", ".join(list(strange)[:8]) + (", …" if len(strange) > 8 else "")
    return [f"{sum(strange.values()):,} detections are left out: the truth has no {kind} {ids}."]


def sizeless_notes(values: npt.NDArray[np.float64]) -> list[str]:
    """A sentence on boxes without an area; `values` (N, 4 or more) begin with corners x1 y1 x2 y2 in px."""
    count = int((values[:, 2:4] <= values[:, :2]).any(axis=1).sum())
    if not count:
        return []
    return [f"{count:,} detections have a box of no width or height: they find nothing, and count as false positives."]
