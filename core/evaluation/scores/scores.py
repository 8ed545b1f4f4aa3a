"""COCO's AP and AR, for all classes and for each. Runs on hotcoco; equal to pycocotools (tests compare to 1e-6).

Everything is 0 to 1. A value that cannot be computed is None, and a note says why.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import hotcoco
import numpy as np
import numpy.typing as npt
import pandas as pd

from core.boxes import xyxy_to_xywh
from core.errors import AppError
from core.evaluation.ignored_regions import for_each_class
from core.evaluation.predictions import check_detections, only_of
from core.tables import boxes_xyxy

# COCO's images and categories, tables of truths and detections -> hotcoco's evaluator, not yet run.
MakeEvaluator = Callable[[list[dict[str, Any]], list[dict[str, Any]], pd.DataFrame, pd.DataFrame], Any]
# COCO's cap on detections of one class on one image.
DETECTIONS_CAP = 100
# Three times the classes of the data set with the most (Open Images). Their precisions take 650 MB.
MOST_CLASSES = 20_000
# hotcoco allocates 97 kB a class, and ends the process where it cannot.
_CLASSES_AT_ONCE = 1_000
# Where thousands of classes have no object, a sentence on each helps nobody.
_MOST_NOTES = 100
# Indices on the axes of hotcoco's arrays: areas (all, small, medium, large) and caps (1, 10, 100).
_AREAS = {"ap": 0, "ap_small": 1, "ap_medium": 2, "ap_large": 3}
_CAPS = {"ar1": 0, "ar10": 1, "ar100": 2}
_IOU_50, _IOU_75 = 0, 5
_SIZES = {
    "ap_small": "smaller than 32² px",
    "ap_medium": "between 32² and 96² px",
    "ap_large": "larger than 96² px",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScores:
    """One class: AP over IoU 0.50 to 0.95, at 0.50 and at 0.75; `truths` counts its objects without crowd regions."""

    category_id: int
    name: str
    ap: float | None
    ap50: float | None
    ap75: float | None
    truths: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaScores:
    """AP over IoU 0.50 to 0.95 and at 0.50 of a part of the objects or images; None if the part has no object."""

    ap: float | None
    ap50: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """COCO's twelve figures without AR by size, the figures of each class, and a reason for each None."""

    ap: float | None = None
    ap50: float | None = None
    ap75: float | None = None
    ap_small: float | None = None
    ap_medium: float | None = None
    ap_large: float | None = None
    ar1: float | None = None
    ar10: float | None = None
    ar100: float | None = None
    per_class: list[ClassScores] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The scores as JSON values."""
        return asdict(self)


def score_boxes(
    images: pd.DataFrame, annotations: pd.DataFrame, categories: pd.DataFrame, detections: pd.DataFrame
) -> Scores:
    """COCO's box scores of the detections on exactly these images; ignores annotations of other images.

    Args: tables as in core.tables. Raises AppError for detections that cannot be evaluated (`check_detections`).
    Source: pycocotools 2.0 with its default parameters.
    """
    return table_of(images, annotations, categories, check_detections(images, categories, detections), box_evaluator)


def score_areas(
    images: pd.DataFrame,
    annotations: pd.DataFrame,
    categories: pd.DataFrame,
    detections: pd.DataFrame,
    areas: Sequence[tuple[float, float]],
) -> list[AreaScores]:
    """COCO's AP of the objects in each range of areas, px²; both ends of a range belong to it.

    Args: tables that `score_boxes` has accepted; they are not checked again.
    Source: pycocotools 2.0 with `areaRng` set to these.
    """

    def evaluator(*tables: Any) -> Any:
        made = box_evaluator(*tables)
        made.params.area_rng = [list(area) for area in areas]
        made.params.area_rng_lbl = [str(index) for index in range(len(areas))]
        return made

    truths = only_of(images, annotations)
    if truths["is_crowd"].all():
        return [AreaScores(ap=None, ap50=None)] * len(areas)
    evaluated = _with_objects(categories.sort_values("category_id"), truths)
    precision, _ = _accumulate(images, truths, evaluated, detections, evaluator)
    return [
        AreaScores(ap=_mean(precision[:, :, :, index]), ap50=_mean(precision[_IOU_50, :, :, index]))
        for index in range(len(areas))
    ]


def table_of(
    images: pd.DataFrame,
    annotations: pd.DataFrame,
    categories: pd.DataFrame,
    detections: pd.DataFrame,
    make_evaluator: MakeEvaluator,
) -> Scores:
    """COCO's figures from an evaluator of hotcoco. Does not check the detections."""
    # hotcoco's arrays are in this order.
    categories = categories.sort_values("category_id")
    truths = only_of(images, annotations)
    counts = _truths_of_each(categories, truths)
    notes = _notes(categories, counts, truths, detections)
    if not counts.any():
        blank = [
            ClassScores(category_id=int(key), name=str(name), ap=None, ap50=None, ap75=None, truths=0)
            for key, name in _classes(categories)
        ]
        return Scores(per_class=blank, notes=notes)
    evaluated = _with_objects(categories, truths)
    precision, recall = _accumulate(images, truths, evaluated, detections, make_evaluator)
    place = {key: index for index, key in enumerate(evaluated["category_id"])}
    per_class = [
        ClassScores(
            category_id=int(key),
            name=str(name),
            ap=_mean(precision[:, :, place[key], 0]) if key in place else None,
            ap50=_mean(precision[_IOU_50, :, place[key], 0]) if key in place else None,
            ap75=_mean(precision[_IOU_75, :, place[key], 0]) if key in place else None,
            truths=int(counts[index]),
        )
        for index, (key, name) in enumerate(_classes(categories))
    ]
    return Scores(
        **{name: _mean(precision[:, :, :, area]) for name, area in _AREAS.items()},
        ap50=_mean(precision[_IOU_50, :, :, 0]),
        ap75=_mean(precision[_IOU_75, :, :, 0]),
        **{name: _mean(recall[:, :, 0, cap]) for name, cap in _CAPS.items()},
        per_class=per_class,
        notes=notes,
    )


