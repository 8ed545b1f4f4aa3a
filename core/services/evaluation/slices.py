"""An evaluation cut into slices: by size, crowding, image and source, the worst first.

Offered to pages and command line; the slices that there are belong to the evaluation, their counts to a score and IoU.
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
    """All slices (`by`: of one slicing), the worst first. Raises NotFoundError for a slicing that there is not.

    The first call computes the AP of all slices, which holds at every score and IoU and is kept in the evaluation;
    without it (`with_ap`), that of each is None.
    """
    names = [slicing.name for slicing in evaluation.slicings()]
    if by and by not in names:
        raise NotFoundError(f"There is no slicing by {by!r} here.", f"Choose one of {', '.join(names) or 'none'}.")
    outcomes = evaluation.outcomes(score, iou)
    whole = all_together(evaluation, score, iou).f1
    found = []
    for slicing in evaluation.slicings():
        if by in ("", slicing.name):
            counts = slice_counts(slicing, outcomes, evaluation.detections)
            images = slice_images(slicing, evaluation.truth)
            no_ap = [AreaScores(ap=None, ap50=None)] * len(counts)
            columns = (slicing.parts, images, counts, evaluation.slice_scores(slicing) if with_ap else no_ap)
            found += [
                Slice(
                    part=part,
                    slicing=slicing.name,
                    of=slicing.of,
                    images=on,
                    counts=counted,
                    scores=scores,
                    difference=_difference(counted, whole),
                )
                for part, on, counted, scores in zip(*columns, strict=True)
            ]
    return worst_first(found)


def find_slice(evaluation: OpenEvaluation, key: str) -> tuple[Slicing, int] | None:
    """The slicing and the place of its part with this key (`size:small`); None where the evaluation has no such."""
    for slicing in evaluation.slicings():
        place = slicing.index_of(key)
        if place is not None:
            return slicing, place
    return None


def slice_words(evaluation: OpenEvaluation, key: str) -> str:
    """A slice in words: what it cuts, and its part; "" for none."""
    found = find_slice(evaluation, key)
    return f"{found[0].title}: {found[0].parts[found[1]].title}" if found else ""


def all_together(evaluation: OpenEvaluation, score: float, iou: float) -> Counts:
    """The whole that slices are compared to."""
    return add_up(count_classes(evaluation.outcomes(score, iou), evaluation.truth.categories))


def slices_json(evaluation: OpenEvaluation, score: float, iou: float, by: str = "") -> dict[str, Any]:
    """The document of the command line (docs/cli.md)."""
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
