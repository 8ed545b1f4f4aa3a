"""Pairs the images and objects of two evaluations, and lists the objects that only one of them found.

Images are paired by file name, objects by class name and corners, never by id, because another version of the data or
another pair of files has other ids. core.evaluation.intervals.intervals tells how certain a difference is.
"""

from typing import Final

import numpy as np
import pandas as pd

from core.errors import AppError
from core.evaluation.matching.outcomes import Outcomes, TruthOutcome
from core.evaluation.predictions import Truth
from core.tables import BOX_COLUMNS

WON: Final = "won"
LOST: Final = "lost"
# Corners that agree to a hundredth of a px are the same, because a file may hold fewer digits.
_DIGITS: Final = 2
_REMEDY: Final = "Evaluate both on the same split of the same data set."


def pair_images(a: Truth, b: Truth) -> pd.DataFrame:
    """One row per image, by name: `image_a, image_b, file_name`. Raises AppError for different images.

    Images are the same if their names agree, and their content hashes if both have them.
    """
    left, right = (truth.images.sort_values(["file_name", "image_id"], ignore_index=True) for truth in (a, b))
    names, others = set(left["file_name"]), set(right["file_name"])
    if len(left) != len(right) or names != others:
        strange = len(names ^ others)
        raise AppError(
            f"The two are on different images: {len(left):,} and {len(right):,}, {strange:,} of them in only one.",
            _REMEDY,
        )
    hashes = left["content_hash"], right["content_hash"]
    differs = (hashes[0] != hashes[1]) & (hashes[0] != "") & (hashes[1] != "")
    if (left["file_name"] != right["file_name"]).any() or differs.any():
        name = left["file_name"][int(differs.argmax())]
        raise AppError(f"The two are on different images: {name} is not the same in both.", _REMEDY)
    return pd.DataFrame({"image_a": left["image_id"], "image_b": right["image_id"], "file_name": left["file_name"]})


def pair_objects(a: Truth, b: Truth, images: pd.DataFrame) -> pd.DataFrame:
    """One row per object that both have: its row numbers `row_a` and `row_b` in the two tables of annotations.

    Args: images of `pair_images`. Leaves out an object whose class or box differs.
    """
    sides = []
    for truth, column in ((a, "image_a"), (b, "image_b")):
        position_of = pd.Series(images.index, index=images[column])
        keys = truth.annotations[BOX_COLUMNS].round(_DIGITS)
        keys["position"] = position_of.loc[truth.annotations["image_id"]].to_numpy()
        # The last one is that of a region without a class, EVERY_CLASS.
        keys["name"] = np.append(truth.categories["name"].to_numpy(), "")[truth.annotations["category_id"]]
        keys["is_crowd"] = truth.annotations["is_crowd"]
        # The same box twice is two objects.
        keys["copy"] = keys.groupby(list(keys.columns)).cumcount()
        sides.append(keys.assign(row=np.arange(len(keys))))
    on = [name for name in sides[0].columns if name != "row"]
    pairs = sides[0].merge(sides[1], on=on, suffixes=("_a", "_b"))[["row_a", "row_b"]]
    return pairs.sort_values("row_a", ignore_index=True)


def shared_classes(a: Truth, b: Truth) -> list[tuple[str, int, int]]:
    """Name and both ids of each class that the two share, in the order of the first."""
    others = dict(zip(b.categories["name"], b.categories["category_id"], strict=True))
    classes = zip(a.categories["name"], a.categories["category_id"], strict=True)
    return [(str(name), int(key), int(others[name])) for name, key in classes if name in others]


def moved_objects(a: Outcomes, b: Outcomes, pairs: pd.DataFrame) -> pd.DataFrame:
    """The objects that one of the two found and the other missed, at the scores and IoUs of the outcomes.

    Columns: `change` (WON: found only by B; LOST: only by A), `annotation_a`, `annotation_b`, `image_a`, `image_b`,
    `category_id` (of A), `x1 y1 x2 y2` px, `area` px², `score_a`, `score_b` (of the detection, NaN where missed).
    """
    left = a.truths.iloc[pairs["row_a"]].reset_index(drop=True)
    right = b.truths.iloc[pairs["row_b"]].reset_index(drop=True)
    found_a, found_b = (side["outcome"] == TruthOutcome.MATCHED for side in (left, right))
    missed_a, missed_b = (side["outcome"] == TruthOutcome.MISSED for side in (left, right))
    table = pd.DataFrame(
        {
            "change": np.where(found_b, WON, LOST),
            "annotation_a": left["annotation_id"],
            "annotation_b": right["annotation_id"],
            "image_a": left["image_id"],
            "image_b": right["image_id"],
            "category_id": left["category_id"],
            **{name: left[name] for name in (*BOX_COLUMNS, "area")},
            "score_a": left["found_score"].where(found_a),
            "score_b": right["found_score"].where(found_b),
        }
    )
    return table[(found_a & missed_b) | (missed_a & found_b)].reset_index(drop=True)
