"""The thresholds of the checks: name, default and reason. They can be changed for each data set.

An option writes a name with hyphens (`--threshold tiny-object=6`), or the id of the check that the threshold is of.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from core.errors import AppError
from core.labels.checks.check_table import CHECK_TABLE, canonical


def _threshold(default: float, unit: str, reason: str) -> Any:
    """A field of Thresholds. `reason` says why this default, as a sentence."""
    return field(default=default, metadata={"unit": unit, "reason": reason})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """All thresholds; the metadata of a field holds `unit` and `reason`. Raises AppError for a value out of range."""

    tiny_object: float = _threshold(
        4, "px of the shorter side", "A detector's first feature map has a stride of 4 px: below that, nothing is left."
    )
    huge_object: float = _threshold(
        0.9, "share of the image's area", "Of close-ups, one box in fifty is larger; elsewhere few are right."
    )
    whole_image_box: float = _threshold(
        0.95, "share of the image's area", "A box that leaves out a rim of a few px is meant as the whole image, too."
    )
    odd_aspect: float = _threshold(
        12, "times as long as wide", "Anchors reach 1:2, and learned offsets stretch them a few times."
    )
    size_outlier_in_class: float = _threshold(
        5,
        "robust standard deviations of the logarithm of the side",
        "Of a million objects of one usual spread, less than one lies so far from the median.",
    )
    size_outlier_needs: float = _threshold(
        30, "objects of the class", "With fewer objects, the usual size of a class is not known."
    )
    same_box_two_classes: float = _threshold(
        0.9, "IoU", "Two people who label one object agree to about this IoU; two objects hardly ever do."
    )
    crowded_image: float = _threshold(
        100, "objects an image", "Detectors keep 100 detections an image unless they are told otherwise."
    )
    beyond_coco_cap: float = _threshold(
        100, "objects of one class an image", "COCO's metrics count the best 100 detections of a class on an image."
    )
    near_duplicate_bits: float = _threshold(
        3,
        "of the 64 bits of the difference hash",
        "Copies that were rescaled or compressed again differ in at most three bits.",
    )
    blurred: float = _threshold(
        20,
        "variance of the Laplacian of 0 to 255, at 320 px",
        "Sharp photographs have hundreds or thousands; a clearly blurred one has about ten.",
    )
    blurred_beside_median: float = _threshold(
        0.4,
        "times the median of the data set",
        "Smooth subjects such as cells under a microscope are low throughout: only a much lower one is blurred.",
    )
    dark: float = _threshold(
        25, "mean luminance of 0 to 255", "A tenth of the range: few details of an object rise above the noise."
    )
    over_exposed: float = _threshold(
        0.6, "share of pixels at 250 or more", "Photographs with a bright background stay below a half."
    )
    low_information: float = _threshold(
        1.5, "bits of entropy of the luminance", "About three grey levels: a blank frame, a lens cap, a mask."
    )
    mixed_sizes: float = _threshold(
        4, "times the longer side", "Training scales images to one size: equal objects then differ by this factor."
    )
    class_imbalance: float = _threshold(
        50, "times as many objects", "A class this rare hardly contributes to the loss beside the largest."
    )
    few_examples: float = _threshold(
        20, "objects of the class", "With fewer, its AP is a matter of chance, and little can be learned."
    )

    def __post_init__(self) -> None:
        """Check the range of each value."""
        for each in fields(self):
            value = getattr(self, each.name)
            if not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
                raise AppError(f"The threshold {option_name(each.name)} is {value}.", "Give a number from 0.")

    def changed(self) -> dict[str, float]:
        """The values that differ from the defaults, by their names in options."""
        defaults = asdict(Thresholds())
        return {option_name(name): value for name, value in asdict(self).items() if value != defaults[name]}


def thresholds_of(values: Mapping[str, str | float]) -> Thresholds:
    """Thresholds with some changed, by names as in options. Raises AppError for an unknown name or a bad value."""
    return Thresholds(**{_field_of(name): _number(name, value) for name, value in values.items()})


def option_name(field_name: str) -> str:
    """A threshold's name in options: `tiny_object` is `tiny-object`."""
    return field_name.replace("_", "-")


_FIELDS: Final = {option_name(each.name): each.name for each in fields(Thresholds)}


def _field_of(name: str) -> str:
    if name in _FIELDS:
        return _FIELDS[name]
    entry = CHECK_TABLE.get(canonical(name))
    if entry is None or not entry.thresholds:
        raise AppError(f"There is no threshold {name[:40]!r}.", f"Choose one of: {', '.join(_FIELDS)}.")
    return _FIELDS[entry.thresholds[0]]


def _number(name: str, value: str | float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise AppError(f"The threshold {name} is {str(value)[:40]!r}.", "Give a number from 0.") from None
