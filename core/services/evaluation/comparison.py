"""Compares two evaluations on the same images: which is better, how sure that is, and which objects are won and lost.

A is the first evaluation, B the second; differences are B minus A.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from core.errors import AppError
from core.evaluation.intervals.bootstrap import RESAMPLES, Replicates, check_resamples
from core.evaluation.intervals.comparing import LOST, WON, moved_objects, pair_images, pair_objects, shared_classes
from core.evaluation.intervals.files import load_replicates
from core.evaluation.intervals.intervals import LEVEL, Interval, estimate, images_of_each, notes_on
from core.evaluation.intervals.paired import Paired, compare_images, image_f1
from core.evaluation.thresholds.curves import ALL
from core.figures.comparison import paired_words
from core.progress import Progress
from core.services.evaluation.intervals import replicates_of
from core.services.evaluation.opened import OpenEvaluation
from core.services.evaluation.viewer_boxes import image_boxes
from core.settings import Settings
from core.tables import BOX_COLUMNS
from core.workspace.layout import Layout

CHANGES: Final = (WON, LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two open evaluations with their paired images, objects and classes. Made by `compare`; keep it for reuse.

    `images` and `objects` are those of core.evaluation.intervals.comparing; `classes` holds name and both indices of
    each shared class; `warnings` say why the comparison may mislead.
    """

    a: OpenEvaluation
    b: OpenEvaluation
    images: pd.DataFrame
    objects: pd.DataFrame
    classes: list[tuple[str, int, int]]
    warnings: list[str]

    def moved(self, score: float, iou: float) -> pd.DataFrame:
        """The objects won and lost at a score threshold and an IoU (`moved_objects` of the same module)."""
        return moved_objects(self.a.outcomes(score, iou), self.b.outcomes(score, iou), self.objects)

    def paired(self, score: float, iou: float, classes: tuple[int, int] = (ALL, ALL)) -> Paired:
        """On how many images B is better, by the image's F1 (core.evaluation.intervals.paired).

        Args: classes, the index of a class in A and in B. Only images with objects or detections of it count then.
        """
        columns = (self.a, "image_a", classes[0]), (self.b, "image_b", classes[1])
        a, b = (
            image_f1(evaluation.outcomes(score, iou), self.images[column], key) for evaluation, column, key in columns
        )
        # On an image without objects and detections both are equal.
        return compare_images(a, b) if classes[0] != ALL else compare_images(np.nan_to_num(a, nan=1.0), b)

    def image_of_b(self, image: int) -> int:
        """The id in B of an image of A. Raises AppError if A has no such image."""
        ids = self.images.loc[self.images["image_a"] == image, "image_b"]
        if ids.empty:
            raise AppError(f"Evaluation {self.a.id} has no image {image}.", "Choose one of its images.")
        return int(ids.iloc[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One figure of A and B. `by` is B minus A with its interval; `by.above` the share of resamples where B is better.

    Without an interval `above` is not shown: `Comparison.paired` is for few images.
    """

    a: float | None
    b: float | None
    by: Interval

    def to_json(self) -> dict[str, float | None]:
        """The figure in the document of `compare` (docs/cli.md)."""
        by = self.by
        better = None if by.is_uncertain else by.above
        return {"a": self.a, "b": self.b, "difference": by.value, "low": by.low, "high": by.high, "b_better": better}


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """AP and AP50 with paired intervals: of all classes (first, name ""), then of each shared class."""

    resamples: int
    seed: int
    rows: list[tuple[str, int, Difference, Difference]]  # name, images with the class, AP, AP50
    notes: list[str]


def compare(a: OpenEvaluation, b: OpenEvaluation) -> Comparison:
    """Pair two evaluations. Raises AppError if they are the same one, or not on the same images."""
    if a.id == b.id:
        raise AppError("An evaluation cannot be compared with itself.", "Choose another one.")
    images = pair_images(a.truth, b.truth)
    objects = pair_objects(a.truth, b.truth, images)
    classes = shared_classes(a.truth, b.truth)
    return Comparison(
        a=a,
        b=b,
        images=images,
        objects=objects,
        classes=classes,
        warnings=_warnings(a, b, len(objects), len(classes)),
    )


def differences(
    settings: Settings, comparison: Comparison, progress: Progress, resamples: int = RESAMPLES, seed: int = 0
) -> Differences:
    """How much better B is, with intervals: both are scored on the same resamples of the images.

    Reuses resamples that were computed before. Raises AppError for a number of resamples or a seed out of range.
    """
    check_resamples(resamples, seed)
    a, b = comparison.a, comparison.b
    left = replicates_of(settings, a, lambda share, doing: progress(share / 2, doing), resamples, seed)
    right = replicates_of(settings, b, lambda share, doing: progress((1 + share) / 2, doing), resamples, seed)
    return _differences(comparison, left, right, resamples, seed)


def kept_differences(
    settings: Settings, comparison: Comparison, resamples: int = RESAMPLES, seed: int = 0
) -> Differences | None:
    """As `differences` if both evaluations' resamples are stored; else None."""
    layout = Layout(settings.workspace)
    ids = comparison.a.id, comparison.b.id
    left, right = (load_replicates(layout.folder("evaluation", key), resamples, seed) for key in ids)
    return None if left is None or right is None else _differences(comparison, left, right, resamples, seed)


def comparison_summary(
    comparison: Comparison, measured: Differences, score: float | None = None, iou: float | None = None
) -> dict[str, Any]:
    """The document of `compare` (docs/cli.md), at A's score and IoU by default."""
    a = comparison.a
    score, iou = a.score if score is None else score, a.iou if iou is None else iou
    moved = _with_calibrated(comparison, comparison.moved(score, iou))
    (_, _, ap, ap50), *classes = measured.rows
    paired = paired_of(comparison, measured, score, iou)
    counts = {change: moved[moved["change"] == change]["category_id"].value_counts() for change in CHANGES}
    per_class = []
    for (name, images, own_ap, own_ap50), (_, key, _), own in zip(classes, comparison.classes, paired[1:], strict=True):
        figures = {"name": name, "images": images, "ap": own_ap.to_json(), "ap50": own_ap50.to_json()}
        figures |= {"paired": _paired_json(own)}
        per_class.append(figures | {change: int(counts[change].get(key, 0)) for change in CHANGES})
    return {
        "a": a.id,
        "b": comparison.b.id,
        "images": len(comparison.images),
        "resamples": measured.resamples,
        "seed": measured.seed,
        "level": LEVEL,
        "ap": ap.to_json(),
        "ap50": ap50.to_json(),
        "paired": _paired_json(paired[0]),
        "per_class": per_class,
        "score": score,
        "iou": iou,
        **{change: int((moved["change"] == change).sum()) for change in CHANGES},
        "objects": [_object(comparison, row) for row in moved.to_dict("records")],
        "notes": [*comparison.warnings, *measured.notes, *paired_notes(measured, paired, score, iou)],
    }


def paired_of(comparison: Comparison, measured: Differences, score: float, iou: float) -> list[Paired | None]:
    """Image counts for each of `measured.rows` with too few images for an interval; None for the others."""
    keys = [(ALL, ALL), *((key, other) for _, key, other in comparison.classes)]
    return [
        comparison.paired(score, iou, classes) if ap.by.is_uncertain else None
        for (_, _, ap, _), classes in zip(measured.rows, keys, strict=True)
    ]


def paired_notes(measured: Differences, paired: list[Paired | None], score: float, iou: float) -> list[str]:
    """The counts of `paired_of` as sentences, and a sentence that names the measure."""
    names = [name or "All classes" for name, _, _, _ in measured.rows]
    notes = [f"{name}: {paired_words(counts)}." for name, counts in zip(names, paired, strict=True) if counts]
    measure = f"Images are compared by their F1 at score {score:g} and IoU {iou:g}; p is of the exact sign test."
    return [*notes, measure] if notes else []


def image_of_both(
    comparison: Comparison, image: int, score: float, iou: float, moved: pd.DataFrame
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The boxes of A and of B on one image (an id of A), as `image_boxes` gives them for the viewer.

    `chosen` marks the objects of `moved` and the detections that match them.
    """
    sides = []
    for evaluation, key, column in (
        (comparison.a, image, "annotation_a"),
        (comparison.b, comparison.image_of_b(image), "annotation_b"),
    ):
        wanted = set(moved.loc[moved["image_a"] == image, column])
        boxes = image_boxes(evaluation, key, iou, score)
        sides.append([{**box, "chosen": _object_of(box) in wanted} for box in boxes])
    return sides[0], sides[1]


def _paired_json(paired: Paired | None) -> dict[str, Any] | None:
    return None if paired is None else paired.to_json()


def _object_of(box: dict[str, Any]) -> int | None:
    """The annotation id of a truth, or of a detection's matched object."""
    if box["kind"] == "truth":
        return int(box["id"])
    return box["partner"] if box["outcome"] == "true_positive" else None


def _differences(comparison: Comparison, left: Replicates, right: Replicates, resamples: int, seed: int) -> Differences:
    a, b = comparison.a, comparison.b
    names = [name for name, _, _ in comparison.classes]
    columns = [key for _, key, _ in comparison.classes], [key for _, _, key in comparison.classes]
    sides = left.of_classes(columns[0]), right.of_classes(columns[1])
    images = [
        images_of_each(evaluation.truth)[[0, *(key + 1 for key in keys)]]
        for evaluation, keys in zip((a, b), columns, strict=True)
    ]
    measured = estimate(sides[1].minus(sides[0]), names, images[0].clip(max=images[1]), lowest=-1.0)
    rows = [
        (row.name, row.images, _difference(sides, 0, index, row.ap), _difference(sides, 1, index, row.ap50))
        for index, row in enumerate(measured)
    ]
    return Differences(resamples=resamples, seed=seed, rows=rows, notes=notes_on(measured))


def _difference(sides: tuple[Replicates, Replicates], measure: int, row: int, by: Interval) -> Difference:
    figures = [float(side.observed[measure, row]) for side in sides]
    return Difference(a=_or_none(figures[0]), b=_or_none(figures[1]), by=by)


def _object(comparison: Comparison, row: dict[str, Any]) -> dict[str, Any]:
    images = comparison.a.truth.images
    name = images.loc[images["image_id"] == row["image_a"], "file_name"].iloc[0]
    return {
        "change": str(row["change"]),
        "image": str(name),
        "name": comparison.a.class_names[row["category_id"]],
        "box": [float(row[corner]) for corner in BOX_COLUMNS],
        "score_a": _or_none(row["score_a"]),
        "score_b": _or_none(row["score_b"]),
        "calibrated_a": _or_none(row["calibrated_a"]),
        "calibrated_b": _or_none(row["calibrated_b"]),
    }


def _with_calibrated(comparison: Comparison, moved: pd.DataFrame) -> pd.DataFrame:
    """The objects with `calibrated_a` and `calibrated_b`: scores by each model's stored temperatures, NaN for none."""
    in_b = {key: other for _, key, other in comparison.classes}
    columns = {}
    for evaluation, side, keys in (
        (comparison.a, "a", moved["category_id"]),
        (comparison.b, "b", moved["category_id"].map(in_b)),
    ):
        calibrated = evaluation.calibrated(pd.DataFrame({"score": moved[f"score_{side}"], "category_id": keys}))
        columns[f"calibrated_{side}"] = np.nan if calibrated is None else calibrated
    return moved.assign(**columns)


def _or_none(figure: float) -> float | None:
    return None if math.isnan(figure) else float(figure)


def _warnings(a: OpenEvaluation, b: OpenEvaluation, objects: int, classes: int) -> list[str]:
    warnings = []
    counts = len(a.truth.annotations), len(b.truth.annotations)
    strange = counts[0] + counts[1] - 2 * objects
    if strange:
        warnings.append(
            f"The labels are not the same: {strange:,} objects are in only one of the two, so part of the difference "
            "comes from the labels, and these objects are neither won nor lost."
        )
    if len(a.class_names) != classes or len(b.class_names) != classes:
        names = sorted(set(a.class_names) ^ set(b.class_names))
        warnings.append(f"Classes that only one of the two has: {', '.join(names)}. AP of all classes counts them.")
    splits = [a.spec.split, b.spec.split]
    if splits[0] != splits[1] and all(splits):
        warnings.append(
            f"The split is called {splits[0]} in one and {splits[1]} in the other; the images are the same."
        )
    return warnings
