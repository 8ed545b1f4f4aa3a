"""What the causes of mistakes cost, as values and as the command line's document.

AP and what repairs add use all detections, as AP does; the counts are those of a score threshold.
"""

from collections.abc import Collection, Iterable
from typing import Any

from core.errors import AppError
from core.evaluation.matching.causes import CAUSES, Cause
from core.evaluation.matching.outcomes import Outcomes, count_causes
from core.evaluation.scores.delta_ap import DeltaAP, Repairs


def causes_of(names: Iterable[str]) -> list[Cause]:
    """The causes with these names, each once. Raises AppError for one that does not exist."""
    wanted = [name.strip().lower() for name in names if name.strip()]
    for name in wanted:
        if name not in CAUSES:
            raise AppError(f"There is no cause {name!r}.", f"Choose among {', '.join(CAUSES)}.")
    return [cause for cause in CAUSES if cause in wanted]


def causes_document(outcomes: Outcomes, repairs: Repairs, lost: DeltaAP, repair: Collection[Cause]) -> dict[str, Any]:
    """The part of the evaluation's document (docs/cli.md) that is about causes. AP and its differences are 0 to 1."""
    rows = [
        {"cause": str(row.cause), "count": row.count, "objects": row.objects, "delta_ap": lost.by_cause[row.cause]}
        for row in count_causes(outcomes)
    ]
    return {
        "ap_at_iou": lost.ap,
        "causes": rows,
        "perfect": {"precision": lost.false_positives, "recall": lost.false_negatives},
        "repaired": {"causes": [str(cause) for cause in repair], "ap": repairs.ap(repair)} if repair else None,
    }
