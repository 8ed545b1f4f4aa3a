"""Maker of the input of advice: the figures of a detector that calls for none."""

from dataclasses import replace
from typing import Any

from core.evaluation.advice.facts import Cost, Facts
from core.evaluation.matching.causes import Cause
from core.evaluation.matching.outcomes import Counts
from core.evaluation.scores.scores import AreaScores, ClassScores, Scores
from core.evaluation.slices.slices import Slice
from core.evaluation.slices.slicings import Part

QUIET = Facts(
    score=0.5,
    iou=0.5,
    scores=Scores(
        ap=0.6,
        ap50=0.8,
        ap75=0.6,
        per_class=[
            ClassScores(category_id=0, name="crane", ap=0.6, ap50=0.8, ap75=0.6, truths=500),
            ClassScores(category_id=1, name="truck", ap=0.6, ap50=0.8, ap75=0.6, truths=500),
        ],
    ),
    whole=Counts(category_id=-1, name="all", tp=800, fp=200, fn=200),
    images_with_objects=200,
    ap_at_iou=0.8,
)


def facts(**changes: Any) -> Facts:
    """The figures that call for no advice, with some changes."""
    return replace(QUIET, **changes)


def cost(cause: Cause = Cause.BACKGROUND, **changes: Any) -> Cost:
    """A cause that is just costly and frequent enough for advice."""
    return replace(Cost(cause=cause, gain=0.01, count=20, of=1000), **changes)


def cut(tp: int, fp: int, fn: int, *, key: str = "border:cut", images: int = 50) -> Slice:
    """A slice of the same figures with these counts."""
    counts = Counts(category_id=-1, name=key, tp=tp, fp=fp, fn=fn)
    difference = (counts.f1 or 0.0) - (QUIET.whole.f1 or 0.0)
    part, slicing = Part(key=key, title=f"the slice {key}"), key.partition(":")[0]
    return Slice(
        part=part,
        slicing=slicing,
        of="objects",
        images=images,
        counts=counts,
        scores=AreaScores(ap=None, ap50=None),
        difference=difference,
    )


def scored(*rows: tuple[str, float, float, float, int]) -> Scores:
    """Scores of classes given as name, AP, AP50, AP75, objects; the whole is their mean."""
    classes = [
        ClassScores(category_id=place, name=name, ap=ap, ap50=ap50, ap75=ap75, truths=truths)
        for place, (name, ap, ap50, ap75, truths) in enumerate(rows)
    ]
    mean = {name: sum(getattr(row, name) for row in classes) / len(classes) for name in ("ap", "ap50", "ap75")}
    return Scores(**mean, per_class=classes)
