"""Two evaluations on the same pictures: which is better and how sure that is, and which objects were won and lost.

A stands for the first, B for the second; differences are B minus A.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from core.errors import AppError
from core.evaluation.intervals.bootstrap import RESAMPLES, Replicates, check_resamples
from core.evaluation.intervals.comparing import LOST, WON, moved_objects, pair_objects, pair_pictures, shared_classes
from core.evaluation.intervals.files import load_replicates
from core.evaluation.intervals.intervals import LEVEL, Interval, estimate, notes_on, pictures_of_each
from core.progress import Progress
from core.services.evaluation.intervals import replicates_of
from core.services.evaluation.opened import OpenEvaluation
from core.services.evaluation.viewer_boxes import picture_boxes
from core.settings import Settings
from core.tables import BOX_COLUMNS
from core.workspace.layout import Layout

CHANGES: Final = (WON, LOST)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two open evaluations and what belongs together; make it by `compare`, keep it between questions.

    `pictures` and `objects` are those of core.evaluation.intervals.comparing, `classes` name and both indices of each
    class that
    both have; `warnings` say what of the comparison must be taken with care.
    """

    a: OpenEvaluation
    b: OpenEvaluation
    pictures: pd.DataFrame
    objects: pd.DataFrame
    classes: list[tuple[str, int, int]]
    warnings: list[str]

    def moved(self, score: float, iou: float) -> pd.DataFrame:
        """The objects won and lost at a score threshold and an IoU
        (core.evaluation.intervals.comparing.moved_objects)."""
        return moved_objects(self.a.judged(score, iou), self.b.judged(score, iou), self.objects)

    def image_of_b(self, image: int) -> int:
        """The id that a picture of A has in B. Raises AppError for a picture that A does not have."""
        found = self.pictures.loc[self.pictures["image_a"] == image, "image_b"]
        if found.empty:
            raise AppError(f"Evaluation {self.a.id} has no picture {image}.", "Choose one of its pictures.")
        return int(found.iloc[0])


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of the two. `by` is B minus A with its interval; `by.above` how often B is better in the resamples."""

    a: float | None
    b: float | None
    by: Interval

    def to_json(self) -> dict[str, float | None]:
        """As the command line contract has it."""
        by = self.by
        return {"a": self.a, "b": self.b, "difference": by.value, "low": by.low, "high": by.high, "b_better": by.above}


@dataclass(frozen=True, slots=True)
class Differences:
    """AP and AP50 of all classes (first, `name` "") and of each class that both have, with paired intervals."""

    resamples: int
    seed: int
    rows: list[tuple[str, int, Difference, Difference]]  # name, pictures that show it, AP, AP50
    notes: list[str]


def compare(a: OpenEvaluation, b: OpenEvaluation) -> Comparison:
    """Bring two evaluations together. Raises AppError where they are the same, or not on the same pictures."""
    if a.id == b.id:
        raise AppError("An evaluation cannot be compared with itself.", "Choose another one.")
    pictures = pair_pictures(a.truth, b.truth)
    objects = pair_objects(a.truth, b.truth, pictures)
    classes = shared_classes(a.truth, b.truth)
    return Comparison(a, b, pictures, objects, classes, _warnings(a, b, len(objects), len(classes)))


def differences(
    settings: Settings, comparison: Comparison, progress: Progress, resamples: int = RESAMPLES, seed: int = 0
) -> Differences:
    """How much better B is, and how sure that is: both are scored on the same draws of pictures.

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
    sides = (load_replicates(layout.one("evaluation", one.id), resamples, seed) for one in (comparison.a, comparison.b))
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
    counts = {change: moved[moved["change"] == change]["category_id"].value_counts() for change in CHANGES}
    per_class = []
    for (name, pictures, own_ap, own_ap50), (_, key, _) in zip(classes, comparison.classes, strict=True):
        figures = {"name": name, "images": pictures, "ap": own_ap.to_json(), "ap50": own_ap50.to_json()}
        per_class.append(figures | {change: int(counts[change].get(key, 0)) for change in CHANGES})
    return {
        "a": a.id,
        "b": comparison.b.id,
        "images": len(comparison.pictures),
        "resamples": measured.resamples,
        "seed": measured.seed,
        "level": LEVEL,
        "ap": ap.to_json(),
        "ap50": ap50.to_json(),
        "per_class": per_class,
        "score": score,
        "iou": iou,
        **{change: int((moved["change"] == change).sum()) for change in CHANGES},
        "objects": [_object(comparison, row) for row in moved.to_dict("records")],
        "notes": [*comparison.warnings, *measured.notes],
    }


def picture_of_both(
    comparison: Comparison, image: int, score: float, iou: float, moved: pd.DataFrame
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The boxes on one picture (an id of A) under A and under B, as `picture_boxes` gives them for the viewer.

    `chosen` are the objects of `moved`, and the detection that found them.
    """
    sides = []
    for one, key, column in (
        (comparison.a, image, "annotation_a"),
        (comparison.b, comparison.image_of_b(image), "annotation_b"),
    ):
        wanted = set(moved.loc[moved["image_a"] == image, column])
        boxes = picture_boxes(one, key, iou, score)
        sides.append([{**box, "chosen": _object_of(box) in wanted} for box in boxes])
    return sides[0], sides[1]


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
        pictures_of_each(one.truth)[[0, *(key + 1 for key in keys)]] for one, keys in zip((a, b), columns, strict=True)
    ]
    measured = estimate(sides[1].minus(sides[0]), names, shown[0].clip(max=shown[1]), lowest=-1.0)
    rows = [
        (one.name, one.pictures, _difference(sides, 0, place, one.ap), _difference(sides, 1, place, one.ap50))
        for place, one in enumerate(measured)
    ]
    return Differences(resamples, seed, rows, notes_on(measured))


def _difference(sides: tuple[Replicates, Replicates], measure: int, place: int, by: Interval) -> Difference:
    figures = [float(side.observed[measure, place]) for side in sides]
    return Difference(_known(figures[0]), _known(figures[1]), by)


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
    splits = [str(one.request.get("split") or "") for one in (a, b)]
    if splits[0] != splits[1] and all(splits):
        found.append(f"The split is called {splits[0]} in one and {splits[1]} in the other; the pictures are the same.")
    return found
