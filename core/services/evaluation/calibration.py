"""Fits temperatures on validation, stores them with the model, and applies stored ones to other evaluations.

As for thresholds: what is fitted on validation is measured on the test split. On validation itself, each image is
calibrated by temperatures that were fitted without it.
"""

import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.actor import Actor
from core.errors import AppError
from core.evaluation.thresholds.calibration import Calibration
from core.evaluation.thresholds.stored_temperatures import StoredTemperatures, write_temperatures
from core.evaluation.thresholds.temperatures import FIT_IOU, Floats, Temperatures
from core.services.evaluation.opened import OpenEvaluation
from core.services.evaluation.thresholds import why_not_to_choose
from core.settings import Settings
from core.workspace.layout import Layout

# From this share of detections below the lowest score of the fit, a note says so.
_NOTED_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedScores:
    """Temperatures with the calibrated score of each detection of one evaluation.

    `calibrated` (N,) is 0 to 1; None if it could not be computed honestly. `is_stored`: by the temperatures stored with
    the model. Else they were fitted on this evaluation, and `calibrated` is across `folds` groups of its images.
    """

    temperatures: Temperatures
    calibrated: Floats | None
    floor: float
    folds: int
    is_stored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCalibration:
    """A class: its temperature and offset, counted detections, how many of them are right, error before and after."""

    name: str
    temperature: float
    offset: float
    detections: int
    right: int
    ece: float | None
    ece_calibrated: float | None


def fit_temperatures(evaluation: OpenEvaluation) -> CalibratedScores:
    """The temperatures fitted on this evaluation. Raises AppError if none may or can be fitted on it."""
    if why_not_to_choose(evaluation):
        raise AppError(
            f"Temperatures are fitted on validation, and evaluation {evaluation.id} is on {evaluation.spec.split!r}.",
            "Fit them on an evaluation of the validation split, then see their effect here.",
        )
    fit = evaluation.cross_calibration()
    if fit is None:
        raise AppError(
            "There is no detection to fit a temperature to.", "Train longer, or evaluate on images with objects."
        )
    return CalibratedScores(
        temperatures=fit.temperatures, calibrated=fit.calibrated, floor=fit.floor, folds=fit.folds, is_stored=False
    )


def stored_temperatures(evaluation: OpenEvaluation) -> CalibratedScores | None:
    """The model's stored temperatures with this evaluation's calibrated scores; None if there are none."""
    stored = evaluation.temperatures
    if stored is None:
        return None
    return CalibratedScores(
        temperatures=stored.of(evaluation.class_names),
        calibrated=evaluation.calibrated(evaluation.detections),
        floor=stored.floor,
        folds=0,
        is_stored=True,
    )


def calibration_before_after(
    evaluation: OpenEvaluation, scores: CalibratedScores | None, iou: float, category_id: int | None = None
) -> tuple[Calibration, Calibration | None]:
    """The calibration of scores and of calibrated scores at an IoU, of one class or (None) of all."""
    before = evaluation.calibration(iou, category_id)
    if scores is None or scores.calibrated is None:
        return before, None
    return before, evaluation.calibration(iou, category_id, scores.calibrated)


def calibration_by_class(evaluation: OpenEvaluation, scores: CalibratedScores, iou: float) -> list[ClassCalibration]:
    """One row per class, in their order."""
    rows = []
    for key, name in enumerate(evaluation.class_names):
        before, after = calibration_before_after(evaluation, scores, iou, key)
        bins = before.bins
        rows.append(
            ClassCalibration(
                name=name,
                temperature=scores.temperatures.per_class[key].temperature,
                offset=scores.temperatures.per_class[key].offset,
                detections=int(bins["detections"].sum()),
                right=round(float((bins["detections"] * bins["precision"]).sum())),
                ece=before.ece,
                ece_calibrated=after.ece if after else None,
            )
        )
    return rows


