"""The verbs that evaluate a model and compute error bars."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from core.cli.actor import actor_of
from core.cli.box_filter import score_option
from core.cli.choices import RESAMPLES
from core.cli.declaring import FILE, Words, verb
from core.cli.nouns.seal import open_and_say
from core.cli.progress import progress_bar
from core.errors import AppError
from core.services import evaluation
from core.settings import Settings


@verb("evaluate")
@click.argument("run", metavar="[RUN]", default="")
@click.option("--model", default="", metavar="ID", help="a custom model with `--dataset`, instead of RUN")
@click.option("--split", type=Words(("train", "val", "test", "all")), help="default: test, else val")
@click.option("--dataset", default="", metavar="OTHER", help="another data set; classes are joined by name")
@click.option("--checkpoint", default="best", metavar="best|last|N", help="or `last`, or an iteration")
@score_option("score threshold, 0 to 1; default: the threshold stored with the run or model, else 0.5")
@click.option("--iou", type=float, default=0.5, help="IoU of a match, 0 to 1")
@click.option(
    "--mirrored",
    "--test-time-augmentation",
    "mirrored",
    is_flag=True,
    help="average over views of each image: mirrored, and rotated as in training (slower)",
)
@click.option(
    "--repair",
    default="",
    metavar="CAUSE,…",
    help="also give the AP without these causes of mistakes",
)
@click.option("--truth", type=FILE, metavar="FILE", help="COCO ground truth, with `--detections` instead of RUN")
@click.option("--detections", type=FILE, metavar="FILE", help="COCO results, or CSV (.csv, .tsv, .txt)")
@click.option("--images", type=FILE, metavar="DIR", help="folder of the images of `--truth`")
def evaluate_verb(
    settings: Settings, truth: Path | None, detections: Path | None, images: Path | None, repair: str, **options: Any
) -> Any:
    """
    `evaluation, images, ap, ap50, ap75, ap_small, ap_medium, ap_large, ar100, segm {the same figures of masks,
    per_class [{name, ap, ap50, ap75}]}` (null if the model predicts none)`, per_class [{name, ap, ap50, ap75,
    precision, recall, f1, tp, fp, fn, truths}], score, iou, confusion {labels, matrix}, ap_at_iou, causes
    [{cause, count, objects, delta_ap}], perfect {precision, recall}, repaired {causes, ap}` (null without
    `--repair`)`, calibration {ece, detections, bins [{low, high, detections, confidence, precision}], per_class
    [{name, ece}]}` (all scores, at this IoU)`, background {pictures, false_alarms, per_picture}` (images without
    any object, at this score)`, notes` (rows truth, columns prediction, last row and column background)
    """
    forms = [bool(options["run"]), bool(options["model"]), truth is not None or detections is not None]
    if sum(forms) != 1 or (truth is None) != (detections is None):
        raise AppError(
            "evaluate needs either RUN, or --model, or both --truth and --detections.", "Give one of the three forms."
        )
    causes = evaluation.causes_of(repair.split(","))
    score, iou = options["score"], options["iou"]
    with progress_bar() as progress:
        if truth is not None and detections is not None:
            key = evaluation.evaluate_files(
                settings, truth, detections, images, score=score, iou=iou, actor=actor_of(settings)
            )
        else:
            options["split"] = options["split"] or ""
            request = evaluation.EvaluationRequest(**options)
            key = evaluation.start_evaluation(settings, request, actor=actor_of(settings))
            evaluation.wait_for_evaluation(settings, key, progress)
    return evaluation.summarise(open_and_say(settings, key), score, iou, causes)


def resampling_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options of resampling."""
    function = click.option("--seed", type=int, default=0)(function)
    return click.option("--resamples", type=int, default=RESAMPLES)(function)


@verb("intervals")
@click.argument("key", metavar="EVALUATION")
@resampling_options
def intervals_verb(settings: Settings, key: str, resamples: int, seed: int) -> Any:
    """
    `evaluation, images, images_with_objects, resamples, seed, level (0.95), ap {value, low, high}, ap50,
    per_class [{name, images` (with the class)`, ap, ap50}], notes` (low and high are null with fewer than 30
    images)
    """
    opened = open_and_say(settings, key)
    with progress_bar() as progress:
        bars = evaluation.error_bars(settings, opened, progress, resamples, seed, actor=actor_of(settings))
    return {"evaluation": opened.id, **bars.to_json()}
