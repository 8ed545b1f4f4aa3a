"""Precision, recall and F1 against the score threshold, and precision against recall.

Everything comes from one `Matching`, which holds at every threshold. Class -1 stands for all classes.
core.evaluation.thresholds.rules chooses a threshold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.matching.matching import Matching

ALL: Final = -1
# The steps of the score slider, so that a suggested threshold can be set exactly.
THRESHOLDS: Final[npt.NDArray[np.float64]] = np.round(np.arange(101) / 100, 2)
RECALLS: Final[npt.NDArray[np.float64]] = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedThreshold:
    """A score threshold and its rates, all 0 to 1."""

    score: float
    f1: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranked:
    """The counted detections of one class by falling score, (N,), and the number of its truths."""

    category_id: int
    scores: npt.NDArray[np.float64]
    is_tp: npt.NDArray[np.bool_]
    truths: int


def threshold_curves(truths: pd.DataFrame, detections: pd.DataFrame, matching: Matching, classes: int) -> pd.DataFrame:
    """One row per class (ALL first) and threshold: `category_id, score, precision, recall, f1, tp, fp, fn`.

    A detection counts where its score is at least the threshold. Rates are 0 to 1, NaN without denominator.
    """
    parts = []
    for ranked in _ranked(truths, detections, matching, classes):
        count = np.searchsorted(-ranked.scores, -THRESHOLDS, side="right")
        tp = np.append(0, np.cumsum(ranked.is_tp))[count]
        parts.append(
            pd.DataFrame(
                {
                    "category_id": ranked.category_id,
                    "score": THRESHOLDS,
                    "precision": _share(tp, count),
                    "recall": _share(tp, np.full(len(tp), ranked.truths)),
                    "f1": _share(2 * tp, count + ranked.truths),
                    "tp": tp,
                    "fp": count - tp,
                    "fn": ranked.truths - tp,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def precision_recall(truths: pd.DataFrame, detections: pd.DataFrame, matching: Matching, classes: int) -> pd.DataFrame:
    """One row per class with objects (ALL first: the mean over them) and recall: `category_id, recall, precision`.

    COCO's interpolation: at each of 101 recalls the best precision at that recall or beyond, 0 if it is not reached.
    So the mean precision of a class is its AP at the matching's IoU, but for COCO's cap of 100 detections.
    """
    curves = {
        ranked.category_id: _interpolate(ranked)
        for ranked in _ranked(truths, detections, matching, classes)
        if ranked.category_id != ALL and ranked.truths
    }
    if not curves:
        return pd.DataFrame({"category_id": [], "recall": [], "precision": []}).astype({"category_id": "int64"})
    curves = {ALL: np.mean(list(curves.values()), axis=0), **curves}
    return pd.concat(
        [pd.DataFrame({"category_id": key, "recall": RECALLS, "precision": curve}) for key, curve in curves.items()],
        ignore_index=True,
    )


def suggest_threshold(curves: pd.DataFrame, category_id: int = ALL) -> SuggestedThreshold | None:
    """The threshold with the best F1 in `threshold_curves`, by `middle_of_equals`; None if no object is found."""
    curve = curves[curves["category_id"] == category_id]
    best = curve["f1"].max()
    if not best > 0:
        return None
    row = middle_of_equals(curve, curve["f1"] == best)
    return SuggestedThreshold(
        score=float(row["score"]), f1=float(best), precision=float(row["precision"]), recall=float(row["recall"])
    )


def middle_of_equals(curve: pd.DataFrame, is_equal: "pd.Series[bool]") -> "pd.Series[Any]":
    """The row in the middle of the longest run of equally good rows, so that its neighbours are as good.

    Args: curve, the rows of one class by rising score; is_equal (T,), which of them are best, at least one.
    """
    rows = np.flatnonzero(is_equal.to_numpy())
    spans = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    longest = max(spans, key=len)
    return curve.iloc[int(longest[len(longest) // 2])]


def _ranked(truths: pd.DataFrame, detections: pd.DataFrame, matching: Matching, classes: int) -> Iterator[_Ranked]:
    """The ranked detections of ALL, then of each class."""
    order = matching.order[~matching.is_ignored[matching.order]]
    scores, is_tp = matching.scores[order], matching.truth_of[order] >= 0
    class_ids = detections["category_id"].to_numpy()[order]
    truth_classes = truths["category_id"].to_numpy()[~matching.is_crowd]
    counts = np.bincount(truth_classes, minlength=classes)
    yield _Ranked(category_id=ALL, scores=scores, is_tp=is_tp, truths=len(truth_classes))
    by_class = np.argsort(class_ids, kind="stable")
    edges = np.searchsorted(class_ids[by_class], np.arange(classes + 1))
    for key in range(classes):
        rows = by_class[edges[key] : edges[key + 1]]
        yield _Ranked(category_id=key, scores=scores[rows], is_tp=is_tp[rows], truths=int(counts[key]))


def _interpolate(ranked: _Ranked) -> npt.NDArray[np.float64]:
    """(101,) precision at RECALLS. Source: pycocotools `accumulate`."""
    tp = np.cumsum(ranked.is_tp)
    recall = tp / ranked.truths
    precision = tp / np.arange(1, len(tp) + 1)
    best_beyond = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return np.asarray(best_beyond[np.searchsorted(recall, RECALLS, side="left")])


def _share(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
