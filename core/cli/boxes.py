"""The verb `boxes`: the boxes of an evaluation that a filter asks for, in the order to look at them. For core.cli."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.cli.picture_options import add_filter, filter_of, thresholds_of
from core.services import evaluation
from core.settings import Settings

_AddVerb = Callable[[str, str], argparse.ArgumentParser]
_LIMIT = 100


def add_verb(verb: _AddVerb) -> None:
    """Declare the verb."""
    one = verb("boxes", "List the detections and missed objects of an evaluation, filtered as on its page.")
    one.add_argument("evaluation", metavar="EVALUATION")
    add_filter(one)
    one.add_argument("--limit", type=int, default=_LIMIT, help="how many to list at most")


def boxes(settings: Settings, given: Namespace) -> Any:
    """The document of `boxes`. Sealed scores stay sealed: the error says how to open them."""
    opened = evaluation.open_evaluation(settings, given.evaluation)
    chosen = filter_of(opened, given)
    return evaluation.objects_json(opened, *thresholds_of(opened, given), chosen, given.limit)


VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {"boxes": boxes}
