"""Corrections of single labels: what is changed, applied to a table, and counted in words."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from core.boxes import Boxes, area_xyxy, clip_xyxy
from core.tables import ANNOTATIONS, BOX_COLUMNS, boxes_xyxy, conform, from_columns

ADD: Final = "add"
CHANGE_CLASS: Final = "change_class"
MOVE: Final = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One change: ADD an object, CHANGE_CLASS or MOVE the box of the object `annotation_id` (0 for ADD).

    `category_id` is the class afterwards; `box` its corners (x1, y1, x2, y2) in px, ignored where the class changes.
    """

    what: str
    image_id: int
    annotation_id: int
    category_id: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How many objects a version has more, of another class and elsewhere than its parent."""

    added: int
    classes_changed: int
    moved: int

    @property
    def total(self) -> int:
        """All changes."""
        return self.added + self.classes_changed + self.moved

    @property
    def words(self) -> str:
        """`4 boxes added, 2 classes changed, 1 box moved`; `nothing changed`."""
        counts = [
            (self.added, "box added", "boxes added"),
            (self.classes_changed, "class changed", "classes changed"),
            (self.moved, "box moved", "boxes moved"),
        ]
        return ", ".join(f"{n:,} {one if n == 1 else many}" for n, one, many in counts if n) or "nothing changed"

    def to_json(self) -> dict[str, Any]:
        """The counts, by name."""
        return asdict(self)


def count_corrections(corrections: Sequence[Correction]) -> Difference:
    """How many of each there are."""
    kinds = [correction.what for correction in corrections]
    return Difference(added=kinds.count(ADD), classes_changed=kinds.count(CHANGE_CLASS), moved=kinds.count(MOVE))


def correct(annotations: pd.DataFrame, images: pd.DataFrame, corrections: Sequence[Correction]) -> pd.DataFrame:
    """The annotations (core.tables.ANNOTATIONS) with the corrections made, on these images; others are left out.

    New objects follow the old ones under new ids, so that ids keep their meaning. Boxes are cut at the image's
    border. A moved object loses its mask, which is of the old box; one of another class keeps it.
    """
    known, present = set(images["image_id"]), set(annotations["annotation_id"])
    used = [correction for correction in corrections if correction.image_id in known]
    corrected = conform(annotations, ANNOTATIONS)
    row_of = pd.Series(np.arange(len(corrected)), index=corrected["annotation_id"])
    changed = [one for one in used if one.what == CHANGE_CLASS and one.annotation_id in present]
    rows = row_of.loc[[one.annotation_id for one in changed]].to_numpy(dtype=np.int64)
    corrected.loc[rows, "category_id"] = [one.category_id for one in changed]
    moved = [one for one in used if one.what == MOVE and one.annotation_id in present]
    rows = row_of.loc[[one.annotation_id for one in moved]].to_numpy(dtype=np.int64)
    boxes = _cut(moved, images)
    corrected.loc[rows, BOX_COLUMNS] = boxes
    corrected.loc[rows, "area"] = area_xyxy(boxes)
    corrected.loc[rows, "segmentation"] = ""
    added = [one for one in used if one.what == ADD]
    return pd.concat([corrected, _new_rows(added, images, corrected)], ignore_index=True) if added else corrected


def _new_rows(added: Sequence[Correction], images: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    boxes = _cut(added, images)
    first = int(before["annotation_id"].max()) + 1 if len(before) else 1
    columns = {
        "annotation_id": range(first, first + len(added)),
        "image_id": [one.image_id for one in added],
        "category_id": [one.category_id for one in added],
        **dict(zip(BOX_COLUMNS, boxes.T, strict=True)),
        "area": area_xyxy(boxes),
        "is_crowd": [False] * len(added),
        "segmentation": [""] * len(added),
        "source_file": [""] * len(added),
        "source_line": [0] * len(added),
    }
    return from_columns(ANNOTATIONS, columns)


def _cut(corrections: Sequence[Correction], images: pd.DataFrame) -> Boxes:
    """(N, 4) px: the boxes within their images."""
    frame = pd.DataFrame([correction.box for correction in corrections], columns=BOX_COLUMNS, dtype="float64")
    sizes = images.set_index("image_id").loc[[correction.image_id for correction in corrections]]
    return clip_xyxy(boxes_xyxy(frame), sizes["width"].to_numpy(), sizes["height"].to_numpy())
