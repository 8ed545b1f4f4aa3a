"""The causes of mistakes and their cost in AP, for the document of `evaluate`.

AP and delta AP use all detections; the counts are those at a score threshold.
"""

from collections.abc import Collection, Iterable
from typing import Any

from core.errors import AppError
from core.evaluation.matching.causes import CAUSES, Cause
from core.evaluation.matching.outcomes import Outcomes, count_causes
from core.evaluation.scores.delta_ap import DeltaAP, Repairs


def causes_of(names: Iterable[str]) -> list[Cause]:
    """The causes with these names, each once. Raises AppError for an unknown name."""
    wanted = [name.strip().lower() for name in names if name.strip()]
    for name in wanted:
        if name not in CAUSES:
            raise AppError(f"There is no cause {name!r}.", f"Choose among {', '.join(CAUSES)}.")
    return [cause for cause in CAUSES if cause in wanted]


def causes_document(
    outcomes: Outcomes, repairs: Repairs, delta_ap: DeltaAP, repair: Collection[Cause]
) -> dict[str, Any]:
    """The causes in the document of `evaluate` (docs/cli.md). AP and its differences are 0 to 1."""
    rows = [
        {"cause": str(row.cause), "count": row.count, "objects": row.objects, "delta_ap": delta_ap.by_cause[row.cause]}
        for row in count_causes(outcomes)
    ]
    return {
        "ap_at_iou": delta_ap.ap,
        "causes": rows,
        "perfect": {"precision": delta_ap.false_positives, "recall": delta_ap.false_negatives},
        "repaired": {"causes": [str(cause) for cause in repair], "ap": repairs.ap(repair)} if repair else None,
    }
