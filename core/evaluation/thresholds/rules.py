"""Chooses a score threshold by a rule, and computes the counts at a threshold.

Everything comes from `curves.threshold_curves`, whose steps of 0.01 are those of the score slider.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from core.errors import AppError
from core.evaluation.matching.outcomes import Counts, add_up
from core.evaluation.thresholds.curves import ALL, middle_of_equals
from core.shapes import ShapeError, built

RULES: Final = ("f1", "recall", "precision", "cost")
_TOGETHER: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRule:
    """A rule for choosing a threshold. Raises AppError for values that make no sense.

    f1: the best F1. recall (precision): of the thresholds with a recall (precision) of at least `at`, 0 to 1, the one
    with the best precision (recall). cost: the least total cost of misses and false positives, in any unit.
    """

    by: str = "f1"
    at: float = 0.9
    miss_cost: float = 1.0
    false_alarm_cost: float = 1.0

    def __post_init__(self) -> None:
        if self.by not in RULES:
            raise AppError(f"There is no rule {self.by!r}.", f"Choose one of {', '.join(RULES)}.")
        if not 0 < self.at <= 1:
            raise AppError(f"The {self.by} to reach is {self.at:g}.", "Choose one above 0, up to 1.")
        costs = (self.miss_cost, self.false_alarm_cost)
        # Checks each cost, because NaN passes min and max.
        if not all(0 <= cost < float("inf") for cost in costs) or not any(costs):
            raise AppError(
                f"A miss costs {self.miss_cost:g}, a false positive {self.false_alarm_cost:g}.",
                "Give numbers from 0 up, at least one of them above 0.",
            )

    def to_json(self) -> dict[str, Any]:
        """The rule as JSON values, null for values that it does not use."""
        is_rate, is_cost = self.by in ("recall", "precision"), self.by == "cost"
        return {
            "by": self.by,
            "at": self.at if is_rate else None,
            "miss_cost": self.miss_cost if is_cost else None,
            "false_alarm_cost": self.false_alarm_cost if is_cost else None,
        }

    def cost(self, counts: Counts) -> float:
        """The total cost of the misses and false positives."""
        return self.miss_cost * counts.fn + self.false_alarm_cost * counts.fp


def rule_from_json(document: dict[str, Any]) -> ThresholdRule:
    """The rule that `to_json` wrote. Raises ShapeError, and AppError for values that make no sense."""
    if "by" not in document:
        raise ShapeError("field 'rule.by' is missing")
    return built(ThresholdRule, {name: value for name, value in document.items() if value is not None})


class Reason(StrEnum):
    """Why a rule finds no threshold."""

    NONE = ""
    NO_OBJECTS = "no objects"
    NOTHING_FOUND = "nothing found"
    OUT_OF_REACH = "out of reach"


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A class (category_id ALL: all together) at a score threshold. `reason` says why there is no threshold.

    `most` is the highest possible rate, if that of the rule is out of reach.
    """

    score: float | None
    counts: Counts
    reason: Reason = Reason.NONE
    most: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The row as the command line gives it."""
        name, *rest = self.counts.to_json().items()
        return {name[0]: name[1], "score": self.score, **dict(rest)}


def why_none(point: OperatingPoint, rule: ThresholdRule) -> str:
    """Why the rule found no threshold, in a sentence with rates of 0 to 1; "" where it found one."""
    name = point.counts.name
    match point.reason:
        case Reason.NO_OBJECTS:
            return f"{name}: no object of this class here, so no threshold can be chosen."
        case Reason.NOTHING_FOUND:
            return f"{name}: no object is found at any score, so no threshold can be chosen."
        case Reason.OUT_OF_REACH:
            return f"{name}: no threshold gives a {rule.by} of {rule.at:g}; the most is {point.most:.3f}."
    return ""


def choose_points(curves: pd.DataFrame, rule: ThresholdRule, names: Sequence[str]) -> list[OperatingPoint]:
    """The point that the rule chooses for all classes together, then for each class alone.

    Of equally good thresholds it takes the middle of the longest run.
    Args: curves of `threshold_curves`; names of the K classes.
    """
    return [_choose(_of(curves, key), rule, key, name) for key, name in _keys(names)]


def points_at(
    curves: pd.DataFrame, score: float, per_class: dict[str, float], names: Sequence[str]
) -> list[OperatingPoint]:
    """The points at `score` for all classes together, then for each class at its threshold by name, else at `score`."""
    wanted = {ALL: score} | {key: per_class.get(name, score) for key, name in _keys(names) if key != ALL}
    return [_at(_of(curves, key), wanted[key], key, name) for key, name in _keys(names)]


def add_up_classes(points: Sequence[OperatingPoint], curves: pd.DataFrame, score: float) -> Counts:
    """The total counts with each class at its threshold, or at `score` if it has none."""
    classes = [point for point in points if point.counts.category_id != ALL]
    filled = [
        point.counts
        if point.score is not None
        else _at(_of(curves, point.counts.category_id), score, point.counts.category_id, point.counts.name).counts
        for point in classes
    ]
    return add_up(filled)


def _choose(curve: pd.DataFrame, rule: ThresholdRule, key: int, name: str) -> OperatingPoint:
    none = Counts(category_id=key, name=name, tp=0, fp=0, fn=0)
    last = curve.iloc[-1]
    if not int(last["tp"] + last["fn"]):
        return OperatingPoint(None, none, Reason.NO_OBJECTS)
    if rule.by == "cost":
        goodness = -(rule.miss_cost * curve["fn"] + rule.false_alarm_cost * curve["fp"])
        return _middle(curve, goodness == goodness.max(), key, name)
    if rule.by == "f1":
        best = curve["f1"].max()
        if not best > 0:
            return OperatingPoint(None, none, Reason.NOTHING_FOUND)
        return _middle(curve, curve["f1"] == best, key, name)
    other = "precision" if rule.by == "recall" else "recall"
    goodness = curve[other].where(curve[rule.by] >= rule.at - 1e-12)
    if goodness.isna().all():
        most = curve[rule.by].max()
        if not most > 0:
            return OperatingPoint(None, none, Reason.NOTHING_FOUND)
        return OperatingPoint(None, none, Reason.OUT_OF_REACH, float(most))
    return _middle(curve, goodness == goodness.max(), key, name)


def _middle(curve: pd.DataFrame, is_equal: "pd.Series[bool]", key: int, name: str) -> OperatingPoint:
    return _point(middle_of_equals(curve, is_equal), key, name)


def _at(curve: pd.DataFrame, score: float, key: int, name: str) -> OperatingPoint:
    return _point(curve.iloc[(curve["score"] - score).abs().argmin()], key, name)


def _point(row: "pd.Series[Any]", key: int, name: str) -> OperatingPoint:
    return OperatingPoint(
        float(row["score"]), Counts(category_id=key, name=name, tp=int(row["tp"]), fp=int(row["fp"]), fn=int(row["fn"]))
    )


def _of(curves: pd.DataFrame, key: int) -> pd.DataFrame:
    return curves[curves["category_id"] == key]


def _keys(names: Sequence[str]) -> list[tuple[int, str]]:
    return [(ALL, _TOGETHER), *enumerate(names)]
