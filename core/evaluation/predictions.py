"""Truth and detections of an evaluation, and the checks that they pass first.

hotcoco only warns about NaN boxes, missing scores and unknown images or classes. Here each is an error that names its
row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.boxes import Boxes
from core.errors import AppError
from core.evaluation.ignored_regions import with_regions
from core.tables import DETECTIONS, conform

_REMEDY = "Correct the detector's output, and evaluate again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The ground truth: tables as in core.tables, of exactly the images that are evaluated.

    `annotations` may hold regions without a class (core.evaluation.ignored_regions).
    """

    images: pd.DataFrame
    annotations: pd.DataFrame
    categories: pd.DataFrame


class Version(Protocol):
    """The tables of a data set version."""

    @property
    def images(self) -> pd.DataFrame:
        """core.tables.IMAGES"""

    @property
    def annotations(self) -> pd.DataFrame:
        """core.tables.ANNOTATIONS"""

    @property
    def categories(self) -> pd.DataFrame:
        """core.tables.CATEGORIES"""

    @property
    def ignored(self) -> pd.DataFrame:
        """core.tables.IGNORED"""


@dataclass(frozen=True, slots=True)
class JoinedClasses:
    """The model's classes in terms of the data set: `category_ids` (K,) by the model's class index, -1 for none."""

    category_ids: npt.NDArray[np.int64]
    notes: list[str]


def truth_of(version: Version) -> Truth:
    """The truth of a whole version, with its ignored regions among the annotations."""
    annotations = with_regions(version.annotations, version.ignored)
    return Truth(images=version.images, annotations=annotations, categories=version.categories)


def choose_images(truth: Truth, split: str) -> Truth:
    """The part of a data set that an evaluation of `split` (train, val, test or all) uses.

    Leaves out images that are not labelled yet, because each right detection on them would count as a false positive.
    Raises AppError if no image is left.
    """
    images = truth.images[truth.images["use"] != "unlabelled"]
    if split != "all":
        images = images[images["split"] == split]
    if images.empty:
        raise AppError(f"There is no labelled image in the split {split!r} of this data set.", "Choose another split.")
    images = images.reset_index(drop=True)
    return Truth(images=images, annotations=only_of(images, truth.annotations), categories=truth.categories)


def join_classes(model_names: Sequence[str], categories: pd.DataFrame) -> JoinedClasses:
    """Joins the classes of a model and of a data set by name, without regard to case and outer spaces.

    The notes name the classes that only one of the two has. Raises AppError if they share none.
    """
    by_name = {_folded(name): int(key) for key, name in zip(categories["category_id"], categories["name"], strict=True)}
    joined = np.array([by_name.get(_folded(name), -1) for name in model_names], dtype=np.int64)
    if len(categories) and not (joined >= 0).any():
        names = ", ".join(model_names[:8])
        raise AppError(
            f"The model ({names}) and the data set ({', '.join(categories['name'][:8])}) share no class.",
            "Evaluate on a data set that has the model's classes under the same names.",
        )
    strange = [name for name, key in zip(model_names, joined, strict=True) if key < 0]
    unknown = [str(name) for key, name in categories[["category_id", "name"]].to_numpy() if key not in joined]
    notes = [f"{name}: the data set has no such class; its detections are left out." for name in strange]
    notes += [f"{name}: the model does not know this class, so all of its objects count as missed." for name in unknown]
    return JoinedClasses(joined, notes)


def check_detections(images: pd.DataFrame, categories: pd.DataFrame, detections: pd.DataFrame) -> pd.DataFrame:
    """The detections with exactly the columns of core.tables.DETECTIONS, all of them fit for evaluation.

    Raises AppError for a missing column. Raises it, naming the first bad row, for a coordinate or score that is no
    finite number, a score outside 0 to 1, swapped corners, an image or class that the other two tables do not have.
    """
    missing = [name for name in DETECTIONS if name not in detections.columns]
    if missing:
        raise AppError(f"The detections have no {', '.join(missing)}.", _REMEDY)
    numbers = detections[["x1", "y1", "x2", "y2", "score"]].to_numpy(dtype=np.float64, na_value=np.nan)
    _refuse(detections, ~np.isfinite(numbers).all(axis=1), "has a coordinate or score that is no finite number")
    _refuse(detections, (numbers[:, 4] < 0) | (numbers[:, 4] > 1), "has a score outside 0 to 1")
    _refuse(detections, _has_swapped_corners(numbers[:, :4]), "has swapped corners")
    unknown_image = ~detections["image_id"].isin(images["image_id"]).to_numpy()
    _refuse(detections, unknown_image, "is on an image that is not evaluated here")
    unknown_class = ~detections["category_id"].isin(categories["category_id"]).to_numpy()
    _refuse(detections, unknown_class, "is of a class that is not evaluated here")
    return conform(detections, DETECTIONS)


def only_of(images: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of annotations or detections that lie on these images, with a new index."""
    return table[table["image_id"].isin(images["image_id"])].reset_index(drop=True)


def _folded(name: str) -> str:
    return str(name).strip().casefold()


def _has_swapped_corners(boxes: Boxes) -> np.ndarray:
    return np.asarray((boxes[:, 2] < boxes[:, 0]) | (boxes[:, 3] < boxes[:, 1]))


def _refuse(detections: pd.DataFrame, is_bad: np.ndarray, what: str) -> None:
    if not is_bad.any():
        return
    row = int(np.argmax(is_bad))
    others = int(is_bad.sum()) - 1
    more = f" ({others:,} more like it)" if others else ""
    values = ", ".join(f"{name} {detections[name].iloc[row]}" for name in ("image_id", "category_id", "score"))
    raise AppError(f"Detection {detections['detection_id'].iloc[row]} ({values}) {what}{more}.", _REMEDY)
