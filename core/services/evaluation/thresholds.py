"""Chooses score thresholds on validation, stores them with the model, and applies stored ones to other evaluations.

A threshold is chosen on a validation split only, so that its figures on the test split are unbiased.
"""

import time
from dataclasses import dataclass
from typing import Any, Final

from core.actor import Actor
from core.errors import AppError, NotFoundError
from core.evaluation.matching.outcomes import Counts
from core.evaluation.thresholds.rules import (
    OperatingPoint,
    ThresholdRule,
    add_up_classes,
    choose_points,
    points_at,
    why_none,
)
from core.evaluation.thresholds.stored import StoredThresholds, store_thresholds
from core.services.evaluation.listing import EvaluationRow, list_evaluations
from core.services.evaluation.opened import OpenEvaluation
from core.settings import Settings
from core.training.run.status import Phase
from core.workspace.layout import Layout
from core.workspace.registry import Registry

CHOOSING_SPLIT: Final = "val"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds of one evaluation with their figures.

    `points`: all classes together at one score, then each class at its own score; `each` is the sum of these classes.
    `is_stored`: they are stored with the model; else the rule has chosen them on this evaluation.
    """

    rule: ThresholdRule
    iou: float
    points: list[OperatingPoint]
    each: Counts
    is_stored: bool

    @property
    def together(self) -> OperatingPoint:
        """All classes at one score."""
        return self.points[0]

    def of(self, category_id: int) -> OperatingPoint:
        """The point of a class; -1 is all classes together."""
        return self.points[category_id + 1]


def suggest_threshold(evaluation: OpenEvaluation, rule: ThresholdRule, iou: float) -> Thresholds:
    """The thresholds that the rule chooses on this evaluation. Raises AppError if none may be chosen on it."""
    if why := why_not_to_choose(evaluation):
        raise AppError(why, "Choose on an evaluation of the validation split, then see its figures here.")
    curves = evaluation.threshold_curves(iou)
    points = choose_points(curves, rule, evaluation.class_names)
    usual = evaluation.score if points[0].score is None else points[0].score
    return Thresholds(rule, iou, points, add_up_classes(points, curves, usual), is_stored=False)


def why_not_to_choose(evaluation: OpenEvaluation) -> str:
    """Why no threshold may be chosen on this evaluation; "" if one may."""
    split = evaluation.spec.split or CHOOSING_SPLIT
    if split == CHOOSING_SPLIT:
        return ""
    return f"A threshold is chosen on validation, and evaluation {evaluation.id} is on {split!r}."


def stored_threshold(evaluation: OpenEvaluation, iou: float) -> Thresholds | None:
    """The model's stored thresholds with their figures on this evaluation; None if there are none."""
    stored = evaluation.stored
    if stored is None:
        return None
    curves = evaluation.threshold_curves(iou)
    points = points_at(curves, stored.score, stored.per_class, evaluation.class_names)
    return Thresholds(stored.rule, iou, points, add_up_classes(points, curves, stored.score), is_stored=True)


def store_threshold(
    settings: Settings, evaluation: OpenEvaluation, chosen: Thresholds, seen: int | None = None, *, actor: Actor
) -> StoredThresholds:
    """Store chosen thresholds with the evaluated run or custom model and return what is stored.

    `seen` is the revision of the stored ones that the writer has read (0: none). Raises ConflictError if others were
    stored since, AppError if the rule found none or there is no model to store them with.
    """
    subject = evaluation.subject
    if subject is None:
        raise AppError(
            "This is an evaluation of two files: there is no model to store a threshold with.", "Note it down."
        )
    if chosen.is_stored or chosen.together.score is None:
        why = why_none(chosen.together, chosen.rule)
        raise AppError(why or "These thresholds are stored already.", "Choose by another rule.")
    kind, key = subject
    spec = evaluation.spec
    kept = StoredThresholds(
        score=chosen.together.score,
        per_class={point.counts.name: point.score for point in chosen.points[1:] if point.score is not None},
        rule=chosen.rule,
        iou=chosen.iou,
        evaluation=evaluation.id,
        chosen=time.time(),
        revision=0,
        dataset=spec.dataset,
        version=spec.version,
        split=spec.split,
        checkpoint=spec.checkpoint,
        actor=actor,
    )
    return store_thresholds(Layout(settings.workspace).folder(kind, key), kept, f"{kind.capitalize()} {key}", seen)


