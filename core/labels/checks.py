"""The checks over everything that was read: each takes a Subject and gives findings. CHECKS lists them all.

They run on the values as written, before any repair. Those of unreadable lines, orphans and unknown classes are made
by the readers, those of splits by core.labels.split_checks. Imported by core.labels.importing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from core.labels.findings import Finding, Severity
from core.labels.label_set import LabelSet
from core.labels.repairs import Mask, Repaired
from core.labels.turning import TURN_NAMES
from core.tables import boxes_xyxy

# Below this side an object is a speck that no detector's features resolve. In px.
_TINY_PX: Final = 4
_WHOLE_IMAGE_SHARE: Final = 0.95
_ODD_ASPECT: Final = 12
# COCO's metrics and Detectron2's defaults keep this many detections a picture.
_CROWDED: Final = 100
_FEW_EXAMPLES: Final = 20
_IMBALANCE: Final = 50
# Robust standard deviations (1.4826 × median absolute deviation) of the logarithm of the side.
_UNUSUAL_DEVIATIONS: Final = 5.0
_UNUSUAL_NEEDS: Final = 30


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked: the labels as written, the facts of each picture (core.labels.image_facts), the repairs."""

    labels: LabelSet
    facts: pd.DataFrame
    repaired: Repaired

    def sources(self) -> "pd.Series[str]":
        """Each picture's path below the source, by image id."""
        return self.labels.images.set_index("image_id")["source"]


Check = Callable[[Subject], Iterator[Finding]]


def run_checks(subject: Subject) -> list[Finding]:
    """The findings of all checks."""
    return [finding for check in CHECKS for finding in check(subject)]


def _of_objects(
    subject: Subject, mask: Mask, check: str, severity: Severity, words: Callable[[Any, str], str]
) -> Iterator[Finding]:
    """A finding for each object in the mask; `words(row, box)` says what is wrong with it."""
    rows = np.flatnonzero(mask)
    found = subject.labels.annotations.iloc[rows]
    sources, names = subject.sources(), subject.labels.class_names
    drawn = subject.repaired.boxes_xyxy if subject.repaired.turned else None
    written = boxes_xyxy(subject.labels.annotations)
    for position, row in zip(rows, found.itertuples(), strict=True):
        corners = tuple(float(value) for value in written[position])
        image = sources[row.image_id]
        place = f"{row.source_file or image}, line {row.source_line}" if row.source_line else row.source_file or image
        text = f"{place}: {names[row.category_id]} box ({_numbers(corners)}) {words(row, image)}"
        # In a turned picture the repaired box is the one that can be drawn.
        if drawn is not None and row.image_id in subject.repaired.turned:
            corners = tuple(float(value) for value in drawn[position])
        box = (corners[0], corners[1], corners[2], corners[3]) if np.isfinite(corners).all() else None
        yield Finding(check, severity, text, row.source_file, row.source_line, image, row.annotation_id, box)


def _numbers(corners: tuple[float, ...]) -> str:
    return ", ".join(f"{round(value, 1):g}" if np.isfinite(value) else str(value) for value in corners)


def _of_images(
    subject: Subject, mask: Mask, check: str, severity: Severity, words: Callable[[Any], str]
) -> Iterator[Finding]:
    """A finding for each picture in the mask over the facts; `words(fact)` says what is wrong with it."""
    sources = subject.sources()
    for fact in subject.facts[mask].itertuples():
        source = sources[fact.image_id]
        yield Finding(check, severity, f"{source} {words(fact)}", file=source, image=source)


def missing_image(subject: Subject) -> Iterator[Finding]:
    """Pictures that labels speak of and that are not there."""
    mask = subject.facts["is_missing"].to_numpy(dtype=bool)
    return _of_images(subject, mask, "missing-image", Severity.BLOCKS, lambda _: "is not there.")


def unreadable_image(subject: Subject) -> Iterator[Finding]:
    """Pictures that cannot be decoded to the end."""
    facts = subject.facts
    mask = ((facts["problem"] != "") & ~facts["is_missing"]).to_numpy(dtype=bool)
    return _of_images(
        subject, mask, "unreadable-image", Severity.BLOCKS, lambda fact: f"is unreadable: {fact.problem}."
    )


def non_finite(subject: Subject) -> Iterator[Finding]:
    """Boxes with a corner that is NaN or infinite."""
    mask = ~subject.repaired.is_finite
    return _of_objects(subject, mask, "non-finite", Severity.BLOCKS, lambda *_: "has a corner that is no number.")


