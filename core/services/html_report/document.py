"""The content of an evaluation's HTML report: figures at every score, texts, images with their boxes.

The scripts in core/report/assets read this document.
"""

import time
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from core.errors import NotFoundError
from core.evaluation.matching.causes import CAUSES
from core.evaluation.thresholds.curves import ALL
from core.evaluation.thresholds.score_sweep import count_at_scores, scores_with
from core.figures.colours import ACCENT, FALSE_POSITIVE, MISSED, TRUE_POSITIVE, TRUTH, TRUTH_EDGE, class_colour
from core.figures.words.causes import HELP, TITLES
from core.figures.words.numbers import counted, day
from core.progress import Progress
from core.services.evaluation.box_filter import ImageFilter
from core.services.evaluation.intervals import kept_error_bars
from core.services.evaluation.opened import OpenEvaluation
from core.services.evaluation.slices import slice_words
from core.services.evaluation.summary import summarise
from core.services.html_report.boxes import report_boxes
from core.settings import Settings
from core.workspace.registry import Registry

_FIGURES: Final = {
    "ap": ("AP", "IoU 0.50 to 0.95", "no object in these images"),
    "ap50": ("AP50", "IoU 0.50", "no object in these images"),
    "ap75": ("AP75", "IoU 0.75", "no object in these images"),
    "ap_small": ("AP small", "below 32² px", "no small object in these images"),
    "ap_medium": ("AP medium", "32² to 96² px", "no medium object in these images"),
    "ap_large": ("AP large", "above 96² px", "no large object in these images"),
    "ar100": ("AR", "average recall", "no object in these images"),
}
_SORTS: Final = {"mistakes": "most mistakes", "missed": "most missed", "false_alarms": "most false positives"}
_COLOURS: Final = {
    "tp": TRUE_POSITIVE,
    "fp": FALSE_POSITIVE,
    "missed": MISSED,
    "truth": TRUTH,
    "edge": TRUTH_EDGE,
    "accent": ACCENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """The options of a report: at most `images` images, selected and sorted by `filter` at this score and IoU."""

    score: float
    iou: float
    filter: ImageFilter = field(default_factory=ImageFilter)
    images: int = 100


def figures_document(
    settings: Settings, evaluation: OpenEvaluation, asked: ReportRequest, progress: Progress
) -> dict[str, Any]:
    """The document without the images; rates and AP are 0 to 1. Raises AppError for a score or IoU out of range."""
    result = summarise(evaluation, asked.score, asked.iou)
    bars = kept_error_bars(settings, evaluation)
    return {
        "title": evaluation.name,
        "facts": facts(settings, evaluation),
        "seal": evaluation.seal.note if evaluation.seal else "",
        "images": result["images"],
        "objects": int((~evaluation.truth.annotations["is_crowd"]).sum()),
        "score": asked.score,
        "iou": asked.iou,
        "classes": evaluation.class_names,
        "class_colours": [class_colour(index) for index in range(len(evaluation.class_names))],
        "colours": _COLOURS,
        "figures": _figure_rows(result, bars.to_json() if bars else None),
        "per_class": [{name: row[name] for name in ("name", "ap", "ap50", "ap75")} for row in result["per_class"]],
        "class_bars": [row.ap.to_json() for row in bars.per_class] if bars else None,
        "ap_at_iou": result["ap_at_iou"],
        **_counts(evaluation, asked, result["causes"], progress),
        "curves": _curves(evaluation.precision_recall(asked.iou)),
        "notes": result["notes"] + (bars.notes if bars else []),
        "start": _start(asked.filter),
    }


def _counts(
    evaluation: OpenEvaluation, asked: ReportRequest, causes: list[dict[str, Any]], progress: Progress
) -> dict[str, Any]:
    """Score steps, and at each step the cells of the confusion matrix (those not always empty) and the causes."""
    tables = evaluation.truth.annotations, evaluation.detections, evaluation.matching(asked.iou)
    counts = count_at_scores(*tables, len(evaluation.truth.categories), scores_with(asked.score), progress)
    cells = np.argwhere(counts.confusion.any(axis=0)).tolist()
    return {
        "scores": counts.scores.tolist(),
        "confusion": [[row, column, counts.confusion[:, row, column].tolist()] for row, column in cells],
        "causes": [
            {
                "cause": str(cause),
                "title": TITLES[cause],
                "help": HELP[cause],
                "delta_ap": row["delta_ap"],
                "counts": counts.causes[:, index].tolist(),
                "objects": counts.objects[:, index].tolist(),
            }
            for index, (cause, row) in enumerate(zip(CAUSES, causes, strict=True))
        ],
    }


def facts(settings: Settings, evaluation: OpenEvaluation) -> list[list[str]]:
    """What was evaluated, on what and when, as [name, value] texts."""
    spec = evaluation.spec
    rows = []
    if evaluation.subject:
        kind, key = evaluation.subject
        rows.append([{"run": "Run", "model": "Custom model"}[kind], _with_id(settings, kind, key)])
        rows.append(["Checkpoint", spec.checkpoint])
    else:
        rows.append(["Detections", spec.detections])
        rows.append(["Ground truth", spec.truth])
    if spec.dataset:
        rows.append(["Data set", f"{_with_id(settings, 'dataset', spec.dataset)}, {spec.version}"])
        rows.append(["Split", spec.split])
    rows.append(["Evaluated", day(evaluation.created)])
    rows.append(["Report made", day(time.time())])
    return [row for row in rows if row[1]]


def choice_words(evaluation: OpenEvaluation, asked: ReportRequest, chosen: int, there: int) -> str:
    """Which images are in the report, as a sentence.

    Args: chosen, their number; there, the number that the filter keeps.
    """
    parts = [f"with {asked.filter.text!r} in the name"] if asked.filter.text else []
    if part := slice_words(evaluation, asked.filter.slice):
        parts.append(f"of the slice {part}")
    if words := asked.filter.attribute_words:
        parts.append(f"that have {words}")
    if asked.filter.narrows_boxes:
        parts.append("with the boxes that were shown when the report was made")
    all_of = counted(len(evaluation.truth.images), "image")
    order = "by file name" if asked.filter.sort == "name" else f"{_SORTS[asked.filter.sort]} first"
    kept = f" ({'; '.join(parts)}: {there:,})" if parts else ""
    return f"{chosen:,} of {all_of}{kept} are in this report, {order} at score {asked.score:g}."


def image_documents(evaluation: OpenEvaluation, asked: ReportRequest, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The images of these rows (`image_rows`) with their boxes; `jpeg` is filled in later."""
    ids = [int(key) for key in rows["image_id"]]
    boxes = report_boxes(evaluation, ids, asked.iou)
    return [
        {
            "id": key,
            "file": row["file_name"],
            "split": row["split"],
            "width": int(row["width"]),
            "height": int(row["height"]),
            "jpeg": None,
            "shown": None,
            "why": "",
            **boxes[key],
        }
        for key, row in zip(ids, rows.to_dict("records"), strict=True)
    ]


def _figure_rows(result: dict[str, Any], bars: dict[str, Any] | None) -> list[dict[str, Any]]:
    """All AP figures of boxes, and of masks if there are any, with the reason for each missing one."""
    of_masks = result["segm"]
    return [
        {
            "title": title,
            "help": help_text,
            "value": result[name],
            "bar": bars[name] if bars and name in bars else None,
            "masks": of_masks[name] if of_masks else None,
            "has_masks": of_masks is not None,
            "why": why,
        }
        for name, (title, help_text, why) in _FIGURES.items()
    ]


def _curves(curves: pd.DataFrame) -> list[dict[str, Any]]:
    """Precision at 101 recalls: the mean (class -1) first, then a curve per class with objects."""
    return [
        {"class": int(key), "is_all": key == ALL, "precision": curve["precision"].round(4).tolist()}
        for key, curve in curves.groupby("category_id", sort=False)
    ]


def _start(chosen: ImageFilter) -> dict[str, Any]:
    """The filter with which the report opens; text, slice and attribute only select its images."""
    return {
        "cell": list(chosen.cell) if chosen.cell else None,
        "cause": chosen.cause,
        "class": chosen.category_id,
        "outcome": chosen.outcome,
        "sort": chosen.sort,
    }


def _with_id(settings: Settings, kind: str, key: str) -> str:
    try:
        name = Registry(settings).find(kind, key).name
    except NotFoundError:
        return key
    return f"{name} ({key})" if name != key else key