def store_temperatures(
    settings: Settings, evaluation: OpenEvaluation, seen: int | None = None, *, actor: Actor
) -> StoredTemperatures:
    """Store the temperatures fitted on this evaluation with its run or custom model, and return what is stored.

    `seen` is the revision of the stored ones that the writer has read (0: none). Raises ConflictError if others were
    stored since, AppError if none can be fitted or there is no model to store them with.
    """
    if evaluation.subject is None:
        raise AppError(
            "This is an evaluation of two files: there is no model to store temperatures with.", "Note them."
        )
    fitted = fit_temperatures(evaluation)
    before, after = calibration_before_after(evaluation, fitted, FIT_IOU)
    kind, key = evaluation.subject
    spec = evaluation.spec
    rows = calibration_by_class(evaluation, fitted, FIT_IOU)
    kept = StoredTemperatures(
        pooled=round(fitted.temperatures.pooled.temperature, 4),
        per_class={row.name: round(row.temperature, 4) for row in rows if row.detections},
        offset=round(fitted.temperatures.pooled.offset, 4),
        offsets={row.name: round(row.offset, 4) for row in rows if row.detections},
        floor=fitted.floor,
        detections=sum(row.detections for row in rows),
        ece=before.ece,
        ece_calibrated=after.ece if after else None,
        iou=FIT_IOU,
        evaluation=evaluation.id,
        dataset=spec.dataset,
        version=spec.version,
        split=spec.split,
        checkpoint=spec.checkpoint,
        mirrored=spec.mirrored,
        fitted=time.time(),
        revision=0,
        actor=actor,
    )
    return write_temperatures(Layout(settings.workspace).folder(kind, key), kept, f"{kind.capitalize()} {key}", seen)


def calibration_json(evaluation: OpenEvaluation, scores: CalibratedScores, iou: float) -> dict[str, Any]:
    """The document of `calibrate` (docs/cli.md)."""
    before, after = calibration_before_after(evaluation, scores, iou)
    kind, key = evaluation.subject or ("", "")
    return {
        "evaluation": evaluation.id,
        "run": key if kind == "run" else None,
        "model": key if kind == "model" else None,
        "split": evaluation.spec.split or None,
        "iou": iou,
        "is_stored": scores.is_stored,
        "temperature": scores.temperatures.pooled.temperature,
        "offset": scores.temperatures.pooled.offset,
        "floor": scores.floor,
        "folds": scores.folds or None,
        "before": before.to_json(),
        "after": after.to_json() if after else None,
        "per_class": [asdict(row) for row in calibration_by_class(evaluation, scores, iou)],
        "stored": evaluation.temperatures.to_json() if evaluation.temperatures else None,
        "notes": notes_on_calibration(evaluation, scores, iou),
    }


def notes_on_calibration(evaluation: OpenEvaluation, scores: CalibratedScores, iou: float) -> list[str]:
    """What limits the figures: no folds, another IoU, checkpoint or floor than in the fit, classes without one."""
    notes = []
    if scores.calibrated is None:
        notes.append("Fewer than two images have detections, so the error after calibration cannot be measured here.")
    if iou != FIT_IOU:
        notes.append(f"Temperatures are fitted at IoU {FIT_IOU:g}, and these figures are at IoU {iou:g}.")
    stored = evaluation.temperatures
    return [*notes, *_notes_on_stored(evaluation, stored)] if scores.is_stored and stored else notes


def _notes_on_stored(evaluation: OpenEvaluation, stored: StoredTemperatures) -> list[str]:
    spec, notes = evaluation.spec, []
    if spec.split == "all" and (spec.dataset, spec.version) == (stored.dataset, stored.version):
        notes.append(f"Some of these images are those that the temperatures were fitted on ({stored.evaluation}).")
    elif stored.evaluation != evaluation.id:
        notes.append(f"The temperatures were fitted on validation ({stored.evaluation}), not on these images.")
    if spec.checkpoint != stored.checkpoint:
        notes.append(f"They were fitted for the checkpoint {stored.checkpoint!r}, and this one is {spec.checkpoint!r}.")
    if spec.mirrored != stored.mirrored:
        fitted, used = ("with", "without") if stored.mirrored else ("without", "with")
        notes.append(f"They were fitted {fitted} test-time augmentation, and these scores are {used} it.")
    below = float(np.mean(evaluation.detections["score"] < stored.floor)) if len(evaluation.detections) else 0.0
    if below >= _NOTED_SHARE:
        notes.append(f"They were fitted on scores from {stored.floor:.3g}, and {below:.0%} of these are below.")
    lacking = [name for name in evaluation.class_names if name not in stored.per_class]
    if lacking:
        notes.append(f"Without a temperature, so at that of all ({stored.pooled:.2f}): {', '.join(lacking)}.")
    return notes
