"""The verb that lists label issues, stores verdicts about them, and makes the corrected version."""

from typing import Any

import click

from core.cli.actor import actor_of
from core.cli.arguments import SpreadOption
from core.cli.box_filter import score_option
from core.cli.declaring import verb
from core.cli.nouns.seal import open_and_say
from core.errors import AppError
from core.services import label_review
from core.settings import Settings


@verb("suspects")
@click.argument("key", metavar="EVALUATION")
@score_option("only detections with at least this score, 0 to 1; default: the evaluation's")
@click.option("--accept", cls=SpreadOption, type=int, metavar="ID…", help="the model is right about these ids")
@click.option("--reject", cls=SpreadOption, type=int, metavar="ID…", help="the label is right at these ids")
@click.option("--skip", cls=SpreadOption, type=int, metavar="ID…", help="decide later about these ids")
@click.option("--apply", "is_applied", is_flag=True, help="make a data set version with all accepted corrections")
def suspects_verb(
    settings: Settings, key: str, score: float | None, is_applied: bool, **verdicts: tuple[int, ...]
) -> Any:
    """
    `evaluation, dataset, version` (null for two files)`, suspects [{id, kind (missing, wrong_class or poor_box), image,
    annotation, label, says, box [x1, y1, x2, y2] (px), score, calibrated, iou, verdict, actor}]` (highest score first;
    calibrated: score by the stored temperatures; null; actor: who gave the verdict; annotation, label and iou are null
    if a label may be missing)`, decided, accepted, difference
    {added, classes_changed, moved, words}, corrected {corrections, before {ap, ap50, ap75}, after, per_class [{name,
    before {ap, ap50, truths}, after}]}, made {dataset, version, parent, words}` (null without `--apply`)`, notes`
    """
    opened = open_and_say(settings, key)
    asked = [(issue, verdict) for verdict in label_review.VERDICTS for issue in verdicts[verdict]]
    if len({issue for issue, _ in asked}) < len(asked):
        raise AppError("A label issue is named twice.", "Give each of them one verdict.")
    reviewed = (
        label_review.decide(settings, opened, dict(asked), score, actor=actor_of(settings))
        if asked
        else label_review.review_labels(settings, opened, score)
    )
    made = label_review.make_corrected(settings, reviewed, actor=actor_of(settings)) if is_applied else None
    return label_review.review_json(opened, reviewed, made.to_json() if made else None)
