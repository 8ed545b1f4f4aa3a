"""Advice on an evaluation: what would help most, with the figures and images that support it.

Collects facts from the evaluation, its run and its data set; the rules are in core.evaluation.advice.advice.
"""

from typing import Any, Final
from urllib.parse import urlencode

import numpy as np

from core.errors import DamagedFileError
from core.evaluation.advice.advice import advise
from core.evaluation.advice.costs import find_costs, find_pairs, make_bill
from core.evaluation.advice.facts import Advice, BetterThreshold, Facts, Training
from core.evaluation.intervals.intervals import images_of_each
from core.evaluation.matching.outcomes import Counts, confusion_matrix, count_classes
from core.evaluation.scores.scores import DETECTIONS_CAP
from core.evaluation.thresholds.rules import ThresholdRule, add_up_classes, choose_points
from core.figures.words.advice import NOTHING, finding_words, next_words
from core.services.evaluation.intervals import kept_error_bars
from core.services.evaluation.opened import OpenEvaluation
from core.services.evaluation.slices import all_together, score_slices
from core.services.evaluation.thresholds import why_not_to_choose
from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.splits import as_the_run_has_it
from core.training.run.status import read_status
from core.workspace.datasets import VersionFolder, load_columns
from core.workspace.layout import Layout

_BEST_F1: Final = ThresholdRule()


def give_advice(
    settings: Settings, evaluation: OpenEvaluation, score: float | None = None, iou: float | None = None
) -> list[Advice]:
    """The advice at a score and an IoU (the evaluation's by default), most AP at stake first."""
    return advise(find_facts(settings, evaluation, score, iou))


def find_facts(
    settings: Settings, evaluation: OpenEvaluation, score: float | None = None, iou: float | None = None
) -> Facts:
    """Collect the facts that the rules need, at a score and an IoU (the evaluation's by default)."""
    score = evaluation.score if score is None else score
    iou = evaluation.iou if iou is None else iou
    outcomes, (repairs, lost) = evaluation.outcomes(score, iou), evaluation.repairs(iou)
    bill = make_bill(evaluation.class_names, repairs, lost, evaluation.matching(iou), outcomes)
    matrix = confusion_matrix(outcomes, len(evaluation.class_names))
    bars, empty = kept_error_bars(settings, evaluation), evaluation.background().to_json(score)
    return Facts(
        score=score,
        iou=iou,
        scores=evaluation.scores,
        whole=all_together(evaluation, score, iou),
        images_with_objects=int(images_of_each(evaluation.truth)[0]),
        ap_at_iou=lost.ap,
        costs=[] if lost.ap is None else find_costs(bill, evaluation.slicings()),
        pairs=[] if lost.ap is None else find_pairs(bill, matrix),
        slices=score_slices(evaluation, score, iou, with_ap=False),
        threshold=_better_threshold(evaluation, score, iou),
        half_width=bars.together.ap.half_width if bars else None,
        calibration=evaluation.calibration(iou, calibrated=evaluation.calibrated(evaluation.detections)).bins,
        has_temperatures=evaluation.temperatures is not None,
        empty_images=empty["pictures"],
        empty_false_positives=empty["false_alarms"],
        beyond_cap=_beyond_cap(evaluation),
        training=_training(settings, evaluation),
        knows_labels=bool(evaluation.spec.dataset),
    )


def advice_json(
    settings: Settings, evaluation: OpenEvaluation, score: float | None = None, iou: float | None = None
) -> dict[str, Any]:
    """The document of `advice` (docs/cli.md)."""
    facts = find_facts(settings, evaluation, score, iou)
    advices = advise(facts)
    return {
        "evaluation": evaluation.id,
        "score": facts.score,
        "iou": facts.iou,
        "advice": [
            {
                "key": advice.key,
                "words": finding_words(advice),
                "next": next_words(advice),
                "at_stake": advice.at_stake,
                "pictures": advice.images,
                "address": f"evaluate?{urlencode({'evaluation': evaluation.id, **address_of(advice, facts)})}",
                "evidence": advice.evidence,
            }
            for advice in advices
        ],
        "notes": [] if advices else [NOTHING],
    }


def address_of(advice: Advice, at: Facts | OpenEvaluation) -> dict[str, str]:
    """The evaluate page's address parameters for a piece of advice, with its score and IoU."""
    return {"score": f"{at.score:g}", "iou": f"{at.iou:g}", **advice.images} if advice.images else {}


def _better_threshold(evaluation: OpenEvaluation, score: float, iou: float) -> BetterThreshold | None:
    """The best thresholds; None if none may be chosen on this evaluation, or no score gives a detection."""
    if why_not_to_choose(evaluation):
        return None
    curves = evaluation.threshold_curves(iou)
    points = choose_points(curves, _BEST_F1, evaluation.class_names)
    best = points[0]
    if best.score is None:
        return None
    now = count_classes(evaluation.outcomes(score, iou), evaluation.truth.categories)
    whole = all_together(evaluation, score, iou)
    per_class = add_up_classes(points, curves, best.score)
    moved_per_class = sum(
        _moved(counts, point.counts) for counts, point in zip(now, points[1:], strict=True) if point.score is not None
    )
    moved = max(_moved(whole, best.counts), moved_per_class)
    has_own = evaluation.stored is not None and bool(evaluation.stored.per_class)
    each_f1 = best.counts.f1 if has_own else per_class.f1
    return BetterThreshold(
        score=score,
        f1=whole.f1 or 0.0,
        best_score=best.score,
        best_f1=best.counts.f1 or 0.0,
        each_f1=each_f1 or 0.0,
        moved=moved,
    )


def _moved(before: Counts, after: Counts) -> int:
    return abs(before.tp - after.tp) + abs(before.fp - after.fp)


def _beyond_cap(evaluation: OpenEvaluation) -> dict[str, int]:
    """For each class the number of objects beyond COCO's cap on detections of a class on an image."""
    objects = evaluation.truth.annotations
    sizes = objects[~objects["is_crowd"]].groupby(["image_id", "category_id"]).size()
    beyond = (sizes - DETECTIONS_CAP).clip(lower=0).groupby("category_id").sum()
    return {evaluation.class_names[int(category_id)]: int(count) for category_id, count in beyond.items() if count}


def _training(settings: Settings, evaluation: OpenEvaluation) -> Training | None:
    """What the evaluated run was trained on; None for a custom model, two files, or a run that no longer exists."""
    if not (run := evaluation.spec.run):
        return None
    folder = RunFolder(Layout(settings.workspace).folder("run", run))
    try:
        job, status = read_job(folder), read_status(folder.status)
        data = VersionFolder(job.data)
        images = as_the_run_has_it(load_columns(data, "images", ["image_id", "split"]), folder)
        objects = load_columns(data, "annotations", ["image_id", "category_id", "is_crowd"])
    except (FileNotFoundError, DamagedFileError):
        return None
    in_training = images.loc[images["split"] == "train", "image_id"]
    objects = objects[objects["image_id"].isin(in_training) & ~objects["is_crowd"]]
    images_with_class = (
        objects.groupby("category_id")["image_id"].nunique().reindex(range(len(job.classes)), fill_value=0)
    )
    turned = status.turned if status.turned and status.turned.training_falls else None
    of_class = dict(zip(job.classes, np.asarray(images_with_class).tolist(), strict=True))
    return Training(of_class, turned.iteration if turned else None)
