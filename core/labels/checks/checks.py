"""All checks of labels and images, in the order in which their findings are listed.

They run on the values as written, before any repair. The readers check for unreadable lines, orphans and unknown
classes; core.labels.checks.split_checks checks splits.
"""

from typing import Final

from core.labels.checks import class_checks, image_checks, object_checks
from core.labels.checks.check_input import Check, Subject
from core.labels.findings import Finding

CHECKS: Final[tuple[Check, ...]] = (
    image_checks.missing_image,
    image_checks.unreadable_image,
    object_checks.non_finite,
    object_checks.zero_area,
    object_checks.outside_image,
    object_checks.over_border,
    object_checks.swapped_corners,
    object_checks.duplicate_object,
    image_checks.exif_turn,
    image_checks.cut_off_image,
    image_checks.size_differs,
    image_checks.image_converted,
    image_checks.duplicate_across_splits,
    image_checks.duplicate_image,
    image_checks.exif_unreadable,
    object_checks.tiny_box,
    object_checks.whole_image_box,
    object_checks.odd_aspect,
    object_checks.unusual_size,
    image_checks.crowded_image,
    class_checks.class_counts,
)


def run_checks(subject: Subject) -> list[Finding]:
    """The findings of all checks."""
    return [finding for check in CHECKS for finding in check(subject)]
