"""People's decisions about the label issues of a data set version.

The file lies with the data set, beside its versions, because whether a label is right does not depend on the model that
raised the issue. So a label that a reviewer confirmed in one evaluation is not asked about again in the next, and
corrections found with several models go into one child version.
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
SKIP: Final = "skip"  # seen, and left for later
VERDICTS: Final = (ACCEPT, REJECT, SKIP)
# Boxes with at least this IoU ask for the same missing label.
_SAME_IOU: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict (one of VERDICTS) about the label issue `suspect_id` of `evaluation` (its id).

    core.evaluation.matching.label_issues makes the issues. `annotation_id` is the label in doubt, 0 if one may be
    missing. `category_id` and `box` (x1, y1, x2, y2 in px) are the model's answer. `actor` decided at `decided` (Unix
    seconds).
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
        """Whether both answer the same question: the same doubt about the same label, or the same missing label."""
        if (self.kind, self.image_id, self.annotation_id) != (other.kind, other.image_id, other.annotation_id):
            return False
        if self.annotation_id:
            # A confirmed box holds against every other box; a confirmed class only against the class proposed then.
            return self.kind == POOR_BOX or self.category_id == other.category_id
        return self.category_id == other.category_id and self.is_at(other)

    def is_at(self, other: "Decision") -> bool:
        """Whether the boxes of both lie in the same place of the same image."""
        if self.image_id != other.image_id:
            return False
        return bool(iou_xyxy(_row(self.box), _row(other.box))[0, 0] >= _SAME_IOU)


class _Decisions(TypedDict):
    decisions: list[Decision]


def read_decisions(layout: Layout, dataset: str, version: str) -> list[Decision]:
    """All decisions about a version's labels, oldest first; none if the file is missing.

    Raises DamagedFileError, because people's decisions must not be overwritten.
    """
    try:
        return read_as(layout.decisions(dataset, version), _Decisions)["decisions"]
    except FileNotFoundError:
        return []


def change_decisions(
    layout: Layout, dataset: str, version: str, change: Callable[[list[Decision]], list[Decision]]
) -> list[Decision]:
    """Replaces the decisions by `change(decisions)`, one writer at a time, and returns the new ones."""
    path = layout.decisions(dataset, version)
    with writing(path):
        path.parent.mkdir(exist_ok=True)
    with only_one(path.with_suffix(".lock"), f"Data set {dataset}"):
        decisions = change(read_decisions(layout, dataset, version))
        write_json(path, {"decisions": [asdict(decision) for decision in decisions]})
        return decisions


def _row(box: tuple[float, float, float, float]) -> Boxes:
    return np.array([box], dtype=np.float64)
