"""Two evaluations on the same images: which is better and how sure that is, and which objects were won and lost.

A stands for the first, B for the second; differences are B minus A.
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
    """Two open evaluations and what belongs together; make it by `compare`, keep it between questions.

    `images` and `objects` are those of core.evaluation.intervals.comparing, `classes` name and both indices of each
    class that
    both have; `warnings` say what of the comparison must be taken with care.
    """

    a: OpenEvaluation
    b: OpenEvaluation
    images: pd.DataFrame
    objects: pd.DataFrame
    classes: list[tuple[str, int, int]]
    warnings: list[str]

    def moved(self, score: float, iou: float) -> pd.DataFrame:
        """The objects won and lost at a score threshold and an IoU
        (core.evaluation.intervals.comparing.moved_objects)."""
        return moved_objects(self.a.outcomes(score, iou), self.b.outcomes(score, iou), self.objects)

    def paired(self, score: float, iou: float, classes: tuple[int, int] = (ALL, ALL)) -> Paired:
        """On how many images B is better, by the image's F1 (core.evaluation.intervals.paired).

        Args: classes, the index of a class in A and in B; only images that show it, or where one finds it, count then.
        """
        columns = (self.a, "image_a", classes[0]), (self.b, "image_b", classes[1])
        a, b = (image_f1(one.outcomes(score, iou), self.images[column], key) for one, column, key in columns)
        # An image without objects on which neither finds any is one on which they are equal.
        return compare_images(a, b) if classes[0] != ALL else compare_images(np.nan_to_num(a, nan=1.0), b)

    def image_of_b(self, image: int) -> int:
        """The id that an image of A has in B. Raises AppError for an image that A does not have."""
        found = self.images.loc[self.images["image_a"] == image, "image_b"]
        if found.empty:
            raise AppError(f"Evaluation {self.a.id} has no image {image}.", "Choose one of its images.")
        return int(found.iloc[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One figure of the two. `by` is B minus A with its interval; `by.above` how often B is better in the resamples.

    Where `by` has no interval, `above` is not shown: `Comparison.paired` says what few images can tell.
    """

    a: float | None
    b: float | None
    by: Interval

    def to_json(self) -> dict[str, float | None]:
        """As the command line contract has it."""
        by = self.by
        better = None if by.is_uncertain else by.above
        return {"a": self.a, "b": self.b, "difference": by.value, "low": by.low, "high": by.high, "b_better": better}


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """AP and AP50 of all classes (first, `name` "") and of each class that both have, with paired intervals."""

    resamples: int
    seed: int
    rows: list[tuple[str, int, Difference, Difference]]  # name, images that show it, AP, AP50
    notes: list[str]


def compare(a: OpenEvaluation, b: OpenEvaluation) -> Comparison:
    """Bring two evaluations together. Raises AppError where they are the same, or not on the same images."""
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
    """How much better B is, and how sure that is: both are scored on the same draws of images.

    What was computed for one of the two before is used again. Raises AppError for resamples that cannot be asked for.
    """
    check_resamples(resamples, seed)
    a, b = comparison.a, comparison.b
    left = replicates_of(settings, a, lambda share, doing: progress(share / 2, doing), resamples, seed)
    right = replicates_of(settings, b, lambda share, doing: progress((1 + share) / 2, doing), resamples, seed)
    return _differences(comparison, left, right, resamples, seed)


def kept_differences(
    settings: Settings, comparison: Comparison, resamples: int = RESAMPLES, seed: int = 0
) -> Differences | None:
    """The same where nothing must be computed for it; else None."""
    layout = Layout(settings.workspace)
    sides = (
        load_replicates(layout.folder("evaluation", one.id), resamples, seed) for one in (comparison.a, comparison.b)
    )
    left, right = sides
    return None if left is None or right is None else _differences(comparison, left, right, resamples, seed)


def comparison_summary(
    comparison: Comparison, measured: Differences, score: float | None = None, iou: float | None = None
) -> dict[str, Any]:
    """The comparison as the command line contract has it (docs/cli.md), at A's score and IoU by default."""
    a = comparison.a
    score, iou = a.score if score is None else score, a.iou if iou is None else iou
    moved = comparison.moved(score, iou)
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
    """The counted images for each of `measured.rows` that has too few of them for an interval; None for the others."""
    keys = [(ALL, ALL), *((key, other) for _, key, other in comparison.classes)]
    return [
        comparison.paired(score, iou, classes) if ap.by.is_uncertain else None
        for (_, _, ap, _), classes in zip(measured.rows, keys, strict=True)
    ]


