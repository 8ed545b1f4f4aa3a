"""Keeps, renames, merges or drops classes, by name."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from core.errors import AppError
from core.labels.label_set import LabelSet
from core.tables import CATEGORIES, conform


def map_classes(labels: LabelSet, class_map: Mapping[str, str]) -> LabelSet:
    """The label set with its classes renamed, merged (one new name), dropped (new name "") and renumbered from 0.

    Classes with the same name are merged too. The order is the source's, by the first class of each new name. Raises
    AppError for a class that the source does not have, or if no class is left.
    """
    categories = labels.categories
    if unknown := set(class_map) - set(categories["name"]):
        have = ", ".join(categories["name"]) or "none"
        raise AppError(f"There is no class {min(unknown)[:60]!r} to map.", f"The source has: {have}.")
    new_names = categories["name"].map(lambda name: class_map.get(name, name).strip())
    kept = categories.assign(name=new_names)[new_names != ""]
    if len(categories) and not len(kept):
        raise AppError("Every class was dropped.", "Keep at least one class.")
    index_of = {name: index for index, name in enumerate(dict.fromkeys(kept["name"]))}
    new_index = dict(zip(kept["category_id"], kept["name"].map(index_of), strict=True))
    merged = kept.groupby("name", sort=False)["source_id"].agg(", ".join).reset_index()
    merged["category_id"] = merged["name"].map(index_of)
    annotations = labels.annotations[labels.annotations["category_id"].isin(new_index.keys())]
    renumbered = annotations.assign(category_id=annotations["category_id"].map(new_index).astype("int64"))
    return replace(labels, annotations=renumbered.reset_index(drop=True), categories=_ordered(merged))


def _ordered(categories: pd.DataFrame) -> pd.DataFrame:
    return conform(categories.sort_values("category_id"), CATEGORIES)
