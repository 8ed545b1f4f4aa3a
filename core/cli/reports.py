"""The verb `report`: an evaluation as one HTML file that opens without this app. Imported by core.cli."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.cli.progress import progress_bar
from core.desk import evaluating
from core.desk.evaluating import CAUSES, OUTCOMES, SORTS, OpenEvaluation, PictureFilter
from core.desk.evaluation_report import ReportRequest, write_report
from core.errors import AppError, NotFoundError
from core.settings import Settings

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verb(verb: _AddVerb) -> None:
    """Declare the verb."""
    one = verb("report", "Write an evaluation as one HTML file, with pictures, that opens without this app.")
    one.add_argument("evaluation", metavar="EVALUATION")
    one.add_argument("--out", type=Path, required=True, metavar="FILE")
    one.add_argument("--pictures", type=int, default=100, help="how many at most")
    one.add_argument("--score", type=float, help="score threshold, 0 to 1; default: the evaluation's")
    one.add_argument("--iou", type=float, help="default: the evaluation's")
    one.add_argument("--sort", choices=tuple(SORTS), default="mistakes", help="which pictures come first")
    one.add_argument("--class", default="", dest="class_name", metavar="NAME", help="only pictures with such boxes")
    one.add_argument("--outcome", choices=OUTCOMES, default="", help="only pictures with such boxes")
    one.add_argument("--cell", default="", metavar="TRUTH:FOUND", help="a cell of the matrix, as class numbers from 0")
    one.add_argument("--cause", choices=tuple(map(str, CAUSES)), default="", help="only pictures with such mistakes")
    one.add_argument("--slice", default="", metavar="KEY", help="only pictures of this slice")
    one.add_argument("--text", default="", help="only pictures with this in their file name")


def report(settings: Settings, given: Namespace) -> Any:
    """The document of `report`. Sealed scores stay sealed: the error says how to open them."""
    opened = evaluating.open_evaluation(settings, given.evaluation)
    asked = ReportRequest(
        score=opened.score if given.score is None else given.score,
        iou=opened.iou if given.iou is None else given.iou,
        filter=PictureFilter(
            sort=given.sort,
            category_id=_class(opened, given.class_name),
            outcome=given.outcome,
            cell=_cell(opened, given.cell),
            text=given.text,
            cause=given.cause,
            slice=given.slice,
        ),
        pictures=given.pictures,
    )
    with progress_bar() as progress:
        return write_report(settings, opened, asked, given.out, progress)


def _class(opened: OpenEvaluation, name: str) -> int:
    if name and name not in opened.class_names:
        raise NotFoundError(f"There is no class {name!r}.", f"Choose one of {', '.join(opened.class_names)}.")
    return opened.class_names.index(name) if name else -1


def _cell(opened: OpenEvaluation, text: str) -> tuple[int, int] | None:
    if not text:
        return None
    classes = len(opened.class_names)
    truth, _, found = text.partition(":")
    digits = truth + found
    if truth and found and digits.isascii() and digits.isdecimal() and len(digits) < 12:
        cell = int(truth), int(found)
        if max(cell) <= classes and cell != (classes, classes):
            return cell
    raise AppError(f"--cell {text!r} is no cell.", f"Write TRUTH:FOUND with 0 to {classes}; {classes} is background.")


VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {"report": report}
