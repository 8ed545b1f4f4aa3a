"""Counts and distributions over a label set, as small tables for charts.

All values are binned in this module, so that a chart of 1,000,000 boxes sends a few hundred numbers to the browser.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.boxes import area_xyxy
from core.labels.label_set import LabelSet
from core.tables import SPLITS, boxes_xyxy

NO_SPLIT: Final = "none"
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Histogram:
    """`edges` (B + 1,), ascending; `counts` maps class names to the (B,) numbers of objects between two edges."""

    edges: npt.NDArray[np.float64]
    counts: dict[str, Counts]


def objects_by_class_and_split(labels: LabelSet) -> pd.DataFrame:
    """Objects by class name (rows, in class order) and split (columns; `none` only if an object is in no split)."""
    splits = labels.images.set_index("image_id")["split"].replace("", NO_SPLIT)
    frame = pd.DataFrame(
        {"category_id": labels.annotations["category_id"], "split": labels.annotations["image_id"].map(splits)}
    )
    table = frame.groupby(["category_id", "split"]).size().unstack(fill_value=0)
    columns = [*SPLITS, NO_SPLIT] if NO_SPLIT in table else list(SPLITS)
    table = table.reindex(index=labels.categories["category_id"], columns=columns, fill_value=0).astype("int64")
    return table.set_axis(pd.Index(labels.class_names, name="class"), axis=0)


def images_by_split_and_use(labels: LabelSet) -> pd.DataFrame:
    """Images by split (rows, with `none`) and use (columns labelled, background, unlabelled)."""
    frame = labels.images.assign(split=labels.images["split"].replace("", NO_SPLIT))
    table = frame.groupby(["split", "use"]).size().unstack(fill_value=0)
    uses = ["labelled", "background", "unlabelled"]
    return table.reindex(index=[*SPLITS, NO_SPLIT], columns=uses, fill_value=0).astype("int64")


def box_sides(labels: LabelSet, bins: int = 40) -> Histogram:
    """The square root of each box's area in px, by class, in bins of equal ratio."""
    return _by_class(labels, np.sqrt(area_xyxy(boxes_xyxy(labels.annotations))), bins)


def box_shares(labels: LabelSet, bins: int = 40) -> Histogram:
    """The square root of each box's share of its image's area (0 to 1), by class, in bins of equal ratio."""
    sizes = labels.images.set_index("image_id").loc[labels.annotations["image_id"], ["width", "height"]]
    pixels = sizes.prod(axis=1).to_numpy(dtype=np.float64)
    return _by_class(labels, np.sqrt(area_xyxy(boxes_xyxy(labels.annotations)) / pixels), bins)


def box_aspects(labels: LabelSet, bins: int = 40) -> Histogram:
    """The width over the height of each box, by class, in bins of equal ratio."""
    boxes = boxes_xyxy(labels.annotations)
    return _by_class(labels, (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1]), bins)


def objects_per_image(labels: LabelSet, at_most: int = 50) -> pd.Series:
    """Images by their number of objects, 0 to `at_most`; the last entry also counts images with more."""
    counts = labels.annotations.groupby("image_id").size().reindex(labels.images["image_id"], fill_value=0)
    capped = counts.clip(upper=at_most)
    return capped.value_counts().reindex(range(int(capped.max()) + 1 if len(capped) else 1), fill_value=0)


def box_positions(labels: LabelSet, class_name: str = "", cells: int = 32) -> npt.NDArray[np.float64]:
    """(cells, cells) number of boxes that touch each cell of the image, row 0 at the top; of one class or all.

    Images of all sizes are scaled to the same grid.
    """
    objects = labels.annotations
    if class_name:
        chosen = labels.categories.loc[labels.categories["name"] == class_name, "category_id"]
        objects = objects[objects["category_id"].isin(chosen)]
    sizes = labels.images.set_index("image_id").loc[objects["image_id"], ["width", "height"]].to_numpy(dtype=np.float64)
    shares = boxes_xyxy(objects) / np.tile(sizes, 2)
    first = np.clip(np.floor(shares[:, :2] * cells), 0, cells - 1).astype(np.int64)
    last = np.clip(np.ceil(shares[:, 2:] * cells), 1, cells).astype(np.int64)
    # Corners of a summed-area table: summing along both axes fills the rectangles, at a cost independent of their size.
    corners = np.zeros((cells + 1, cells + 1))
    np.add.at(corners, (first[:, 1], first[:, 0]), 1)
    np.add.at(corners, (last[:, 1], last[:, 0]), 1)
    np.add.at(corners, (first[:, 1], last[:, 0]), -1)
    np.add.at(corners, (last[:, 1], first[:, 0]), -1)
    return corners.cumsum(axis=0).cumsum(axis=1)[:cells, :cells]


def _by_class(labels: LabelSet, values: npt.NDArray[np.float64], bins: int) -> Histogram:
    usable = np.isfinite(values) & (values > 0)
    low, high = (values[usable].min(), values[usable].max()) if usable.any() else (1.0, 1.0)
    # A single value still needs a bin of some width.
    edges = np.geomspace(low, high, bins + 1) if high > low * 1.01 else np.array([low * 0.9, high * 1.1])
    # geomspace rounds its ends, which must not lose the smallest and the largest box.
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], high)
    classes = labels.annotations["category_id"].to_numpy()
    counts = {
        name: np.histogram(values[usable & (classes == category)], edges)[0].astype(np.int64)
        for category, name in zip(labels.categories["category_id"], labels.class_names, strict=True)
    }
    return Histogram(edges, counts)
