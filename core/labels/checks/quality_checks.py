"""Checks of what images look like. Each takes a Subject and gives findings; core.labels.checks.checks lists them.

They use the statistics of core.labels.images.quality. An image that was not decoded has none, and no finding.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from core.labels.checks.box_fixes import Mask
from core.labels.checks.check_input import Subject, of_images
from core.labels.findings import Finding, Severity


def dark(subject: Subject) -> Iterator[Finding]:
    """Images of a low mean luminance."""
    return of_images(
        subject, _is_dark(subject), "dark", Severity.LOOK,
        lambda fact: f"is dark: its mean luminance is {fact.luminance:.0f} of 255.",
    )  # fmt: skip


def over_exposed(subject: Subject) -> Iterator[Finding]:
    """Images of which a large part is white."""
    return of_images(
        subject, _is_over_exposed(subject), "over-exposed", Severity.LOOK,
        lambda fact: f"is over-exposed: {fact.white_share:.0%} of it is white.",
    )  # fmt: skip


def low_information(subject: Subject) -> Iterator[Finding]:
    """Images with few different grey levels."""
    return of_images(
        subject, _is_empty(subject), "low-information", Severity.LOOK,
        lambda fact: f"shows next to nothing: the entropy of its luminance is {fact.entropy:.1f} of 8 bits.",
    )  # fmt: skip


def blurred(subject: Subject) -> Iterator[Finding]:
    """Images that are far less sharp than the others. Dark, white and empty ones are named as such, not here."""
    sharpness = _column(subject, "sharpness")
    measured = sharpness[~np.isnan(sharpness)]
    median = float(np.median(measured)) if len(measured) else 0.0
    limit = min(subject.thresholds.blurred, subject.thresholds.blurred_beside_median * median)
    mask = (sharpness < limit) & ~_is_dark(subject) & ~_is_over_exposed(subject) & ~_is_empty(subject)
    return of_images(
        subject, mask, "blurred", Severity.LOOK,
        lambda fact: f"is blurred: its sharpness is {fact.sharpness:.1f}, the median of the images {median:,.0f}.",
    )  # fmt: skip


def _is_dark(subject: Subject) -> Mask:
    """(images,) whether each image is dark."""
    return _column(subject, "luminance") < subject.thresholds.dark


def _is_over_exposed(subject: Subject) -> Mask:
    """(images,) whether a large part of each image is white."""
    return _column(subject, "white_share") > subject.thresholds.over_exposed


def _is_empty(subject: Subject) -> Mask:
    """(images,) whether each image shows next to nothing."""
    return _column(subject, "entropy") < subject.thresholds.low_information


def _column(subject: Subject, name: str) -> npt.NDArray[np.float64]:
    """(images,) a statistic, NaN for images without it."""
    if name not in subject.facts:
        return np.full(len(subject.facts), np.nan)
    values = subject.facts[name].to_numpy(dtype=np.float64)
    return np.where((subject.facts["problem"] == "").to_numpy(dtype=np.bool_), values, np.nan)
