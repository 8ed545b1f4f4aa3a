"""The verb `seal`, and how the command line opens sealed test scores: it says so."""

import argparse
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.errors import AppError, NotFoundError
from core.services import evaluation
from core.services.datasets import open_version
from core.services.evaluation import COMMAND_LINE, OpenEvaluation
from core.settings import Settings

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verb(verb: _AddVerb) -> None:
    """Declare the verb."""
    one = verb("seal", "Say how often the test scores of a data set were looked at, or open those of an evaluation.")
    one.add_argument("reference", metavar="DATASET|EVALUATION")
    one.add_argument("--open", action="store_true", help="open the evaluation's scores, which is logged")


def show(settings: Settings, given: Namespace) -> Any:
    """The document of `seal`."""
    try:
        found = evaluation.look_at_seal(settings, given.reference)
    except NotFoundError:
        if given.open:
            raise
        version = open_version(settings, given.reference)
        openings = evaluation.list_openings(settings, version.dataset, version.version)
        return evaluation.openings_json(version.dataset, version.version, openings)
    if found is None:
        raise AppError(
            f"Evaluation {given.reference!r} has no seal: it is not on the test split of a data set.",
            "Give one that is, or a data set.",
        )
    if given.open:
        found = evaluation.open_seal(settings, given.reference, COMMAND_LINE) or found
    return found.to_json()


def open_and_say(settings: Settings, key: str) -> OpenEvaluation:
    """The evaluation, opened; where its scores were sealed that is logged, and said on standard error."""
    before = evaluation.look_at_seal(settings, key)
    now = evaluation.open_seal(settings, key, COMMAND_LINE)
    if before and now and not before.is_open:
        print(now.note, file=sys.stderr)
    return evaluation.open_evaluation(settings, key)


VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {"seal": show}
