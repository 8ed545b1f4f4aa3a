"""The result of an evaluation as one document, at a score threshold and an IoU."""

from collections.abc import Collection
from typing import Any, Final

from core.evaluation.matching.causes import Cause
from core.evaluation.matching.outcomes import Counts, confusion_matrix, count_classes
from core.evaluation.scores.scores import Scores
from core.services.evaluation.causes import causes_document
from core.services.evaluation.opened import OpenEvaluation

BACKGROUND: Final = "background"
_FIGURES: Final = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar100")


def summarise(
    evaluation: OpenEvaluation,
    score: float | None = None,
    iou: float | None = None,
    repair: Collection[Cause] = (),
) -> dict[str, Any]:
    """The document of `evaluate` (docs/cli.md), at the evaluation's score and IoU by default.

    `repaired` is the AP without the mistakes of all causes in `repair`.
    """
    score = evaluation.score if score is None else score
    iou = evaluation.iou if iou is None else iou
    outcomes = evaluation.outcomes(score, iou)
    counts = count_classes(outcomes, evaluation.truth.categories)
    classes = []
    for row, counted in zip(evaluation.scores.per_class, counts, strict=True):
        aps = {"ap": row.ap, "ap50": row.ap50, "ap75": row.ap75}
        classes.append({"name": row.name, **aps, **counted.to_json()})
    return {
        "evaluation": evaluation.id,
        "images": len(evaluation.truth.images),
        **{name: getattr(evaluation.scores, name) for name in _FIGURES},
        "segm": _mask_figures(evaluation.masks),
        "per_class": classes,
        "score": score,
        "iou": iou,
        "confusion": {
            "labels": [*evaluation.class_names, BACKGROUND],
            "matrix": confusion_matrix(outcomes, len(counts)).tolist(),
        },
        **causes_document(outcomes, *evaluation.repairs(iou), repair),
        "calibration": _calibration(evaluation, iou),
        "background": evaluation.background().to_json(score),
        "notes": [
            *evaluation.notes,
            *_notes_on_masks(evaluation.masks),
            *_notes_on_rates(counts, score),
            *([evaluation.seal.note] if evaluation.seal else []),
            *([evaluation.stored.note] if evaluation.stored and evaluation.stored.score == score else []),
        ],
    }


def _mask_figures(scores: Scores | None) -> dict[str, Any] | None:
    """AP of masks under the names of the boxes' figures; None if the model predicts no masks."""
    if scores is None:
        return None
    per_class = [{"name": row.name, "ap": row.ap, "ap50": row.ap50, "ap75": row.ap75} for row in scores.per_class]
    return {**{name: getattr(scores, name) for name in _FIGURES}, "per_class": per_class}


def _calibration(evaluation: OpenEvaluation, iou: float) -> dict[str, Any]:
    errors = [
        {"name": name, "ece": evaluation.calibration(iou, index).ece}
        for index, name in enumerate(evaluation.class_names)
    ]
    return {**evaluation.calibration(iou).to_json(), "per_class": errors}


def _notes_on_masks(scores: Scores | None) -> list[str]:
    return [] if scores is None or scores.per_class else scores.notes


def _notes_on_rates(counts: list[Counts], score: float) -> list[str]:
    return [
        f"{row.name}: no counted detection with a score of at least {score:g}, so there is no precision."
        for row in counts
        if row.precision is None
    ]
