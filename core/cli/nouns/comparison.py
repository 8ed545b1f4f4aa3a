"""The verb that compares two evaluations."""

from typing import Any

import click

from core.cli.box_filter import iou_option, score_option
from core.cli.declaring import verb
from core.cli.nouns.evaluation import resampling_options
from core.cli.nouns.seal import open_and_say
from core.cli.progress import progress_bar
from core.services import evaluation
from core.settings import Settings


@verb("compare")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@score_option("score threshold for won and lost objects, 0 to 1; default: A's")
@iou_option("IoU of a match, 0 to 1; default: A's")
@resampling_options
def compare_verb(
    settings: Settings, a: str, b: str, score: float | None, iou: float | None, resamples: int, seed: int
) -> Any:
    """
    `a, b, images, resamples, seed, level, ap {a, b, difference` (B minus A)`, low, high, b_better` (share of resamples;
    null like low and high with fewer than 30 images)`}, ap50, paired {better, equal, worse` (number of images on which
    B is so, by the image's F1 at this score and IoU)`, p` (of the exact two-sided sign test, without equal images)`,
    measure (f1)}` (instead of the resamples; null from 30 images up)`, per_class [{name, images, ap, ap50, paired, won,
    lost}], score, iou, won, lost, objects [{change (won: found only by B; lost: only by A), image, name, box (x1, y1,
    x2, y2), score_a, score_b, calibrated_a, calibrated_b}]` (calibrated: score by the stored temperatures of the
    model; null)`, notes`
    """
    first, second = (open_and_say(settings, key) for key in (a, b))
    comparison = evaluation.compare(first, second)
    with progress_bar() as progress:
        measured = evaluation.differences(settings, comparison, progress, resamples, seed)
    return evaluation.comparison_summary(comparison, measured, score, iou)
