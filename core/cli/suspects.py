"""The verb `suspects`: labels that the model disputes, decisions about them, and the version that corrects them."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.cli.seals import open_and_say
from core.errors import AppError
from core.services import label_review
from core.services.label_review import review_json
from core.settings import Settings

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verb(verb: _AddVerb) -> None:
    """Declare the verb."""
    one = verb("suspects", "List labels that the model disputes, decide about them, and make the corrected version.")
    one.add_argument("evaluation", metavar="EVALUATION")
    one.add_argument("--score", type=float, help="only detections as sure as this, 0 to 1; default: the evaluation's")
    for name, meaning in (
        (label_review.ACCEPT, "the model is right"),
        (label_review.REJECT, "the label is right"),
        (label_review.SKIP, "decide later"),
    ):
        one.add_argument(f"--{name}", type=int, nargs="+", default=[], metavar="ID", help=meaning)
    one.add_argument("--apply", action="store_true", help="make a version of the data set with all accepted ones")


def suspects(settings: Settings, given: Namespace) -> Any:
    """The document of `suspects`."""
    evaluation = open_and_say(settings, given.evaluation)
    asked = [(key, verdict) for verdict in label_review.VERDICTS for key in getattr(given, verdict)]
    if len({key for key, _ in asked}) < len(asked):
        raise AppError("A suspect is named twice.", "Give each of them one verdict.")
    reviewed = (
        label_review.decide(settings, evaluation, dict(asked), given.score)
        if asked
        else label_review.review_labels(settings, evaluation, given.score)
    )
    made = label_review.make_corrected(settings, reviewed) if given.apply else None
    return review_json(evaluation, reviewed, made.to_json() if made else None)


VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {"suspects": suspects}
