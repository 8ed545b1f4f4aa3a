"""Filters and sorts the images of a data set version. The pages keep the filter in their URL."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from core.errors import AppError
from core.labels.checks.check_table import names_of_check
from core.services.datasets.attributes import images_with, names_in, rows_of, values_in
from core.services.datasets.opened import OpenVersion

# COCO's limits between small, medium and large objects, in px².
_SIZE_AREAS: Final = {"small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, np.inf)}
SIZES: Final = tuple(_SIZE_AREAS)
SORTS: Final = ("name", "most objects", "fewest objects", "most findings", "smallest object")


def filter_images(
    opened: OpenVersion,
    classes: Sequence[str] = (),
    split: str = "",
    finding: str = "",
    text: str = "",
    size: str = "",
    sort: str = "name",
    attribute: str = "",
    value: str = "",
) -> list[int]:
    """The sorted ids of the images that pass all filters; an empty filter passes everything.

    `classes`: the image has an object of any of them; `size` (one of SIZES): it has an object of this size (and of
    those classes); `attribute`: it has one of this name (and `value`), or has such an object of this size and those
    classes; `split`: train, val, test, or `none`; `finding`: any name of a check; `text`: part of the file name or
    source path, in any case; `sort`: one of SORTS, ties by name. Raises AppError for an unknown size or sort.
    """
    if (size and size not in SIZES) or sort not in SORTS:
        raise AppError(f"There is no size {size!r} or no order {sort!r}.", f"Sizes: {SIZES}; orders: {SORTS}.")
    images = opened.labels.images
    objects = _matching_objects(opened, classes, size)
    keep = pd.Series(True, index=images.index)
    if classes or size:
        keep &= images["image_id"].isin(objects["image_id"])
    if attribute:
        having = rows_of(opened.labels.attributes, attribute, value)
        keep &= images["image_id"].isin(images_with(having, objects))
        objects = objects[objects["annotation_id"].isin(having["annotation_id"])]
    if split:
        keep &= images["split"] == ("" if split == "none" else split)
    if finding:
        with_it = opened.findings.loc[opened.findings["check"].isin(names_of_check(finding)), "image"]
        keep &= images["source"].isin(with_it)
    if text:
        names = images["file_name"] + "\n" + images["source"]
        keep &= names.str.contains(text, case=False, regex=False)
    return _sorted(images[keep], objects, opened.findings, sort)


def attribute_names(opened: OpenVersion) -> list[str]:
    """The names of attributes of objects and images, at most 200, the most frequent first."""
    return names_in(opened.labels.attributes)


def attribute_values(opened: OpenVersion, attribute: str) -> list[str]:
    """The values of an attribute, at most 200, the most frequent first."""
    return values_in(opened.labels.attributes, attribute)


def attributes_on(opened: OpenVersion, image_id: int) -> dict[int, dict[str, str]]:
    """The attributes of an image's objects by annotation id; those of the image itself under 0."""
    table = opened.labels.attributes
    by_object: dict[int, dict[str, str]] = {}
    rows = table.loc[table["image_id"] == image_id, ["annotation_id", "name", "value"]]
    for key, name, value in rows.itertuples(index=False, name=None):
        by_object.setdefault(int(key), {})[name] = value
    return by_object


def _matching_objects(opened: OpenVersion, classes: Sequence[str], size: str) -> pd.DataFrame:
    objects = opened.labels.annotations
    if classes:
        categories = opened.labels.categories
        objects = objects[objects["category_id"].isin(categories.loc[categories["name"].isin(classes), "category_id"])]
    if size:
        low, high = _SIZE_AREAS[size]
        objects = objects[(objects["area"] >= low) & (objects["area"] < high)]
    return objects


def _sorted(images: pd.DataFrame, objects: pd.DataFrame, findings: pd.DataFrame, sort: str) -> list[int]:
    if sort == "most findings":
        counts = findings.groupby("image").size()
        key = -images["source"].map(counts).fillna(0)
    elif sort == "smallest object":
        key = images["image_id"].map(objects.groupby("image_id")["area"].min()).fillna(np.inf)
    elif sort == "name":
        key = pd.Series(0, index=images.index)
    else:
        counts = images["image_id"].map(objects.groupby("image_id").size()).fillna(0)
        key = -counts if sort == "most objects" else counts
    ordered = images.assign(key=key).sort_values(["key", "source"], kind="stable")
    return [int(image_id) for image_id in ordered["image_id"]]
