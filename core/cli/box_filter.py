"""The options that filter images and boxes of an evaluation, shared by several verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from core.cli.choices import CAUSES, OTHER_OUTCOMES, OUTCOMES
from core.cli.declaring import Words
from core.errors import AppError, NotFoundError
from core.services import evaluation

# Using a name of a services package imports its module, and `--help` needs none.
if TYPE_CHECKING:
    from core.services.evaluation import ImageFilter, OpenEvaluation


def score_option(help_text: str = "score threshold, 0 to 1; default: the evaluation's") -> Callable[..., Any]:
    """The option `--score`."""
    return click.option("--score", type=float, help=help_text)


def iou_option(
    help_text: str = "IoU of a match, 0 to 1; default: the evaluation's",
) -> Callable[..., Any]:
    """The option `--iou`."""
    return click.option("--iou", type=float, help=help_text)


def filter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options of the filter and its two thresholds."""
    for declare in (
        iou_option(),
        score_option(),
        click.option("--file", default="", metavar="TEXT", help="images with this text in their file name"),
        click.option(
            "--attribute",
            default="",
            metavar="NAME[=VALUE]",
            help="images with this attribute, or with an object (of the class) that has it",
        ),
        click.option("--slice", default="", metavar="KEY", help="a key of `slices`"),
        click.option(
            "--cell",
            default="",
            metavar="TRUTH:FOUND",
            help="a cell of the matrix, class names or `background`",
        ),
        click.option("--cause", type=Words(CAUSES), help="mistakes with this cause"),
        click.option("--outcome", type=Words(OUTCOMES, OTHER_OUTCOMES), help="boxes with this outcome"),
        click.option("--class", "class_name", default="", metavar="NAME", help="boxes of this class"),
    ):
        function = declare(function)
    return function


def thresholds_of(opened: OpenEvaluation, score: float | None, iou: float | None) -> tuple[float, float]:
    """Score and IoU; the evaluation's by default."""
    return opened.score if score is None else score, opened.iou if iou is None else iou


def filter_of(opened: OpenEvaluation, options: dict[str, Any], sort: str = "mistakes") -> ImageFilter:
    """The filter from the options. Raises AppError for a class or cell that the evaluation does not have."""
    attribute, value = _attribute(opened, options["attribute"]) if options["attribute"] else ("", "")
    return evaluation.ImageFilter(
        sort=sort,
        category_id=_class_id(opened, options["class_name"]) if options["class_name"] else -1,
        outcome=options["outcome"] or "",
        cell=_cell(opened, options["cell"]) if options["cell"] else None,
        text=options["file"],
        cause=options["cause"] or "",
        slice=options["slice"],
        attribute=attribute,
        value=value,
    )


def _class_id(opened: OpenEvaluation, name: str) -> int:
    if name not in opened.class_names:
        names = ", ".join(opened.class_names)
        raise NotFoundError(f"The evaluation has no class {name!r}.", f"Choose one of {names}.")
    return opened.class_names.index(name)


def _attribute(opened: OpenEvaluation, text: str) -> tuple[str, str]:
    """Name and value. The name of an attribute may contain an equals sign."""
    names = set(opened.attributes()["name"])
    ends = [index for index, letter in enumerate(text) if letter == "="]
    end = next((index for index in [len(text), *reversed(ends)] if text[:index] in names), ends[0] if ends else None)
    return text[:end], "" if end is None else text[end + 1 :]


def _cell(opened: OpenEvaluation, text: str) -> tuple[int, int]:
    """Row and column of the matrix. Raises AppError."""
    # A class name may contain a colon.
    names = [*opened.class_names, evaluation.BACKGROUND]
    for index, letter in enumerate(text):
        if letter == ":" and text[:index] in names and text[index + 1 :] in names:
            cell = names.index(text[:index]), names.index(text[index + 1 :])
            if cell != (len(names) - 1, len(names) - 1):
                return cell
    raise AppError(f"--cell {text!r} is no cell of the matrix.", f"Write TRUTH:FOUND with two of {', '.join(names)}.")
