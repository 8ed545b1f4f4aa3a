"""Checks of a finished split, and whether a version is ready for training."""

import pandas as pd

from core.labels.findings import Finding, Severity
from core.labels.label_set import LabelSet
from core.tables import SPLITS

SPLIT_WORDS = {"train": "training", "val": "validation", "test": "test"}


def class_table(labels: LabelSet) -> pd.DataFrame:
    """Objects by class (rows: category_id) and split (columns train, val, test), of images in use."""
    used = labels.images.loc[labels.images["use"] != "unlabelled", ["image_id", "split"]]
    objects = labels.annotations[["image_id", "category_id"]].merge(used, on="image_id")
    table = objects.groupby(["category_id", "split"]).size().unstack(fill_value=0)
    return table.reindex(index=labels.categories["category_id"], columns=list(SPLITS), fill_value=0).astype("int64")


def check_splits(labels: LabelSet) -> list[Finding]:
    """Classes with objects, but with none in a split that has images."""
    table, used = class_table(labels), _images_of(labels)
    findings = []
    for category, name in zip(labels.categories["category_id"], labels.class_names, strict=True):
        counts = table.loc[category]
        for split in SPLITS:
            if counts.sum() and used[split] and not counts[split]:
                message = f"Class {name} has no object in {SPLIT_WORDS[split]}."
                findings.append(Finding(check="class-missing-from-split", severity=Severity.LOOK, message=message))
    return findings


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
    table = class_table(labels)
    if not table.to_numpy().sum():
        reasons.append("there is no object")
    for category, name in zip(labels.categories["category_id"], labels.class_names, strict=True):
        for split in ("train", "val"):
            if used[split] and table.loc[category].sum() and not table.loc[category, split]:
                reasons.append(f"class `{name}` has no object in {SPLIT_WORDS[split]}")
    return reasons


def _images_of(labels: LabelSet) -> dict[str, int]:
    used = labels.images.loc[labels.images["use"] != "unlabelled", "split"].value_counts()
    return {split: int(used.get(split, 0)) for split in SPLITS}