def _with_objects(categories: pd.DataFrame, truths: pd.DataFrame) -> pd.DataFrame:
    """The classes with an object that is no crowd region: others have no score. Raises AppError for too many."""
    evaluated = categories[categories["category_id"].isin(truths.loc[~truths["is_crowd"], "category_id"])]
    if len(evaluated) > MOST_CLASSES:
        raise AppError(
            f"There are {len(evaluated):,} classes with objects; at most {MOST_CLASSES:,} can be evaluated.",
            "Merge classes on import (--map), or evaluate a part of them.",
        )
    return evaluated


def _accumulate(
    images: pd.DataFrame,
    truths: pd.DataFrame,
    categories: pd.DataFrame,
    detections: pd.DataFrame,
    make_evaluator: MakeEvaluator,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """hotcoco's precision at its largest cap (IoU 10, recall 101, K, area A) and recall (10, K, A, cap 3).

    -1 where undefined. `categories` are those with objects.
    """
    listed = [
        {"id": int(key), "width": int(width), "height": int(height)}
        for key, width, height in images[["image_id", "width", "height"]].itertuples(index=False)
    ]
    precisions, recalls = [], []
    for start in range(0, len(categories), _CLASSES_AT_ONCE):
        some = categories.iloc[start : start + _CLASSES_AT_ONCE]
        classes = [{"id": int(key), "name": str(name)} for key, name in _classes(some)]
        mine = detections[detections["category_id"].isin(some["category_id"])]
        truth = for_each_class(truths, some)
        evaluator = make_evaluator(listed, classes, truth[truth["category_id"].isin(some["category_id"])], mine)
        evaluator.params.cat_ids = some["category_id"].tolist()
        evaluator.evaluate()
        evaluator.accumulate()
        arrays = evaluator.eval or {}
        precisions.append(np.asarray(arrays["precision"])[..., 2])
        recalls.append(np.asarray(arrays["recall"]))
    return np.concatenate(precisions, axis=2), np.concatenate(recalls, axis=1)


def box_evaluator(
    images: list[dict[str, Any]], categories: list[dict[str, Any]], truths: pd.DataFrame, detections: pd.DataFrame
) -> Any:
    """hotcoco's evaluator of boxes, not yet run: a `MakeEvaluator`."""
    truth = hotcoco.COCO.from_arrays(
        images=images,
        categories=categories,
        image_ids=truths["image_id"].to_numpy(),
        category_ids=truths["category_id"].to_numpy(),
        boxes=xyxy_to_xywh(boxes_xyxy(truths)),
        # From 1, in the table's order: pycocotools reads id 0 as "no match".
        ids=np.arange(1, len(truths) + 1),
        area=truths["area"].to_numpy(dtype=np.float64),
        iscrowd=truths["is_crowd"].to_numpy(dtype=np.int64),
    )
    results = np.column_stack(
        [detections["image_id"], xyxy_to_xywh(boxes_xyxy(detections)), detections[["score", "category_id"]]]
    )
    return hotcoco.COCOeval(truth, truth.load_res(results.astype(np.float64)), "bbox")


def _classes(categories: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(categories[["category_id", "name"]].itertuples(index=False, name=None))


def _truths_of_each(categories: pd.DataFrame, truths: pd.DataFrame) -> npt.NDArray[np.int64]:
    """(K,) objects of each class, in the categories' order, crowd regions left out."""
    counted = truths.loc[~truths["is_crowd"], "category_id"].value_counts()
    return np.asarray(counted.reindex(categories["category_id"], fill_value=0).to_numpy(), dtype=np.int64)


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    """The mean of the defined values (pycocotools writes -1 for undefined), or None. Any shape."""
    defined = values[values > -1]
    return float(defined.mean()) if defined.size else None


def _notes(
    categories: pd.DataFrame, counts: npt.NDArray[np.int64], truths: pd.DataFrame, detections: pd.DataFrame
) -> list[str]:
    """A sentence for each score that cannot be computed, and one if COCO's cap leaves detections out.

    Args: counts, (K,) objects of each class.
    """
    if not counts.any():
        return ["AP and AR: no object in this split, so there is nothing to find."]
    crowds = set(truths.loc[truths["is_crowd"], "category_id"])
    notes: list[str] = []
    for (key, name), count in zip(_classes(categories), counts, strict=True):
        if count == 0 and len(notes) == _MOST_NOTES:
            notes.append(f"{int((counts == 0).sum()) - _MOST_NOTES:,} more classes have no object in this split.")
            break
        if count == 0:
            only_crowd = " (only crowd regions, which are never counted)" if key in crowds else ""
            notes.append(f"{name}: no object of this class in this split{only_crowd}.")
    area = truths.loc[~truths["is_crowd"], "area"].to_numpy()
    # Both ends of a range belong to it, as in pycocotools.
    present = {"ap_small": area <= 32**2, "ap_medium": (area >= 32**2) & (area <= 96**2), "ap_large": area >= 96**2}
    notes += [f"{name}: no object {_SIZES[name]} in this split." for name, is_in in present.items() if not is_in.any()]
    sizes = detections.groupby(["image_id", "category_id"], sort=False).size()
    beyond = int((sizes - DETECTIONS_CAP).clip(lower=0).sum())
    if beyond:
        notes.append(
            f"AP and AR use the {DETECTIONS_CAP} best detections of a class on an image (COCO's cap): "
            f"{beyond:,} are left out, on {int((sizes > DETECTIONS_CAP).sum()):,} images and classes."
        )
    return notes
