"""Scores slices of an evaluation: by size, crowding, image and source, worst first.

The slices depend on the evaluation only, their counts also on a score and an IoU.
"""

from typing import Any

from core.errors import NotFoundError
from core.evaluation.matching.outcomes import Counts, add_up, count_classes
from core.evaluation.scores.scores import AreaScores
from core.evaluation.slices.slices import (
    FEWEST_IMAGES,
    FEWEST_OBJECTS,
    Slice,
    slice_counts,
    slice_images,
    worst_first,
)
from core.evaluation.slices.slicings import Slicing
from core.services.evaluation.opened import OpenEvaluation


def score_slices(
    evaluation: OpenEvaluation, score: float, iou: float, by: str = "", with_ap: bool = True
) -> list[Slice]:
    """All slices (`by`: of one slicing), worst first. Raises NotFoundError for an unknown slicing.

    The first call computes the AP of all slices, which does not depend on score and IoU; the evaluation keeps it.
    Without `with_ap` the AP of each is None.
    """
    names = [slicing.name for slicing in evaluation.slicings()]
    if by and by not in names:
        raise NotFoundError(f"There is no slicing by {by!r}.", f"Choose one of {', '.join(names) or 'none'}.")
    outcomes = evaluation.outcomes(score, iou)
    whole = all_together(evaluation, score, iou).f1
    slices = []
    for slicing in evaluation.slicings():
        if by in ("", slicing.name):
            counts = slice_counts(slicing, outcomes, evaluation.detections)
            images = slice_images(slicing, evaluation.truth)
            no_ap = [AreaScores(ap=None, ap50=None)] * len(counts)
            columns = (slicing.parts, images, counts, evaluation.slice_scores(slicing) if with_ap else no_ap)
            slices += [
                Slice(
                    part=part,
                    slicing=slicing.name,
                    of=slicing.of,
                    images=count,
                    counts=counted,
                    scores=scores,
                    difference=_difference(counted, whole),
                )
                for part, count, counted, scores in zip(*columns, strict=True)
            ]
    return worst_first(slices)


def find_slice(evaluation: OpenEvaluation, key: str) -> tuple[Slicing, int] | None:
    """The slicing, and the index of its part, for this key (`size:small`); None if the evaluation has no such slice."""
    for slicing in evaluation.slicings():
        index = slicing.index_of(key)
        if index is not None:
            return slicing, index
    return None


def slice_words(evaluation: OpenEvaluation, key: str) -> str:
    """A slice in words: its slicing and its part; "" if there is none."""
    match = find_slice(evaluation, key)
    return f"{match[0].title}: {match[0].parts[match[1]].title}" if match else ""


def all_together(evaluation: OpenEvaluation, score: float, iou: float) -> Counts:
    """Counts of the whole evaluation, to which slices are compared."""
    return add_up(count_classes(evaluation.outcomes(score, iou), evaluation.truth.categories))


def slices_json(evaluation: OpenEvaluation, score: float, iou: float, by: str = "") -> dict[str, Any]:
    """The document of `slices` (docs/cli.md)."""
    rows = score_slices(evaluation, score, iou, by)
    whole = all_together(evaluation, score, iou).to_json()
    small = sum(row.is_small for row in rows)
    notes = [
        f"{small} of {len(rows)} slices have fewer than {FEWEST_OBJECTS} objects or {FEWEST_IMAGES} images: "
        "their rates may be chance, so they stand last."
    ]
    return {
        "evaluation": evaluation.id,
        "score": score,
        "iou": iou,
        "all": {"pictures": len(evaluation.truth.images), "ap": evaluation.scores.ap, **whole},
        "slices": [row.to_json() for row in rows],
        "notes": notes if small else [],
    }


def _difference(counts: Counts, whole: float | None) -> float | None:
    return None if whole is None or counts.f1 is None or not counts.truths else counts.f1 - whole
