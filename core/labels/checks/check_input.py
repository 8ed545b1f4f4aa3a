"""The input of a check, and functions that turn boolean masks into findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.images import BitRange
from core.labels.checks.box_fixes import Mask, Repaired, rows_of_images
from core.labels.checks.thresholds import Thresholds
from core.labels.findings import KEPT, Finding, Severity, rest_of
from core.labels.label_set import LabelSet
from core.tables import boxes_xyxy


@dataclass(frozen=True)
class Subject:
    """The input of a check: the labels as written, the facts of each image (core.labels.images.scan), the repairs.

    `bit_range` is the range by which deep images are mapped if the user gave one.
    """

    labels: LabelSet
    facts: pd.DataFrame
    repaired: Repaired
    thresholds: Thresholds = field(default_factory=Thresholds)
    bit_range: BitRange | None = None

    @cached_property
    def sources(self) -> "pd.Series[str]":
        """Each image's path below the source, by image id."""
        return self.labels.images.set_index("image_id")["source"]

    @cached_property
    def image_rows(self) -> npt.NDArray[np.intp]:
        """(N,) the row in `facts` of each object's image."""
        return rows_of_images(self.labels, self.facts)

    @cached_property
    def sides(self) -> npt.NDArray[np.float64]:
        """(N, 2) width and height in px of the repaired boxes; NaN where the box is not kept."""
        boxes = self.repaired.boxes_xyxy
        with np.errstate(invalid="ignore"):
            sides = boxes[:, 2:] - boxes[:, :2]
        sides[~self.repaired.is_kept] = np.nan
        return sides

    @cached_property
    def image_sizes(self) -> npt.NDArray[np.float64]:
        """(N, 2) width and height in px of each object's image."""
        return self.facts[["width", "height"]].to_numpy(dtype=np.float64)[self.image_rows]


Check = Callable[[Subject], Iterator[Finding]]


def of_objects(
    subject: Subject, mask: Mask, check: str, severity: Severity, words: Callable[[Any, int], str]
) -> Iterator[Finding]:
    """A finding for each object in the mask (N,), at most KEPT and one for the rest.

    `words(row, position)` says what is wrong with an object: its row, and its position in the mask.
    """
    positions = np.flatnonzero(mask)
    if not len(positions):
        return
    kept = positions[:KEPT]
    objects = subject.labels.annotations.iloc[kept].drop(columns="segmentation")
    images, names = subject.sources.loc[objects["image_id"]].tolist(), subject.labels.class_names
    written = boxes_xyxy(objects)
    turned = subject.repaired.turned
    for position, row, image, box in zip(kept, objects.itertuples(), images, written, strict=True):
        where = f"{row.source_file or image}, line {row.source_line}" if row.source_line else row.source_file or image
        text = f"{where}: {names[row.category_id]} box ({_numbers(box)}) {words(row, int(position))}"
        # In a turned image only the repaired box can be drawn.
        drawn = subject.repaired.boxes_xyxy[position] if row.image_id in turned else box
        x1, y1, x2, y2 = drawn.tolist()
        yield Finding(
            check=check,
            severity=severity,
            message=text,
            file=row.source_file,
            line=row.source_line,
            image=image,
            annotation=row.annotation_id,
            box=(x1, y1, x2, y2) if isfinite(x1) and isfinite(y1) and isfinite(x2) and isfinite(y2) else None,
        )
    if len(positions) > KEPT:
        yield rest_of(check, severity, len(positions) - KEPT)


def of_images(
    subject: Subject, mask: Mask, check: str, severity: Severity, words: Callable[[Any], str]
) -> Iterator[Finding]:
    """A finding for each image in the mask (images,), at most KEPT and one for the rest.

    `words(fact)` says what is wrong with an image: its row in `facts`.
    """
    if not mask.any():
        return
    faulty = subject.facts[mask]
    kept = faulty.iloc[:KEPT]
    for fact, source in zip(kept.itertuples(), subject.sources.loc[kept["image_id"]].tolist(), strict=True):
        yield Finding(check=check, severity=severity, message=f"{source} {words(fact)}", file=source, image=source)
    if len(faulty) > KEPT:
        yield rest_of(check, severity, len(faulty) - KEPT)


def _numbers(corners: npt.NDArray[np.float64]) -> str:
    """The (4,) corners as text."""
    return ", ".join(f"{round(value, 1):g}" if isfinite(value) else str(value) for value in corners.tolist())
