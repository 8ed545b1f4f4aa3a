"""The verb that fits temperatures on validation, stores them, or measures the stored ones."""

from __future__ import annotations

from typing import Any

import click

from core.cli.actor import actor_of
from core.cli.box_filter import iou_option
from core.cli.declaring import verb
from core.cli.nouns.seal import open_and_say
from core.errors import NotFoundError
from core.services import evaluation
from core.settings import Settings


@verb("calibrate")
@click.argument("key", metavar="ID", help="an evaluation, or a run: its newest evaluation on validation")
@iou_option("IoU of the reported figures, 0 to 1; default: the evaluation's (temperatures are fitted at 0.5)")
@click.option("--store", is_flag=True, help="store the temperatures with the run or custom model")
def calibrate_verb(settings: Settings, key: str, iou: float | None, store: bool) -> Any:
    """
    `evaluation, run, model` (one of them null)`, split, iou, is_stored` (stored temperatures, or those fitted here)`,
    temperature, offset` (of all classes together)`, floor` (lowest score of the fit)`, folds` (`after` is across so
    many groups of images; null for stored ones)`, before {ece, detections, bins [{low, high, detections, confidence,
    precision}]}, after {the same}` (null with fewer than two images)`, per_class [{name, temperature, offset,
    detections, right, ece, ece_calibrated}], stored {pooled, per_class {name: temperature}, offset, offsets {name:
    offset}, floor, detections, ece, ece_calibrated, iou, evaluation, checkpoint, mirrored, fitted, revision, actor}`
    (null)`, notes`
    """
    fitted_on = evaluation.evaluation_to_choose_on(settings, key)
    opened = open_and_say(settings, fitted_on)
    iou = opened.iou if iou is None else iou
    if store:
        evaluation.store_temperatures(settings, opened, actor=actor_of(settings))
        opened = open_and_say(settings, fitted_on)
    elif evaluation.why_not_to_choose(opened):
        return evaluation.calibration_json(opened, _stored(opened), iou)
    return evaluation.calibration_json(opened, evaluation.fit_temperatures(opened), iou)


def _stored(opened: evaluation.OpenEvaluation) -> evaluation.CalibratedScores:
    stored = evaluation.stored_temperatures(opened)
    if stored is None:
        raise NotFoundError(
            "No temperatures are stored with the model of this evaluation.",
            "Fit them on validation: `python -m core calibrate RUN --store`.",
        )
    return stored
