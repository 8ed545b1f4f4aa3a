"""Checks of whole classes. Each takes a Subject and gives findings; core.labels.checks.checks lists them."""

from collections.abc import Iterator

import numpy as np

from core.labels.checks.check_input import Subject
from core.labels.checks.class_names import similar_names
from core.labels.findings import Finding, Severity


def class_counts(subject: Subject) -> Iterator[Finding]:
    """Classes without an object, with few, or with far fewer than the largest class."""
    kept = subject.labels.annotations["category_id"][subject.repaired.is_kept]
    counts = kept.value_counts().reindex(subject.labels.categories["category_id"], fill_value=0)
    largest = int(counts.max()) if len(counts) else 0
    for name, count in zip(subject.labels.class_names, counts.tolist(), strict=True):
        if count == 0:
            yield _finding("empty-class", f"Class {name} has no object.")
            continue
        if count < subject.thresholds.few_examples:
            yield _finding("few-examples", f"Class {name} has only {_objects(count)}.")
        if count * subject.thresholds.class_imbalance < largest:
            yield _finding("class-imbalance", f"Class {name} has {_objects(count)}, the largest class {largest:,}.")


def almost_same_class_names(subject: Subject) -> Iterator[Finding]:
    """Names that differ only in case, blanks, a plural or one letter."""
    counts = np.bincount(
        subject.labels.annotations["category_id"].to_numpy(), minlength=len(subject.labels.categories)
    ).tolist()
    names = subject.labels.class_names
    ids = subject.labels.categories["category_id"].tolist()
    for first, second, how in similar_names(names):
        said = (
            f"{names[first]!r} ({_objects(counts[ids[first]])}) and {names[second]!r} ({_objects(counts[ids[second]])})"
        )
        yield _finding("almost-same-class-names", f"Classes {said} differ only in {how}.")


def _finding(check: str, message: str) -> Finding:
    return Finding(check=check, severity=Severity.LOOK, message=message)


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count:,} objects"
