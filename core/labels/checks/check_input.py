"""The input of a check, and functions that turn boolean masks into findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.images import BitRange
from core.labels.checks.box_fixes import Mask, Repaired
from core.labels.findings import Finding, Severity
from core.labels.label_set import LabelSet
from core.tables import boxes_xyxy


@dataclass(frozen=True, slots=True)
class Subject:
    """The input of a check: the labels as written, the facts of each image (core.labels.images.scan), the repairs.

    `bit_range` is the range by which deep images are mapped if the user gave one.
    """

    labels: LabelSet
    facts: pd.DataFrame
    repaired: Repaired
    bit_range: BitRange | None = None

    def sources(self) -> "pd.Series[str]":
        """Each image's path below the source, by image id."""
        return self.labels.images.set_index("image_id")["source"]


Check = Callable[[Subject], Iterator[Finding]]


def of_objects(
    subject: Subject, mask: Mask, check: str, severity: Severity, words: Callable[[Any, str], str]
) -> Iterator[Finding]:
    """A finding for each object in the mask (N,); `words(row, image)` says what is wrong with it."""
    rows = np.flatnonzero(mask)
    objects = subject.labels.annotations.iloc[rows]
    sources, names = subject.sources(), subject.labels.class_names
    drawn = subject.repaired.boxes_xyxy if subject.repaired.turned else None
    written = boxes_xyxy(subject.labels.annotations)
    for position, row in zip(rows, objects.itertuples(), strict=True):
        corners = tuple(float(value) for value in written[position])
        image = sources[row.image_id]
        where = f"{row.source_file or image}, line {row.source_line}" if row.source_line else row.source_file or image
        text = f"{where}: {names[row.category_id]} box ({_numbers(corners)}) {words(row, image)}"
        # In a turned image only the repaired box can be drawn.
        if drawn is not None and row.image_id in subject.repaired.turned:
            corners = tuple(float(value) for value in drawn[position])
        box = (corners[0], corners[1], corners[2], corners[3]) if np.isfinite(corners).all() else None
        yield Finding(
            check=check,
            severity=severity,
            message=text,
            file=row.source_file,
            line=row.source_line,
            image=image,
            annotation=row.annotation_id,
            box=box,
        )


def of_images(
    subject: Subject, mask: Mask, check: str, severity: Severity, words: Callable[[Any], str]
) -> Iterator[Finding]:
    """A finding for each image in the mask (images,); `words(fact)` says what is wrong with it."""
    sources = subject.sources()
    for fact in subject.facts[mask].itertuples():
        source = sources[fact.image_id]
        yield Finding(check=check, severity=severity, message=f"{source} {words(fact)}", file=source, image=source)


def _numbers(corners: tuple[float, ...]) -> str:
    return ", ".join(f"{round(value, 1):g}" if np.isfinite(value) else str(value) for value in corners)
