"""Checks of a finished split, and whether a version is ready for training."""

from typing import Final

import pandas as pd

from core.labels.findings import Finding, Severity, capped
from core.labels.label_set import LabelSet
from core.tables import SPLITS

SPLIT_WORDS = {"train": "training", "val": "validation", "test": "test"}
# The checks whose findings depend on the split: a new split makes them anew (check_splits, copy_checks).
OF_COPIES: Final = frozenset({"duplicate-image", "near-duplicate-image", "duplicate-across-splits"})
OF_SPLITS: Final = frozenset({"class-missing-from-split", *OF_COPIES})


def class_table(labels: LabelSet) -> pd.DataFrame:
    """Objects by class (rows: category_id) and split (columns train, val, test), of images in use."""
    used = labels.images.loc[labels.images["use"] != "unlabelled", ["image_id", "split"]]
    objects = labels.annotations[["image_id", "category_id"]].merge(used, on="image_id")
    table = objects.groupby(["category_id", "split"]).size().unstack(fill_value=0)
    return table.reindex(index=labels.categories["category_id"], columns=list(SPLITS), fill_value=0).astype("int64")


def check_splits(labels: LabelSet) -> list[Finding]:
    """Classes with objects, but with none in a split that has images."""
    findings = [
        Finding(
            check="class-missing-from-split",
            severity=Severity.LOOK,
            message=f"Class {name} has no object in {SPLIT_WORDS[split]}.",
        )
        for name, split in _missing(labels, SPLITS)
    ]
    return list(capped(findings))


def readiness(labels: LabelSet) -> list[str]:
    """The reasons why a version is not ready for training; empty if it is.

    A class needs objects in training, to be learned, and in validation, to be evaluated. A test split may be missing. A
    class without any object does no harm (export tools add such parents); the check `empty-class` names it.
    """
    used = _images_of(labels)
    reasons = []
    if not len(labels.categories):
        reasons.append("there is no class")
    for split in ("train", "val"):
        if not used[split]:
            reasons.append(f"there is no image in {SPLIT_WORDS[split]}")
    if not class_table(labels).to_numpy().sum():
        reasons.append("there is no object")
    missing = _missing(labels, ("train", "val"))
    return reasons + [f"class `{name}` has no object in {SPLIT_WORDS[split]}" for name, split in missing]


def _missing(labels: LabelSet, splits: tuple[str, ...]) -> list[tuple[str, str]]:
    """Names of classes with objects, but with none in one of the splits that have images; and that split."""
    table, used = class_table(labels).to_numpy(), _images_of(labels)
    lacking = (table == 0) & (table.sum(axis=1) > 0)[:, None]
    return [
        (name, split)
        for name, row in zip(labels.class_names, lacking.tolist(), strict=True)
        for split, is_lacking in zip(SPLITS, row, strict=True)
        if is_lacking and used[split] and split in splits
    ]


def _images_of(labels: LabelSet) -> dict[str, int]:
    used = labels.images.loc[labels.images["use"] != "unlabelled", "split"].value_counts()
    return {split: int(used.get(split, 0)) for split in SPLITS}
