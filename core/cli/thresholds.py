"""The verb `threshold`: choose a score threshold on validation, store it, see what it gives."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.cli.seals import open_and_say
from core.errors import NotFoundError
from core.evaluation.thresholds.rules import RULES, ThresholdRule
from core.services import evaluation
from core.settings import Settings

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verb(verb: _AddVerb) -> None:
    """Declare the verb."""
    one = verb("threshold", "Choose a score threshold on validation and store it with the model, or see what it gives.")
    one.add_argument("evaluation", metavar="RUN|EVALUATION", help="of a run its newest evaluation on validation")
    one.add_argument("--by", choices=RULES, default="", help="default: f1 on validation, else what is stored")
    one.add_argument("--at", type=float, default=0.9, help="the recall or precision to reach, 0 to 1")
    one.add_argument("--miss-cost", type=float, default=1.0, metavar="COST")
    one.add_argument("--false-alarm-cost", type=float, default=1.0, metavar="COST")
    one.add_argument("--iou", type=float, help="default: the evaluation's")
    one.add_argument("--store", action="store_true", help="keep it with the run or own model")


def threshold(settings: Settings, given: Namespace) -> Any:
    """The document of `threshold`."""
    key = evaluation.evaluation_to_choose_on(settings, given.evaluation)
    opened = open_and_say(settings, key)
    iou = opened.iou if given.iou is None else given.iou
    if given.by or given.store or not evaluation.why_not_to_choose(opened):
        rule = ThresholdRule(given.by or "f1", given.at, given.miss_cost, given.false_alarm_cost)
        chosen = evaluation.suggest_threshold(opened, rule, iou)
        if given.store:
            evaluation.store_threshold(settings, opened, chosen)
            opened = open_and_say(settings, key)
        return evaluation.thresholds_json(opened, chosen)
    stored = evaluation.stored_threshold(opened, iou)
    if stored is None:
        raise NotFoundError(
            "No threshold is stored with the model of this evaluation.",
            "Choose one on validation: `python -m core threshold RUN --by f1 --store`.",
        )
    return evaluation.thresholds_json(opened, stored)


VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {"threshold": threshold}