def exif_turn(subject: Subject) -> Iterator[Finding]:
    """Pictures that their camera stored turned."""
    turned = subject.repaired.turned
    mask = subject.facts["image_id"].isin(turned.keys()).to_numpy(dtype=bool)

    def words(fact: Any) -> str:
        return f"is {TURN_NAMES[fact.orientation]} by its EXIF data and is stored upright; {turned[fact.image_id][1]}."

    return _of_images(subject, mask, "exif-turn", Severity.FIXED, words)


def image_converted(subject: Subject) -> Iterator[Finding]:
    """Pictures that browsers or training cannot read as they are."""
    mask = (subject.facts["conversion"] != "").to_numpy(dtype=bool)
    return _of_images(subject, mask, "image-converted", Severity.FIXED, lambda fact: f"{fact.conversion}.")


def size_differs(subject: Subject) -> Iterator[Finding]:
    """Pictures whose labels claim another size than the file has (upright, or as stored where that was meant)."""
    claimed = subject.labels.images.set_index("image_id").loc[subject.facts["image_id"], ["width", "height"]]
    claims = claimed.to_numpy()
    facts = subject.facts
    raw = facts["image_id"].map(lambda key: subject.repaired.turned.get(key, (False, ""))[0]).to_numpy(dtype=bool)
    real = np.where(raw[:, None], facts[["raw_width", "raw_height"]], facts[["width", "height"]])
    mask = (claims > 0).all(axis=1) & (facts["problem"] == "").to_numpy() & (claims != real).any(axis=1)

    def words(fact: Any) -> str:
        width, height = claimed.loc[fact.image_id]
        real_size = f"{fact.width} x {fact.height}"
        return f"is {real_size} px, but its labels claim {width} x {height}; boxes stay as written."

    return _of_images(subject, mask, "size-differs", Severity.FIXED, words)


def duplicate_image(subject: Subject) -> Iterator[Finding]:
    """Pictures whose pixels are those of an earlier one in the same split."""
    return _copies(subject, across=False)


def duplicate_across_splits(subject: Subject) -> Iterator[Finding]:
    """Pictures whose pixels are those of one in another split (as the source splits them)."""
    return _copies(subject, across=True)


def _copies(subject: Subject, across: bool) -> Iterator[Finding]:
    readable = subject.facts[subject.facts["problem"] == ""]
    images = readable.merge(subject.labels.images[["image_id", "source", "split"]], on="image_id")
    copies = images[images.duplicated("pixels_hash", keep=False)]
    for _, group in copies.groupby("pixels_hash", sort=False):
        first = group.iloc[0]
        for row in group.iloc[1:].itertuples():
            if (row.split != first["split"]) != across:
                continue
            where = f" ({first['split'] or 'no split'}; this one: {row.split or 'no split'})" if across else ""
            check = "duplicate-across-splits" if across else "duplicate-image"
            message = f"{row.source} shows the same picture as {first['source']}{where}."
            yield Finding(check, Severity.LOOK, message, file=row.source, image=row.source)


def swapped_corners(subject: Subject) -> Iterator[Finding]:
    """Boxes whose second corner lies left of or above the first."""
    mask = subject.repaired.is_swapped
    return _of_objects(subject, mask, "swapped-corners", Severity.FIXED, lambda *_: "had its corners swapped.")


def over_border(subject: Subject) -> Iterator[Finding]:
    """Boxes that reach over the border, and are clipped."""
    return _over_border(subject, subject.repaired.is_over_border, "over-border", "was clipped to the picture")


def outside_image(subject: Subject) -> Iterator[Finding]:
    """Boxes that lie outside their picture, and are dropped."""
    return _over_border(subject, subject.repaired.is_outside, "outside-image", "was dropped: all of it lies outside")


def _over_border(subject: Subject, mask: Mask, check: str, what: str) -> Iterator[Finding]:
    sizes = subject.facts.set_index("image_id")

    def words(row: Any, _: str) -> str:
        size = sizes.loc[row.image_id]
        return f"{what} ({size['width']} x {size['height']})."

    return _of_objects(subject, mask, check, Severity.FIXED, words)


def zero_area(subject: Subject) -> Iterator[Finding]:
    """Boxes of no width or height as written, which are dropped."""
    mask = subject.repaired.is_zero_area
    return _of_objects(subject, mask, "zero-area", Severity.FIXED, lambda *_: "has no area and was dropped.")


def duplicate_object(subject: Subject) -> Iterator[Finding]:
    """Objects with the class and the box of an earlier one in the same picture."""
    mask = subject.repaired.is_duplicate
    return _of_objects(subject, mask, "duplicate-object", Severity.FIXED, lambda *_: "is there twice; one was dropped.")


