"""The verb that chooses a score threshold on validation, stores it, or applies the stored one."""

from __future__ import annotations

from typing import Any

import click

from core.cli.actor import actor_of
from core.cli.box_filter import iou_option
from core.cli.choices import RULES
from core.cli.declaring import Words, verb
from core.cli.nouns.seal import open_and_say
from core.errors import NotFoundError
from core.services import evaluation
from core.settings import Settings


@verb("threshold")
@click.argument("key", metavar="ID", help="an evaluation, or a run: its newest evaluation on validation")
@click.option("--by", type=Words(RULES), help="the rule; default: `f1` on validation, else the stored thresholds")
@click.option("--at", type=float, default=0.9, help="the recall or precision to reach, 0 to 1")
@click.option("--miss-cost", type=float, default=1.0, metavar="COST", help="cost of a missed object")
@click.option(
    "--false-positive-cost",
    "--false-alarm-cost",
    "false_positive_cost",
    type=float,
    default=1.0,
    metavar="COST",
    help="cost of a false positive",
)
@iou_option()
@click.option("--store", is_flag=True, help="store it with the run or custom model")
def threshold_verb(
    settings: Settings,
    key: str,
    by: str | None,
    at: float,
    miss_cost: float,
    false_positive_cost: float,
    iou: float | None,
    store: bool,
) -> Any:
    """
    `evaluation, run, model` (one of them null)`, split, rule {by, at, miss_cost, false_alarm_cost}, iou,
    is_stored` (stored thresholds, or the rule's choice)`, all {score, precision, recall, f1, tp, fp, fn,
    truths, cost` (with `cost` only)`}, each_at_its_own {the same}` (sum of the classes, each at its own
    score)`, per_class [{name, the same}], stored {score, per_class {name: score}, iou, evaluation, checkpoint,
    chosen, revision, rule, actor}` (null)`, notes`
    """
    # Loads numpy, which `--help` does not need.
    from core.evaluation.thresholds.rules import ThresholdRule

    chosen_on = evaluation.evaluation_to_choose_on(settings, key)
    opened = open_and_say(settings, chosen_on)
    iou = opened.iou if iou is None else iou
    if not by and not store and evaluation.why_not_to_choose(opened):
        return _stored(opened, iou)
    rule = ThresholdRule(by=by or "f1", at=at, miss_cost=miss_cost, false_alarm_cost=false_positive_cost)
    chosen = evaluation.suggest_threshold(opened, rule, iou)
    if store:
        evaluation.store_threshold(settings, opened, chosen, actor=actor_of(settings))
        opened = open_and_say(settings, chosen_on)
    return evaluation.thresholds_json(opened, chosen)


def _stored(opened: evaluation.OpenEvaluation, iou: float) -> Any:
    """The stored threshold's figures on this evaluation. Raises NotFoundError if none is stored."""
    stored = evaluation.stored_threshold(opened, iou)
    if stored is None:
        raise NotFoundError(
            "No threshold is stored with the model of this evaluation.",
            "Choose one on validation: `python -m core threshold RUN --by f1 --store`.",
        )
    return evaluation.thresholds_json(opened, stored)
