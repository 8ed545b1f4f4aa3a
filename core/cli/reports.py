"""The verb `report`: an evaluation as one HTML file that opens without this app."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.cli.picture_options import add_filter, filter_of, thresholds_of
from core.cli.progress import progress_bar
from core.services import evaluation
from core.services.evaluation import SORTS
from core.services.html_report import ReportRequest, write_report
from core.settings import Settings

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verb(verb: _AddVerb) -> None:
    """Declare the verb."""
    one = verb("report", "Write an evaluation as one HTML file, with pictures, that opens without this app.")
    one.add_argument("evaluation", metavar="EVALUATION")
    one.add_argument("--out", type=Path, required=True, metavar="FILE")
    one.add_argument("--pictures", type=int, default=100, help="how many at most")
    one.add_argument("--sort", choices=tuple(SORTS), default="mistakes", help="which pictures come first")
    add_filter(one)


def report(settings: Settings, given: Namespace) -> Any:
    """The document of `report`. Sealed scores stay sealed: the error says how to open them."""
    opened = evaluation.open_evaluation(settings, given.evaluation)
    score, iou = thresholds_of(opened, given)
    asked = ReportRequest(score=score, iou=iou, filter=filter_of(opened, given, given.sort), pictures=given.pictures)
    with progress_bar() as progress:
        return write_report(settings, opened, asked, given.out, progress)


VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {"report": report}
