"""Label issues that an evaluation finds: decide, rescore, correct. For pages and the command line."""

from typing import TYPE_CHECKING

from core.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from core.services.label_review.corrected_version import (
        find_corrected,
        make_corrected,
        next_version,
    )
    from core.services.label_review.rescoring import (
        NOTE,
        Rescored,
        rescore,
        review_json,
    )
    from core.services.label_review.review import (
        Review,
        decide,
        review_labels,
    )
    from core.services.label_review.review_images import (
        label_issue_image,
    )
    from core.workspace.decisions import (
        ACCEPT,
        REJECT,
        SKIP,
        VERDICTS,
    )
else:
    __getattr__ = lazy_exports(__name__, __file__)

__all__ = [
    "ACCEPT",
    "NOTE",
    "REJECT",
    "SKIP",
    "VERDICTS",
    "Rescored",
    "Review",
    "decide",
    "find_corrected",
    "label_issue_image",
    "make_corrected",
    "next_version",
    "rescore",
    "review_json",
    "review_labels",
]
