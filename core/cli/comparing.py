"""Error bars of an evaluation, and two evaluations against each other."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any, Final

from core.cli.progress import progress_bar
from core.cli.seals import open_and_say
from core.evaluation.intervals.bootstrap import RESAMPLES
from core.services import evaluation
from core.services.evaluation import error_bars
from core.settings import Settings

_AddVerb = Callable[[str, str], ArgumentParser]


def add_verbs(verb: _AddVerb) -> None:
    """Declare the verbs of this file."""
    intervals = verb("intervals", "Say how far AP of an evaluation would be off on other pictures of the same kind.")
    intervals.add_argument("evaluation", metavar="EVALUATION")
    compare = verb("compare", "Compare two evaluations on the same pictures.")
    compare.add_argument("a", metavar="A")
    compare.add_argument("b", metavar="B")
    compare.add_argument("--score", type=float, help="score threshold of won and lost, 0 to 1; default: A's")
    compare.add_argument("--iou", type=float, help="IoU that counts as found, 0 to 1; default: A's")
    for one in (intervals, compare):
        one.add_argument("--resamples", type=int, default=RESAMPLES)
        one.add_argument("--seed", type=int, default=0)


def _intervals(settings: Settings, given: Namespace) -> Any:
    opened = open_and_say(settings, given.evaluation)
    with progress_bar() as progress:
        bars = error_bars(settings, opened, progress, given.resamples, given.seed)
    return {"evaluation": opened.id, **bars.to_json()}


def _compare(settings: Settings, given: Namespace) -> Any:
    a, b = (open_and_say(settings, ref) for ref in (given.a, given.b))
    comparison = evaluation.compare(a, b)
    with progress_bar() as progress:
        measured = evaluation.differences(settings, comparison, progress, given.resamples, given.seed)
    return evaluation.comparison_summary(comparison, measured, given.score, given.iou)


VERBS: Final = {"intervals": _intervals, "compare": _compare}
