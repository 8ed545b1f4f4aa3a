"""All checks of labels and images, in the order in which their findings are listed.

They run on the values as written, before any repair. The readers check for unreadable lines, orphans and unknown
classes; core.labels.checks.split_checks checks splits.
"""

from itertools import chain
from typing import Final

from core.labels.checks import class_checks, copy_checks, image_checks, object_checks, quality_checks
from core.labels.checks.check_input import Check, Subject
from core.labels.findings import Finding, capped

CHECKS: Final[tuple[Check, ...]] = (
    image_checks.missing_image,
    image_checks.unreadable_image,
    object_checks.non_finite,
    object_checks.zero_area,
    object_checks.outside_image,
    object_checks.over_border,
    object_checks.swapped_corners,
    object_checks.duplicate_object,
    object_checks.degenerate_polygon,
    image_checks.exif_turn,
    image_checks.cut_off_image,
    image_checks.size_differs,
    image_checks.image_converted,
    image_checks.exif_unreadable,
    copy_checks.copies,
    object_checks.same_box_two_classes,
    object_checks.tiny_box,
    object_checks.huge_object,
    object_checks.whole_image_box,
    object_checks.odd_aspect,
    object_checks.unusual_size,
    quality_checks.dark,
    quality_checks.over_exposed,
    quality_checks.low_information,
    quality_checks.blurred,
    image_checks.mixed_sizes,
    image_checks.crowded_image,
    image_checks.beyond_coco_cap,
    class_checks.class_counts,
    class_checks.almost_same_class_names,
)


def run_checks(subject: Subject) -> list[Finding]:
    """The findings of all checks; of each at most core.labels.findings.KEPT, and one that counts the rest."""
    return list(capped(chain.from_iterable(check(subject) for check in CHECKS)))