def tiny_box(subject: Subject) -> Iterator[Finding]:
    """Boxes with a side under 4 px."""
    width, height = _sides(subject)
    mask = subject.repaired.is_kept & (np.minimum(width, height) < _TINY_PX)
    return _of_objects(subject, mask, "tiny-box", Severity.LOOK, lambda *_: f"has a side of less than {_TINY_PX} px.")


def whole_image_box(subject: Subject) -> Iterator[Finding]:
    """Boxes that cover 95 % or more of their picture."""
    width, height = _sides(subject)
    real = subject.facts.set_index("image_id").loc[subject.labels.annotations["image_id"]]
    pixels = (real["width"] * real["height"]).to_numpy(dtype=np.float64)
    mask = subject.repaired.is_kept & (width * height >= _WHOLE_IMAGE_SHARE * pixels)
    return _of_objects(subject, mask, "whole-image-box", Severity.LOOK, lambda *_: "covers the whole picture.")


def odd_aspect(subject: Subject) -> Iterator[Finding]:
    """Boxes more than 12 times as long as wide."""
    width, height = _sides(subject)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.maximum(width, height) / np.minimum(width, height)
    mask = subject.repaired.is_kept & (ratio > _ODD_ASPECT)
    return _of_objects(
        subject, mask, "odd-aspect", Severity.LOOK, lambda *_: f"is more than {_ODD_ASPECT} times as long as wide."
    )


def unusual_size(subject: Subject) -> Iterator[Finding]:
    """Boxes more than 5 robust standard deviations from the median size of their class."""
    width, height = _sides(subject)
    kept = subject.repaired.is_kept
    classes = subject.labels.annotations["category_id"].to_numpy()
    mask = np.zeros(len(kept), dtype=np.bool_)
    for category in np.unique(classes[kept]):
        rows = np.flatnonzero(kept & (classes == category))
        if len(rows) < _UNUSUAL_NEEDS:
            continue
        side = np.log(np.sqrt(width[rows] * height[rows]))
        distance = np.abs(side - np.median(side))
        deviation = 1.4826 * np.median(distance)
        # Objects of nearly one size would make every other size "unusual": a factor of 3 is always usual.
        mask[rows[distance > max(_UNUSUAL_DEVIATIONS * deviation, np.log(3))]] = True
    return _of_objects(
        subject, mask, "unusual-size", Severity.LOOK, lambda *_: "is far outside the usual size of its class."
    )


def _sides(subject: Subject) -> tuple[np.ndarray, np.ndarray]:
    boxes = subject.repaired.boxes_xyxy
    with np.errstate(invalid="ignore"):
        return boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]


def crowded_image(subject: Subject) -> Iterator[Finding]:
    """Pictures with more objects than detection keeps."""
    annotations = subject.labels.annotations
    counts = annotations[subject.repaired.is_kept].groupby("image_id").size()
    counts = counts[counts > _CROWDED]
    mask = subject.facts["image_id"].isin(counts.index).to_numpy(dtype=bool)
    return _of_images(
        subject, mask, "crowded-image", Severity.LOOK, lambda fact: f"holds {counts[fact.image_id]:,} objects."
    )


def class_counts(subject: Subject) -> Iterator[Finding]:
    """Classes without an object, with few, or with far fewer than the largest class."""
    annotations = subject.labels.annotations[subject.repaired.is_kept]
    counts = annotations.groupby("category_id").size().reindex(subject.labels.categories["category_id"], fill_value=0)
    largest = int(counts.max()) if len(counts) else 0
    for name, count in zip(subject.labels.class_names, counts, strict=True):
        if count == 0:
            yield Finding("empty-class", Severity.LOOK, f"Class {name} has no object.")
            continue
        if count < _FEW_EXAMPLES:
            yield Finding("few-examples", Severity.LOOK, f"Class {name} has only {_objects(count)}.")
        if count * _IMBALANCE < largest:
            message = f"Class {name} has {_objects(count)}, the largest class {largest:,}."
            yield Finding("class-imbalance", Severity.LOOK, message)


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count:,} objects"


CHECKS: Final[tuple[Check, ...]] = (
    missing_image,
    unreadable_image,
    non_finite,
    zero_area,
    outside_image,
    over_border,
    swapped_corners,
    duplicate_object,
    exif_turn,
    size_differs,
    image_converted,
    duplicate_across_splits,
    duplicate_image,
    tiny_box,
    whole_image_box,
    odd_aspect,
    unusual_size,
    crowded_image,
    class_counts,
)
