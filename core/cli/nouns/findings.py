"""The verbs that analyse an evaluation: slices, advice, boxes. They do not open sealed scores."""

from typing import Any

import click

from core.cli.box_filter import filter_of, filter_options, iou_option, score_option, thresholds_of
from core.cli.declaring import verb
from core.cli.outcome import Outcome
from core.services import evaluation
from core.settings import Settings


@verb("slices")
@click.argument("key", metavar="ID")
@click.option(
    "--by",
    default="",
    metavar="SLICING",
    help="only one slicing: `size`, `side`, `border`, `crowding`, `pixels`, `orientation`, `split`, `folder`",
)
@score_option()
@iou_option()
def slices_verb(settings: Settings, key: str, by: str, score: float | None, iou: float | None) -> Any:
    """
    `evaluation, score, iou, all {pictures, ap, precision, recall, f1, tp, fp, fn, truths}, slices [{slice`
    (key)`, by, title, of` (images or objects)`, pictures, ap, ap50, precision, recall, f1, tp, fp, fn, truths,
    difference` (F1 minus that of all; null without objects)`, is_small}]` (worst first)`, notes`
    """
    opened = evaluation.open_evaluation(settings, key)
    return evaluation.slices_json(opened, *thresholds_of(opened, score, iou), by)


@verb("advice")
@click.argument("key", metavar="EVALUATION")
@score_option()
@iou_option()
def advice_verb(settings: Settings, key: str, score: float | None, iou: float | None) -> Outcome:
    """
    `evaluation, score, iou, advice [{key, words, next` (what to do)`, at_stake` (AP; null if it is not about
    AP)`, pictures` (parameters of the evaluate page)`, address, evidence {…}` (by key; shares and AP 0 to 1)`}]`
    (most AP at stake first, at most 6)`, notes`
    """
    opened = evaluation.open_evaluation(settings, key)
    document = evaluation.advice_json(settings, opened, score, iou)
    paragraphs = [f"{row['words']}\n  {row['next']}\n  {row['address']}" for row in document["advice"]]
    return Outcome(document=document, text="\n\n".join([*paragraphs, *document["notes"]]))


@verb("boxes")
@click.argument("key", metavar="EVALUATION")
@filter_options
@click.option("--limit", type=int, default=100, help="the most boxes to list")
def boxes_verb(settings: Settings, key: str, score: float | None, iou: float | None, limit: int, **chosen: Any) -> Any:
    """
    `evaluation, score, iou, found` (number of boxes)`, pictures` (number of their images)`, boxes [{image, file, kind
    (detection or truth), id, outcome, name, score` (null for missed objects)`, calibrated` (score by the stored
    temperatures; null)`, iou` (with the matched object, or the object of its cause; null)`, cause, box [x1, y1, x2,
    y2] (px)}]` (false positives by falling score, then missed objects by falling size, then true positives by rising
    IoU)
    """
    opened = evaluation.open_evaluation(settings, key)
    return evaluation.objects_json(opened, *thresholds_of(opened, score, iou), filter_of(opened, chosen), limit)
