"""Corrections of single labels: applies them to a table, and counts them in words."""

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
    """One change: ADD an object, or CHANGE_CLASS or MOVE the box of the object `annotation_id` (0 for ADD).

    `category_id` is the new class; `box` the new corners (x1, y1, x2, y2) in px, ignored for CHANGE_CLASS.
    """

    what: str
    image_id: int
    annotation_id: int
    category_id: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How many objects of a version were added, changed in class, and moved, compared with its parent."""

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
        words = (f"{n:,} {singular if n == 1 else plural}" for n, singular, plural in counts if n)
        return ", ".join(words) or "nothing changed"

    def to_json(self) -> dict[str, Any]:
        """The counts, by name."""
        return asdict(self)


def count_corrections(corrections: Sequence[Correction]) -> Difference:
    """The number of corrections of each kind."""
    kinds = [correction.what for correction in corrections]
    return Difference(added=kinds.count(ADD), classes_changed=kinds.count(CHANGE_CLASS), moved=kinds.count(MOVE))


def correct(annotations: pd.DataFrame, images: pd.DataFrame, corrections: Sequence[Correction]) -> pd.DataFrame:
    """The annotations (core.tables.ANNOTATIONS) with the corrections applied; those of other images are left out.

    New objects follow the old ones with new ids, so that ids keep their meaning. Boxes are clipped at the image's
    border. A moved object loses its mask, which belongs to the old box; an object of a changed class keeps it.
    """
    image_ids, present = set(images["image_id"]), set(annotations["annotation_id"])
    used = [correction for correction in corrections if correction.image_id in image_ids]
    corrected = conform(annotations, ANNOTATIONS)
    row_of = pd.Series(np.arange(len(corrected)), index=corrected["annotation_id"])
    changed = [
        correction for correction in used if correction.what == CHANGE_CLASS and correction.annotation_id in present
    ]
    rows = row_of.loc[[correction.annotation_id for correction in changed]].to_numpy(dtype=np.int64)
    corrected.loc[rows, "category_id"] = [correction.category_id for correction in changed]
    moved = [correction for correction in used if correction.what == MOVE and correction.annotation_id in present]
    rows = row_of.loc[[correction.annotation_id for correction in moved]].to_numpy(dtype=np.int64)
    boxes = _cut(moved, images)
    corrected.loc[rows, BOX_COLUMNS] = boxes
    corrected.loc[rows, "area"] = area_xyxy(boxes)
    corrected.loc[rows, "segmentation"] = ""
    added = [correction for correction in used if correction.what == ADD]
    return pd.concat([corrected, _new_rows(added, images, corrected)], ignore_index=True) if added else corrected


def _new_rows(added: Sequence[Correction], images: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    boxes = _cut(added, images)
    # Regions without a class have ids below 0 (core.evaluation.ignored_regions).
    first = max(0, int(before["annotation_id"].max())) + 1 if len(before) else 1
    columns = {
        "annotation_id": range(first, first + len(added)),
        "image_id": [correction.image_id for correction in added],
        "category_id": [correction.category_id for correction in added],
        **dict(zip(BOX_COLUMNS, boxes.T, strict=True)),
        "area": area_xyxy(boxes),
        "is_crowd": [False] * len(added),
        "segmentation": [""] * len(added),
        "source_file": [""] * len(added),
        "source_line": [0] * len(added),
    }
    return from_columns(ANNOTATIONS, columns)


def _cut(corrections: Sequence[Correction], images: pd.DataFrame) -> Boxes:
    """(N, 4) corners in px of the corrections' boxes, clipped to their images."""
    frame = pd.DataFrame([correction.box for correction in corrections], columns=BOX_COLUMNS, dtype="float64")
    sizes = images.set_index("image_id").loc[[correction.image_id for correction in corrections]]
    return clip_xyxy(boxes_xyxy(frame), sizes["width"].to_numpy(), sizes["height"].to_numpy())