def evaluation_to_choose_on(settings: Settings, ref: str) -> str:
    """The evaluation to choose a threshold on: itself, or the newest on validation of a run or custom model.

    `ref` is an id or name. Raises NotFoundError, which says how to make one.
    """
    registry = Registry(settings)
    for kind in ("evaluation", "run", "model"):
        try:
            entry = registry.find(kind, ref)
        except NotFoundError:
            continue
        if kind == "evaluation":
            return entry.id
        validation = validation_of(settings, kind, entry.id)
        if validation is None:
            what = entry.id if kind == "run" else f"--model {entry.id}"
            raise NotFoundError(
                f"{kind.capitalize()} {entry.name!r} has no finished evaluation on validation.",
                f"Make one: `python -m core evaluate {what} --split val`.",
            )
        return validation.id
    raise NotFoundError(f"There is no evaluation, run or custom model {ref!r}.", "Give the id or name of one.")


def validation_of(settings: Settings, kind: str, key: str) -> EvaluationRow | None:
    """The newest finished evaluation of a run or custom model on validation."""
    return next(
        (
            row
            for row in list_evaluations(settings)
            if (row.run if kind == "run" else row.model) == key
            and row.split == CHOOSING_SPLIT
            and row.phase is Phase.FINISHED
        ),
        None,
    )


def thresholds_json(evaluation: OpenEvaluation, thresholds: Thresholds) -> dict[str, Any]:
    """The document of `threshold` (docs/cli.md)."""
    stored = evaluation.stored
    kind, key = evaluation.subject or ("", "")
    together, *classes = thresholds.points
    json = thresholds.each.to_json()
    return {
        "evaluation": evaluation.id,
        "run": key if kind == "run" else None,
        "model": key if kind == "model" else None,
        "split": evaluation.spec.split or None,
        "rule": thresholds.rule.to_json(),
        "iou": thresholds.iou,
        "is_stored": thresholds.is_stored,
        "all": _row(thresholds.rule, together),
        "each_at_its_own": {name: value for name, value in json.items() if name != "name"},
        "per_class": [{"name": point.counts.name, **_row(thresholds.rule, point)} for point in classes],
        "stored": stored.to_json() if stored else None,
        "notes": notes_on(evaluation, thresholds),
    }


def notes_on(evaluation: OpenEvaluation, thresholds: Thresholds) -> list[str]:
    """Why thresholds are missing, and how stored ones differ from this evaluation."""
    missing = [why_none(point, thresholds.rule) for point in thresholds.points if point.reason]
    return [*missing, *notes_on_stored(evaluation, thresholds)]


def notes_on_stored(evaluation: OpenEvaluation, thresholds: Thresholds) -> list[str]:
    """How the origin of stored thresholds differs from this evaluation; empty for thresholds chosen on it."""
    stored, notes = evaluation.stored, []
    if not thresholds.is_stored or stored is None:
        return []
    if stored.evaluation != evaluation.id:
        notes.append(f"The threshold was chosen on validation ({stored.evaluation}), not on these images.")
    checkpoint = evaluation.spec.checkpoint
    if checkpoint != stored.checkpoint:
        notes.append(f"It was chosen for the checkpoint {stored.checkpoint!r}, and this one is {checkpoint!r}.")
    if thresholds.iou != stored.iou:
        notes.append(f"It was chosen at IoU {stored.iou:g}, and these figures are at IoU {thresholds.iou:g}.")
    lacking = [name for name in evaluation.class_names if name not in stored.per_class]
    if lacking:
        notes.append(f"Without a class threshold, so at {stored.score:g}: {', '.join(lacking)}.")
    return notes


def _row(rule: ThresholdRule, point: OperatingPoint) -> dict[str, Any]:
    """Score and figures of a point, with its cost if that is the rule. Figures are null without a score."""
    figures = {name: value for name, value in point.to_json().items() if name != "name"}
    if point.score is None:
        figures = dict.fromkeys(figures)
    if rule.by == "cost":
        figures["cost"] = None if point.score is None else rule.cost(point.counts)
    return figures
