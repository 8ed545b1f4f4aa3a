"""The verb `advice`: what would help a model most, by the figures of an evaluation."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.services import evaluation
from core.settings import Settings

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verb(verb: _AddVerb) -> None:
    """Declare the verb."""
    one = verb("advice", "Say what would help a model most, with the figures of an evaluation that support it.")
    one.add_argument("evaluation", metavar="EVALUATION")
    one.add_argument("--score", type=float, help="score threshold, 0 to 1; default: the evaluation's")
    one.add_argument("--iou", type=float, help="default: the evaluation's")


def advice(settings: Settings, given: Namespace) -> Any:
    """The document of `advice`. Sealed scores stay sealed: the error says how to open them."""
    opened = evaluation.open_evaluation(settings, given.evaluation)
    return evaluation.advice_json(settings, opened, given.score, given.iou)


def as_text(document: Any) -> str:
    """The document for people: a piece of advice a paragraph."""
    parts = [f"{row['words']}\n  {row['next']}\n  {row['address']}" for row in document["advice"]]
    return "\n\n".join([*parts, *document["notes"]])
