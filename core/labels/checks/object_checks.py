"""Checks of boxes as written. Each takes a Subject and gives findings; core.labels.checks.checks lists them."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from core.labels.checks.box_fixes import Mask
from core.labels.checks.check_input import Subject, of_objects
from core.labels.findings import Finding, Severity

# Below this side an object is a speck that no detector's features resolve. In px.
_TINY_PX: Final = 4
_WHOLE_IMAGE_SHARE: Final = 0.95
_ODD_ASPECT: Final = 12
# Robust standard deviations (1.4826 × median absolute deviation) of the logarithm of the side.
_UNUSUAL_DEVIATIONS: Final = 5.0
_UNUSUAL_NEEDS: Final = 30


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
    return _over_border(subject, subject.repaired.is_outside, "outside-image", "was dropped: all of it lies outside")


def over_border(subject: Subject) -> Iterator[Finding]:
    """Boxes over the border, which are clipped."""
    return _over_border(subject, subject.repaired.is_over_border, "over-border", "was clipped to the image")


def _over_border(subject: Subject, mask: Mask, check: str, what: str) -> Iterator[Finding]:
    sizes = subject.facts.set_index("image_id")

    def words(row: Any, _: str) -> str:
        size = sizes.loc[row.image_id]
        return f"{what} ({size['width']} x {size['height']})."

    return of_objects(subject, mask, check, Severity.FIXED, words)


def swapped_corners(subject: Subject) -> Iterator[Finding]:
    """Boxes whose second corner lies left of or above the first."""
    mask = subject.repaired.is_swapped
    return of_objects(subject, mask, "swapped-corners", Severity.FIXED, lambda *_: "had its corners swapped.")


def duplicate_object(subject: Subject) -> Iterator[Finding]:
    """Objects with the same class and box as an earlier one in the same image."""
    mask = subject.repaired.is_duplicate
    return of_objects(subject, mask, "duplicate-object", Severity.FIXED, lambda *_: "is there twice; one was dropped.")


def tiny_box(subject: Subject) -> Iterator[Finding]:
    """Boxes with a side under 4 px."""
    width, height = _sides(subject)
    mask = subject.repaired.is_kept & (np.minimum(width, height) < _TINY_PX)
    return of_objects(subject, mask, "tiny-box", Severity.LOOK, lambda *_: f"has a side of less than {_TINY_PX} px.")


def whole_image_box(subject: Subject) -> Iterator[Finding]:
    """Boxes that cover 95 % or more of their image."""
    width, height = _sides(subject)
    real = subject.facts.set_index("image_id").loc[subject.labels.annotations["image_id"]]
    pixels = (real["width"] * real["height"]).to_numpy(dtype=np.float64)
    mask = subject.repaired.is_kept & (width * height >= _WHOLE_IMAGE_SHARE * pixels)
    return of_objects(subject, mask, "whole-image-box", Severity.LOOK, lambda *_: "covers the whole image.")


def odd_aspect(subject: Subject) -> Iterator[Finding]:
    """Boxes more than 12 times as long as wide."""
    width, height = _sides(subject)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.maximum(width, height) / np.minimum(width, height)
    mask = subject.repaired.is_kept & (ratio > _ODD_ASPECT)
    return of_objects(
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
        # If objects have nearly one size, every other size would be "unusual"; a factor of 3 is always usual.
        mask[rows[distance > max(_UNUSUAL_DEVIATIONS * deviation, np.log(3))]] = True
    return of_objects(
        subject, mask, "unusual-size", Severity.LOOK, lambda *_: "is far outside the usual size of its class."
    )


def _sides(subject: Subject) -> tuple[np.ndarray, np.ndarray]:
    boxes = subject.repaired.boxes_xyxy
    with np.errstate(invalid="ignore"):
        return boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
