"""What people decided about suspected labels of a data set version.

The file lies with the data set, beside its versions: what is asked is whether a label is right, and that does not
depend on the model that doubts it. So a label that one evaluation's reviewer has confirmed is not asked about again by
the next evaluation, and corrections found by several models go into one child version.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, TypedDict

import numpy as np

from core.actor import KnownActor
from core.boxes import Boxes, iou_xyxy
from core.evaluation.matching.label_issues import POOR_BOX
from core.files import only_one, write_json
from core.records import read_as
from core.shapes import Moment
from core.storage_errors import writing
from core.workspace.layout import Layout

ACCEPT: Final = "accept"  # the model is right: correct the label
REJECT: Final = "reject"  # the label is right
SKIP: Final = "skip"  # looked at, and left for later
VERDICTS: Final = (ACCEPT, REJECT, SKIP)
# Boxes that share more than this ask for the same missing label.
_SAME_IOU: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict of VERDICTS about one suspect (core.evaluation.matching.suspects), which `evaluation` (id) had as `suspect_id`.

    `annotation_id` is the label in doubt, 0 where one may be missing; `category_id` and `box` (px) are what the model
    says; `decided` is in Unix seconds, by `actor`.
    """

    verdict: str
    kind: str
    image_id: int
    annotation_id: int
    category_id: int
    box: tuple[float, float, float, float]
    score: float
    evaluation: str
    suspect_id: int
    decided: Moment
    actor: KnownActor = None

    def is_about(self, other: "Decision") -> bool:
        """Whether both answer the same question: the same label in the same doubt, or the same missing one."""
        if (self.kind, self.image_id, self.annotation_id) != (other.kind, other.image_id, other.annotation_id):
            return False
        if self.annotation_id:
            # A box that was confirmed is confirmed against every other box; a class against that one class.
            return self.kind == POOR_BOX or self.category_id == other.category_id
        return self.category_id == other.category_id and self.is_at(other)

    def is_at(self, other: "Decision") -> bool:
        """Whether the boxes of both are of one place on one image."""
        if self.image_id != other.image_id:
            return False
        return bool(iou_xyxy(_row(self.box), _row(other.box))[0, 0] >= _SAME_IOU)


class _Decisions(TypedDict):
    decisions: list[Decision]


def read_decisions(layout: Layout, dataset: str, version: str) -> list[Decision]:
    """All decisions about a version's labels, in the order in which they were made; none where the file is missing.

    Raises DamagedFileError: what people decided must not be written over.
    """
    try:
        return read_as(layout.decisions(dataset, version), _Decisions)["decisions"]
    except FileNotFoundError:
        return []


def change_decisions(
    layout: Layout, dataset: str, version: str, change: Callable[[list[Decision]], list[Decision]]
) -> list[Decision]:
    """Replace the decisions by what `change` makes of those that are there, one writer at a time; the new ones."""
    path = layout.decisions(dataset, version)
    with writing(path):
        path.parent.mkdir(exist_ok=True)
    with only_one(path.with_suffix(".lock"), f"Data set {dataset}"):
        decisions = change(read_decisions(layout, dataset, version))
        write_json(path, {"decisions": [asdict(decision) for decision in decisions]})
        return decisions


def _row(box: tuple[float, float, float, float]) -> Boxes:
    return np.array([box], dtype=np.float64)
