"""Checks of boxes as written. Each takes a Subject and gives findings; core.labels.checks.checks lists them."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from core.labels.checks.box_fixes import Mask
from core.labels.checks.check_input import Subject, of_objects
from core.labels.checks.same_boxes import first_rivals
from core.labels.findings import Finding, Severity

# A size is unusual only from this factor on: if objects have nearly one size, every other size would be.
_USUAL_FACTOR: Final = 3


def non_finite(subject: Subject) -> Iterator[Finding]:
    """Boxes with a corner that is NaN or infinite."""
    mask = ~subject.repaired.is_finite
    return of_objects(subject, mask, "non-finite", Severity.BLOCKS, lambda *_: "has a corner that is no number.")


def zero_area(subject: Subject) -> Iterator[Finding]:
    """Boxes without width or height as written, which are dropped."""
    mask = subject.repaired.is_zero_area
    return of_objects(subject, mask, "zero-area", Severity.FIXED, lambda *_: "has no area and was dropped.")


def outside_image(subject: Subject) -> Iterator[Finding]:
    """Boxes outside their image, which are dropped."""
    return of_objects(
        subject, subject.repaired.is_outside, "outside-image", Severity.FIXED,
        lambda _, position: f"was dropped: all of it lies outside ({_image_size(subject, position)}).",
    )  # fmt: skip


def over_border(subject: Subject) -> Iterator[Finding]:
    """Boxes over the border, which are clipped."""
    return of_objects(
        subject, subject.repaired.is_over_border, "over-border", Severity.FIXED,
        lambda _, position: f"was clipped to the image ({_image_size(subject, position)}).",
    )  # fmt: skip


def _image_size(subject: Subject, position: int) -> str:
    width, height = subject.image_sizes[position]
    return f"{width:.0f} x {height:.0f}"


def swapped_corners(subject: Subject) -> Iterator[Finding]:
    """Boxes whose second corner lies left of or above the first."""
    mask = subject.repaired.is_swapped
    return of_objects(subject, mask, "swapped-corners", Severity.FIXED, lambda *_: "had its corners swapped.")


def duplicate_object(subject: Subject) -> Iterator[Finding]:
    """Objects with the same class and box as an earlier one in the same image."""
    mask = subject.repaired.is_duplicate
    return of_objects(subject, mask, "duplicate-object", Severity.FIXED, lambda *_: "is there twice; one was dropped.")


def degenerate_polygon(subject: Subject) -> Iterator[Finding]:
    """Masks with polygons that cover nothing, which are dropped."""
    mask = subject.repaired.is_degenerate & subject.repaired.is_kept
    left = subject.repaired.segmentation.to_numpy()

    def words(_: object, position: int) -> str:
        which = "a polygon of its mask was dropped" if left[position] else "its mask was dropped"
        return f"is kept, but {which}: it has fewer than three corners, or all of them on one line."

    return of_objects(subject, mask, "bad-segmentation", Severity.FIXED, words)


def tiny_box(subject: Subject) -> Iterator[Finding]:
    """Boxes with a very short side."""
    limit = subject.thresholds.tiny_object
    mask = subject.sides.min(axis=1, initial=np.inf) < limit
    return of_objects(subject, mask, "tiny-box", Severity.LOOK, lambda *_: f"has a side of less than {limit:g} px.")


def huge_object(subject: Subject) -> Iterator[Finding]:
    """Boxes that cover most of their image, but less than the whole."""
    shares = _shares(subject)
    mask = (shares >= subject.thresholds.huge_object) & (shares < subject.thresholds.whole_image_box)
    return of_objects(
        subject, mask, "huge-object", Severity.LOOK,
        lambda _, position: f"covers {shares[position]:.0%} of its image.",
    )  # fmt: skip


def whole_image_box(subject: Subject) -> Iterator[Finding]:
    """Boxes that cover their image."""
    mask = _shares(subject) >= subject.thresholds.whole_image_box
    return of_objects(subject, mask, "whole-image-box", Severity.LOOK, lambda *_: "covers the whole image.")


def _shares(subject: Subject) -> np.ndarray:
    """(N,) the share of its image that each box covers; NaN where the box is not kept."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return subject.sides.prod(axis=1) / subject.image_sizes.prod(axis=1)


def odd_aspect(subject: Subject) -> Iterator[Finding]:
    """Boxes many times as long as wide, or as wide as long."""
    limit = subject.thresholds.odd_aspect
    with np.errstate(divide="ignore", invalid="ignore"):
        mask = subject.sides.max(axis=1, initial=0) / subject.sides.min(axis=1, initial=np.inf) > limit
    return of_objects(
        subject, mask, "odd-aspect", Severity.LOOK, lambda *_: f"is more than {limit:g} times as long as wide."
    )


def unusual_size(subject: Subject) -> Iterator[Finding]:
    """Boxes many robust standard deviations from the median size of their class."""
    mask = _is_unusual(subject)
    return of_objects(
        subject, mask, "unusual-size", Severity.LOOK, lambda *_: "is far outside the usual size of its class."
    )


def _is_unusual(subject: Subject) -> Mask:
    """(N,) whether the logarithm of the side lies far from the median of its class."""
    kept = np.flatnonzero(subject.repaired.is_kept)
    classes = subject.labels.annotations["category_id"].to_numpy()[kept]
    with np.errstate(divide="ignore"):
        logs = np.log(subject.sides[kept].prod(axis=1)) / 2
    mask = np.zeros(len(subject.sides), dtype=np.bool_)
    order = np.argsort(classes, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(classes[order])) + 1):
        if len(rows) < max(1, subject.thresholds.size_outlier_needs):
            continue
        distance = np.abs(logs[rows] - np.median(logs[rows]))
        deviation = 1.4826 * np.median(distance)  # of a normal distribution: its standard deviation
        limit = max(subject.thresholds.size_outlier_in_class * deviation, np.log(_USUAL_FACTOR))
        mask[kept[rows[distance > limit]]] = True
    return mask


def same_box_two_classes(subject: Subject) -> Iterator[Finding]:
    """Objects with almost the box of an earlier object of another class."""
    rivals = first_rivals(subject, subject.thresholds.same_box_two_classes)
    classes = subject.labels.annotations["category_id"].to_numpy()
    names = subject.labels.class_names
    return of_objects(
        subject, rivals >= 0, "same-box-two-classes", Severity.LOOK,
        lambda _, position: f"is also labelled as {names[classes[rivals[position]]]}.",
    )  # fmt: skip