def paired_notes(measured: Differences, paired: list[Paired | None], score: float, iou: float) -> list[str]:
    """What the counts of `paired_of` say, a sentence each, and once by which measure."""
    names = [name or "All classes" for name, _, _, _ in measured.rows]
    notes = [f"{name}: {paired_words(one)}." for name, one in zip(names, paired, strict=True) if one is not None]
    measure = f"Images are compared by their F1 at score {score:g} and IoU {iou:g}; p is of the exact sign test."
    return [*notes, measure] if notes else []


def image_of_both(
    comparison: Comparison, image: int, score: float, iou: float, moved: pd.DataFrame
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The boxes on one image (an id of A) under A and under B, as `image_boxes` gives them for the viewer.

    `chosen` are the objects of `moved`, and the detection that found them.
    """
    sides = []
    for one, key, column in (
        (comparison.a, image, "annotation_a"),
        (comparison.b, comparison.image_of_b(image), "annotation_b"),
    ):
        wanted = set(moved.loc[moved["image_a"] == image, column])
        boxes = image_boxes(one, key, iou, score)
        sides.append([{**box, "chosen": _object_of(box) in wanted} for box in boxes])
    return sides[0], sides[1]


def _paired_json(paired: Paired | None) -> dict[str, Any] | None:
    return None if paired is None else paired.to_json()


def _object_of(box: dict[str, Any]) -> int | None:
    """The annotation that a box is, or that it found."""
    if box["kind"] == "truth":
        return int(box["id"])
    return box["partner"] if box["outcome"] == "true_positive" else None


def _differences(comparison: Comparison, left: Replicates, right: Replicates, resamples: int, seed: int) -> Differences:
    a, b = comparison.a, comparison.b
    names = [name for name, _, _ in comparison.classes]
    columns = [key for _, key, _ in comparison.classes], [key for _, _, key in comparison.classes]
    sides = left.of_classes(columns[0]), right.of_classes(columns[1])
    shown = [
        images_of_each(one.truth)[[0, *(key + 1 for key in keys)]] for one, keys in zip((a, b), columns, strict=True)
    ]
    measured = estimate(sides[1].minus(sides[0]), names, shown[0].clip(max=shown[1]), lowest=-1.0)
    rows = [
        (one.name, one.images, _difference(sides, 0, place, one.ap), _difference(sides, 1, place, one.ap50))
        for place, one in enumerate(measured)
    ]
    return Differences(resamples=resamples, seed=seed, rows=rows, notes=notes_on(measured))


def _difference(sides: tuple[Replicates, Replicates], measure: int, place: int, by: Interval) -> Difference:
    figures = [float(side.observed[measure, place]) for side in sides]
    return Difference(a=_known(figures[0]), b=_known(figures[1]), by=by)


def _object(comparison: Comparison, row: dict[str, Any]) -> dict[str, Any]:
    images = comparison.a.truth.images
    name = images.loc[images["image_id"] == row["image_a"], "file_name"].iloc[0]
    return {
        "change": str(row["change"]),
        "image": str(name),
        "name": comparison.a.class_names[row["category_id"]],
        "box": [float(row[corner]) for corner in BOX_COLUMNS],
        "score_a": _known(row["score_a"]),
        "score_b": _known(row["score_b"]),
    }


def _known(figure: float) -> float | None:
    return None if math.isnan(figure) else float(figure)


def _warnings(a: OpenEvaluation, b: OpenEvaluation, objects: int, classes: int) -> list[str]:
    found = []
    counts = len(a.truth.annotations), len(b.truth.annotations)
    strange = counts[0] + counts[1] - 2 * objects
    if strange:
        found.append(
            f"The labels are not the same: {strange:,} objects are in only one of the two, so part of the difference "
            "comes from the labels, and these objects are neither won nor lost."
        )
    if len(a.class_names) != classes or len(b.class_names) != classes:
        names = sorted(set(a.class_names) ^ set(b.class_names))
        found.append(f"Classes that only one of the two has: {', '.join(names)}. AP of all classes counts them.")
    splits = [one.spec.split for one in (a, b)]
    if splits[0] != splits[1] and all(splits):
        found.append(f"The split is called {splits[0]} in one and {splits[1]} in the other; the images are the same.")
    return found
