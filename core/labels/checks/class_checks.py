"""Checks of whole classes. Each takes a Subject and gives findings; core.labels.checks.checks lists them."""

from collections.abc import Iterator
from typing import Final

from core.labels.checks.check_input import Subject
from core.labels.findings import Finding, Severity

_FEW_EXAMPLES: Final = 20
_IMBALANCE: Final = 50


def class_counts(subject: Subject) -> Iterator[Finding]:
    """Classes without an object, with few, or with far fewer than the largest class."""
    annotations = subject.labels.annotations[subject.repaired.is_kept]
    counts = annotations.groupby("category_id").size().reindex(subject.labels.categories["category_id"], fill_value=0)
    largest = int(counts.max()) if len(counts) else 0
    for name, count in zip(subject.labels.class_names, counts, strict=True):
        if count == 0:
            yield Finding(check="empty-class", severity=Severity.LOOK, message=f"Class {name} has no object.")
            continue
        if count < _FEW_EXAMPLES:
            yield Finding(
                check="few-examples", severity=Severity.LOOK, message=f"Class {name} has only {_objects(count)}."
            )
        if count * _IMBALANCE < largest:
            message = f"Class {name} has {_objects(count)}, the largest class {largest:,}."
            yield Finding(check="class-imbalance", severity=Severity.LOOK, message=message)


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count:,} objects"
