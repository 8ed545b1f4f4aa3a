"""The options that choose pictures and boxes of an evaluation, the same for each verb."""

import argparse
from argparse import Namespace

from core.errors import AppError, NotFoundError
from core.services import evaluation
from core.services.evaluation import CAUSES, OUTCOMES, OpenEvaluation, PictureFilter


def add_filter(verb: argparse.ArgumentParser) -> None:
    """Declare them, with the pair of thresholds that they hold at."""
    verb.add_argument("--class", dest="class_name", default="", metavar="NAME", help="boxes of this class")
    verb.add_argument("--outcome", choices=OUTCOMES, default="", help="boxes of which this became")
    verb.add_argument("--cause", choices=tuple(map(str, CAUSES)), default="", help="mistakes with this cause")
    verb.add_argument("--cell", default="", metavar="TRUTH:FOUND", help="of the matrix: class names, or background")
    verb.add_argument("--slice", default="", metavar="KEY", help="a key of `slices`")
    verb.add_argument("--file", default="", metavar="TEXT", help="pictures with this in their file name")
    verb.add_argument("--score", type=float, help="score threshold, 0 to 1; default: the evaluation's")
    verb.add_argument("--iou", type=float, help="default: the evaluation's")


def thresholds_of(opened: OpenEvaluation, given: Namespace) -> tuple[float, float]:
    """Score and IoU, the evaluation's own where none were given."""
    return (
        opened.score if given.score is None else given.score,
        opened.iou if given.iou is None else given.iou,
    )


def filter_of(opened: OpenEvaluation, given: Namespace, sort: str = "mistakes") -> PictureFilter:
    """What was asked for. Raises AppError for a class or cell that the evaluation does not have."""
    return PictureFilter(
        sort=sort,
        category_id=_class_id(opened, given.class_name) if given.class_name else -1,
        outcome=given.outcome,
        cell=_cell(opened, given.cell) if given.cell else None,
        text=given.file,
        cause=given.cause,
        slice=given.slice,
    )


def _class_id(opened: OpenEvaluation, name: str) -> int:
    if name not in opened.class_names:
        names = ", ".join(opened.class_names)
        raise NotFoundError(f"The evaluation has no class {name!r}.", f"Choose one of {names}.")
    return opened.class_names.index(name)


def _cell(opened: OpenEvaluation, text: str) -> tuple[int, int]:
    """Row and column of the matrix. Raises AppError."""
    # A class name may hold a colon itself.
    names = [*opened.class_names, evaluation.BACKGROUND]
    for place, letter in enumerate(text):
        if letter == ":" and text[:place] in names and text[place + 1 :] in names:
            cell = names.index(text[:place]), names.index(text[place + 1 :])
            if cell != (len(names) - 1, len(names) - 1):
                return cell
    raise AppError(f"--cell {text!r} is no cell of the matrix.", f"Write TRUTH:FOUND with two of {', '.join(names)}.")
