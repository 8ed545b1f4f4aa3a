"""The verb `boxes`: the boxes of an evaluation that a filter asks for, in the order to look at them. For core.cli."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.desk import evaluating, evaluation_objects
from core.desk.evaluating import CAUSES, OUTCOMES, OpenEvaluation, PictureFilter
from core.errors import AppError
from core.settings import Settings

_AddVerb = Callable[[str, str], argparse.ArgumentParser]
_LIMIT = 100


def add_verb(verb: _AddVerb) -> None:
    """Declare the verb."""
    one = verb("boxes", "List the detections and missed objects of an evaluation, filtered as on its page.")
    one.add_argument("evaluation", metavar="EVALUATION")
    one.add_argument("--class", dest="class_name", default="", metavar="NAME", help="of this class")
    one.add_argument("--outcome", choices=OUTCOMES, default="", help="what became of them")
    one.add_argument("--cause", choices=[*map(str, CAUSES)], default="", help="mistakes with this cause")
    one.add_argument("--cell", default="", metavar="TRUTH:FOUND", help="of the matrix: class names, or background")
    one.add_argument("--slice", default="", metavar="KEY", help="a key of `slices`")
    one.add_argument("--file", default="", metavar="TEXT", help="on pictures with this in their file name")
    one.add_argument("--score", type=float, help="score threshold, 0 to 1; default: the evaluation's")
    one.add_argument("--iou", type=float, help="default: the evaluation's")
    one.add_argument("--limit", type=int, default=_LIMIT, help="how many to list at most")


def boxes(settings: Settings, given: Namespace) -> Any:
    """The document of `boxes`. Sealed scores stay sealed: the error says how to open them."""
    opened = evaluating.open_evaluation(settings, given.evaluation)
    chosen = PictureFilter(
        category_id=_class_id(opened, given.class_name) if given.class_name else -1,
        outcome=given.outcome,
        cell=_cell(opened, given.cell) if given.cell else None,
        text=given.file,
        cause=given.cause,
        slice=given.slice,
    )
    score = opened.score if given.score is None else given.score
    iou = opened.iou if given.iou is None else given.iou
    return evaluation_objects.objects_json(opened, score, iou, chosen, given.limit)


def _class_id(opened: OpenEvaluation, name: str) -> int:
    if name not in opened.class_names:
        names = ", ".join(opened.class_names)
        raise AppError(f"The evaluation has no class {name!r}.", f"Choose one of {names}.")
    return opened.class_names.index(name)


def _cell(opened: OpenEvaluation, text: str) -> tuple[int, int]:
    """Row and column of the matrix. Raises AppError."""
    # A class name may hold a colon itself.
    names = [*opened.class_names, evaluating.BACKGROUND]
    for place, letter in enumerate(text):
        if letter == ":" and text[:place] in names and text[place + 1 :] in names:
            return names.index(text[:place]), names.index(text[place + 1 :])
    raise AppError(f"--cell {text!r} is no cell of the matrix.", f"Write TRUTH:FOUND with two of {', '.join(names)}.")


VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {"boxes": boxes}
