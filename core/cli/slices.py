"""The verb `slices`: where a model is worse than on the whole."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.services import evaluation
from core.settings import Settings

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verb(verb: _AddVerb) -> None:
    """Declare the verb."""
    one = verb("slices", "Score an evaluation by object size, crowding, picture and source, the worst slice first.")
    one.add_argument("evaluation", metavar="EVALUATION")
    one.add_argument("--by", default="", help="one slicing alone: size, side, border, crowding, pixels, …")
    one.add_argument("--score", type=float, help="score threshold, 0 to 1; default: the evaluation's")
    one.add_argument("--iou", type=float, help="default: the evaluation's")


def slices(settings: Settings, given: Namespace) -> Any:
    """The document of `slices`. Sealed scores stay sealed: the error says how to open them."""
    opened = evaluation.open_evaluation(settings, given.evaluation)
    score = opened.score if given.score is None else given.score
    iou = opened.iou if given.iou is None else given.iou
    return evaluation.slices_json(opened, score, iou, given.by)


VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {"slices": slices}
