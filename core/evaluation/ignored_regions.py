"""Regions without a class, in which no detection counts: crowd regions of every class.

In a truth's annotations such a region is a crowd row of the class EVERY_CLASS, with an id below 0. So what holds for
crowd regions (COCO's rule) holds for it too, and no second table has to be passed on.
"""

from typing import Final

import numpy as np
import pandas as pd

from core.boxes import area_xyxy
from core.tables import ANNOTATIONS, BOX_COLUMNS, boxes_xyxy, from_columns

EVERY_CLASS: Final = -1
REGION_NAME: Final = "ignored region"


def with_regions(annotations: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    """The annotations (core.tables.ANNOTATIONS) followed by a row for each region (core.tables.IGNORED)."""
    if not len(regions):
        return annotations
    boxes, count = boxes_xyxy(regions), len(regions)
    columns = {
        "annotation_id": -np.arange(1, count + 1),
        "image_id": regions["image_id"].to_numpy(),
        "category_id": np.full(count, EVERY_CLASS),
        **dict(zip(BOX_COLUMNS, boxes.T, strict=True)),
        "area": area_xyxy(boxes),
        "is_crowd": np.ones(count, dtype=bool),
        "segmentation": [""] * count,
        "source_file": [""] * count,
        "source_line": [0] * count,
    }
    return pd.concat([annotations, from_columns(ANNOTATIONS, columns)], ignore_index=True)


def for_each_class(truths: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    """The truths with each region once for each class, for an evaluator that knows no region without a class."""
    is_region = truths["category_id"] == EVERY_CLASS
    if not is_region.any():
        return truths
    regions = truths[is_region]
    of_classes = [regions.assign(category_id=key) for key in categories["category_id"]]
    return pd.concat([truths[~is_region], *of_classes], ignore_index=True)


def name_of_class(names: list[str], category_id: int) -> str:
    """The name of a truth's class; that of a region without a class."""
    return REGION_NAME if category_id == EVERY_CLASS else names[category_id]
