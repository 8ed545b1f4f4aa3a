"""How far the labels of two people agree on the same images.

Neither is the truth, so nothing depends on who comes first. Pairs are chosen by the one matching of an evaluation
(core.evaluation.matching), best overlap first. Labels have no scores: a detector as good as the other person has one
point on its precision-recall curve, and its AP at an IoU is precision times recall (Everingham et al. 2010, the area
under that one step). It is the same from either side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.boxes import paired_iou_xyxy
from core.evaluation.matching.matching import Matching, Overlaps, find_overlaps, match
from core.evaluation.matching.outcomes import Outcome, TruthOutcome, outcomes_at
from core.tables import BOX_COLUMNS, DETECTIONS, boxes_xyxy, from_columns

IOUS: Final = tuple(np.linspace(0.5, 0.95, 10).round(2).tolist())  # COCO's
# Two people's boxes of one object, drawn with care, overlap at least so much.
LOOSE_IOU: Final = 0.75


class Kind(StrEnum):
    """How two people's labels of a place differ."""

    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"
    CLASS = "class"  # both have a box there, of different classes
    PLACE = "place"  # both have the object, and the boxes overlap by less than LOOSE_IOU


DIFFERENCES: Final = {
    "image_id": "int64",
    "kind": "str",
    "first_id": "int64",  # annotation ids; 0 for none
    "second_id": "int64",
    "first_class": "int64",  # -1 for none
    "second_class": "int64",
    "iou": "float64",  # of the two boxes, 0 to 1; NaN for one box
    **{f"{side}_{name}": "float64" for side in ("first", "second") for name in BOX_COLUMNS},  # px; NaN for none
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAgreement:
    """One class, or all (`category_id` -1): objects of each person, and pairs of the same object and class.

    `agreement` is the pairs' share of all boxes (F1), `iou` their mean overlap, `ap` that of COCO's ten IoU; 0 to 1, or
    None without objects.
    """

    category_id: int
    name: str
    first: int
    second: int
    both: int
    iou: float | None
    ap: float | None

    @property
    def agreement(self) -> float | None:
        """2 pairs / (first + second)."""
        total = self.first + self.second
        return 2 * self.both / total if total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The comparison at an IoU: `differences` with the columns DIFFERENCES; `mixed` counts (first, second) classes.

    `pairs` are the annotation ids `first_id`, `second_id` of each object that both have, with the same class.
    """

    iou: float
    together: ClassAgreement
    per_class: tuple[ClassAgreement, ...]
    mixed: dict[tuple[int, int], int]
    differences: pd.DataFrame
    pairs: pd.DataFrame


def agree(first: pd.DataFrame, second: pd.DataFrame, names: Sequence[str], iou: float = 0.5) -> Agreement:
    """Compares two tables of annotations (core.tables.ANNOTATIONS) of the same images and classes.

    Objects of the one in a crowd region of the other do not count. Args: names, of the K classes; iou, from which two
    boxes are one object. Raises AppError for an IoU out of range.
    """
    pairs = _Pairs.of(first, second)
    at_iou = pairs.counts(iou, len(names))
    by_iou = [pairs.counts(each, len(names)) for each in IOUS]
    aps = np.mean([_products(counts) for counts in by_iou], axis=0)
    outcomes = outcomes_at(first, pairs.as_detections, pairs.matching(iou), 0.0)
    differences = _differences(first, second, outcomes.truths, outcomes.detections, pairs.left_out(iou))
    of_pairs = _ious_of_pairs(pairs.matching(iou), first)
    per_class = tuple(
        ClassAgreement(
            category_id=key,
            name=name,
            first=int(at_iou.first[key]),
            second=int(at_iou.second[key]),
            both=int(at_iou.both[key]),
            iou=_mean(of_pairs.loc[of_pairs["category_id"] == key, "iou"]),
            ap=None if np.isnan(aps[key]) else float(aps[key]),
        )
        for key, name in enumerate(names)
    )
    counted = aps[~np.isnan(aps)]
    together = ClassAgreement(
        category_id=-1,
        name="",
        first=int(at_iou.first.sum()),
        second=int(at_iou.second.sum()),
        both=int(at_iou.both.sum()),
        iou=_mean(of_pairs["iou"]),
        ap=float(counted.mean()) if len(counted) else None,
    )
    return Agreement(
        iou=iou,
        together=together,
        per_class=per_class,
        mixed=_mixed(differences),
        differences=differences,
        pairs=_matched_ids(outcomes.detections),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """(K,) numbers of objects of each person that count, and of pairs, by class."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    both: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """Both tables with their overlaps, from either side: `as_detections` are the objects of the second person.

    Crowd regions of a person stay on that person's side, so the matching from the other side ignores what lies in them.
    """

    first: pd.DataFrame
    second: pd.DataFrame
    as_detections: pd.DataFrame
    overlaps: Overlaps
    reverse: pd.DataFrame
    reverse_overlaps: Overlaps

    @staticmethod
    def of(first: pd.DataFrame, second: pd.DataFrame) -> "_Pairs":
        """The pairs of two tables of annotations."""
        forward, overlaps = _scored(first, second)
        reverse, reverse_overlaps = _scored(second, first)
        return _Pairs(
            first=first,
            second=second,
            as_detections=forward,
            overlaps=overlaps,
            reverse=reverse,
            reverse_overlaps=reverse_overlaps,
        )

    def matching(self, iou: float) -> Matching:
        """The matching with the first person's labels in the place of the truth."""
        return match(self.first, self.as_detections, self.overlaps, iou)

    def left_out(self, iou: float) -> npt.NDArray[np.int64]:
        """(N,) the ids of the first person's objects in a crowd region of the second's."""
        reverse = match(self.second, self.reverse, self.reverse_overlaps, iou)
        return self.reverse.loc[reverse.is_ignored, "detection_id"].to_numpy(dtype=np.int64)

    def counts(self, iou: float, classes: int) -> _Counts:
        """The objects and pairs of K classes at an IoU."""
        matching = self.matching(iou)
        is_pair = (matching.truth_of >= 0) & ~matching.is_ignored
        taken = self.first["annotation_id"].to_numpy()[matching.truth_of[is_pair]]
        counts_first = ~self.first["is_crowd"].to_numpy(dtype=bool)
        counts_first &= ~self.first["annotation_id"].isin(np.setdiff1d(self.left_out(iou), taken)).to_numpy()
        return _Counts(
            first=_by_class(self.first[counts_first], classes),
            second=_by_class(self.as_detections[~matching.is_ignored], classes),
            both=_by_class(self.as_detections[is_pair], classes),
        )


def _scored(truths: pd.DataFrame, others: pd.DataFrame) -> tuple[pd.DataFrame, Overlaps]:
    """The objects of `others` as detections (core.tables.DETECTIONS), and their overlaps with `truths`.

    The score is the largest IoU with an object of the class, so that the best pairs are matched first.
    """
    objects = others[~others["is_crowd"]].reset_index(drop=True)
    columns = {name: objects[name] for name in ("image_id", "category_id", *BOX_COLUMNS)}
    columns |= {"detection_id": objects["annotation_id"], "score": np.zeros(len(objects))}
    plain = from_columns(DETECTIONS, columns)
    overlaps = find_overlaps(truths, plain)
    same = match(truths, plain, overlaps, IOUS[0]).same
    return plain.assign(score=same.ious), overlaps


def _by_class(rows: pd.DataFrame, classes: int) -> npt.NDArray[np.int64]:
    return np.bincount(rows["category_id"].to_numpy(dtype=np.int64), minlength=classes).astype(np.int64)


def _products(counts: _Counts) -> npt.NDArray[np.float64]:
    """(K,) precision times recall; 0 for a class that one person alone has, NaN for one that nobody has."""
    product = (counts.first * counts.second).astype(np.float64)
    without = np.where(counts.first + counts.second > 0, 0.0, np.nan)
    return np.divide(counts.both.astype(np.float64) ** 2, product, out=without, where=product > 0)


def _ious_of_pairs(matching: Matching, first: pd.DataFrame) -> pd.DataFrame:
    is_pair = (matching.truth_of >= 0) & ~matching.is_ignored
    classes = first["category_id"].to_numpy(dtype=np.int64)[matching.truth_of[is_pair]]
    return pd.DataFrame({"category_id": classes, "iou": matching.iou_of[is_pair]})


def _matched_ids(detections: pd.DataFrame) -> pd.DataFrame:
    matched = detections[detections["outcome"] == Outcome.TRUE_POSITIVE]
    return pd.DataFrame(
        {"first_id": matched["annotation_id"].to_numpy(), "second_id": matched["detection_id"].to_numpy()}
    )


def _mean(values: pd.Series) -> float | None:
    return float(values.mean()) if len(values) else None


def _differences(
    first: pd.DataFrame,
    second: pd.DataFrame,
    truths: pd.DataFrame,
    detections: pd.DataFrame,
    left_out: npt.NDArray[np.int64],
) -> pd.DataFrame:
    """One row for each place where the labels differ.

    Args: truths and detections, the outcomes of the matching; left_out (N,), ids of the first's that do not count.
    """
    is_missed = (truths["outcome"] == TruthOutcome.MISSED) & ~truths["annotation_id"].isin(left_out)
    missed = truths[is_missed & (truths["taken_as"] < 0)]
    false = detections[detections["outcome"] == Outcome.FALSE_POSITIVE]
    matched = detections[(detections["outcome"] == Outcome.TRUE_POSITIVE) & (detections["iou"] < LOOSE_IOU)]
    other = false[false["confused_with"] >= 0]
    alone = false[false["confused_with"] < 0]
    rows = pd.concat(
        [
            _rows(Kind.ONLY_FIRST, missed["annotation_id"], None),
            _rows(Kind.ONLY_SECOND, None, alone["detection_id"]),
            _rows(Kind.CLASS, other["annotation_id"], other["detection_id"]),
            _rows(Kind.PLACE, matched["annotation_id"], matched["detection_id"]),
        ],
        ignore_index=True,
    )
    for side, table in (("first", first), ("second", second)):
        of_ids = table.set_index("annotation_id")[["image_id", "category_id", *BOX_COLUMNS]].reindex(rows[f"{side}_id"])
        rows[f"{side}_class"] = of_ids["category_id"].fillna(-1).to_numpy(dtype=np.int64)
        rows[f"{side}_image"] = of_ids["image_id"].to_numpy()
        rows[[f"{side}_{name}" for name in BOX_COLUMNS]] = boxes_xyxy(of_ids)
    boxes = [rows[[f"{side}_{name}" for name in BOX_COLUMNS]].to_numpy() for side in ("first", "second")]
    has_both = (rows["first_id"] > 0) & (rows["second_id"] > 0)
    rows["iou"] = np.where(has_both, paired_iou_xyxy(*(np.nan_to_num(side) for side in boxes)), np.nan)
    rows["image_id"] = rows["first_image"].fillna(rows["second_image"])
    return rows[list(DIFFERENCES)].astype(DIFFERENCES).sort_values(["image_id", "kind"], ignore_index=True)


def _rows(kind: Kind, first_ids: pd.Series | None, second_ids: pd.Series | None) -> pd.DataFrame:
    """Rows of this kind with the ids of the two boxes, 0 where there is none."""
    count = len(first_ids if first_ids is not None else second_ids if second_ids is not None else ())
    none = np.zeros(count, dtype=np.int64)
    return pd.DataFrame(
        {
            "kind": pd.Series([str(kind)] * count, dtype="str"),
            "first_id": none if first_ids is None else first_ids.to_numpy(),
            "second_id": none if second_ids is None else second_ids.to_numpy(),
        }
    )


def _mixed(differences: pd.DataFrame) -> dict[tuple[int, int], int]:
    """How often the first person says one class where the second says another, most frequent first."""
    rows = differences[differences["kind"] == Kind.CLASS]
    counts = rows.groupby(["first_class", "second_class"]).size().sort_values(ascending=False, kind="stable")
    return {(int(first), int(second)): int(count) for (first, second), count in counts.items()}
