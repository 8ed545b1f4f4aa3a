"""A test of the evaluator on a data set: its objects as detections must score AP 1.0 in every class with objects.

A failure means that the data cost every model AP: boxes without an area, objects that no detection can match. The test
raises COCO's cap on detections to the fullest image. It also reports where the usual cap leaves objects out, because
no model can reach AP 1.0 there.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

import pandas as pd

from core.evaluation.predictions import only_of
from core.evaluation.scores.scores import DETECTIONS_CAP, box_evaluator, table_of
from core.tables import DETECTIONS, from_columns

_TOLERANCE: Final = 1e-6
_MOST_TESTED: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTest:
    """One class with objects: its AP, 0 to 1; `beyond_cap` counts its objects that COCO's cap leaves out."""

    name: str
    ap: float
    truths: int
    beyond_cap: int

    @property
    def passed(self) -> bool:
        """Whether AP is 1.0."""
        return self.ap >= 1 - _TOLERANCE


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The scores of the truth against itself. `cap` is the number of detections allowed per class and image."""

    cap: int
    per_class: list[ClassTest]
    untested: int = 0  # classes with objects beyond the commonest ones

    @property
    def passed(self) -> bool:
        """Whether every class with objects has AP 1.0."""
        return all(row.passed for row in self.per_class)

    @property
    def notes(self) -> list[str]:
        """A sentence for each class that fails, and for each that COCO's cap on detections limits."""
        failed = [
            f"{row.name}: its own objects score AP {row.ap:.3f} instead of 1.0, so no model can do better; "
            "look for boxes without an area."
            for row in self.per_class
            if not row.passed
        ]
        if self.untested:
            failed.append(f"The commonest {len(self.per_class):,} classes were tested; {self.untested:,} were not.")
        return failed + [
            f"{row.name}: COCO's cap of {DETECTIONS_CAP} detections of a class on an image leaves out "
            f"{row.beyond_cap:,} of {row.truths:,} objects, so that even a perfect model stays below AP 1.0."
            for row in self.per_class
            if row.beyond_cap
        ]

    def to_json(self) -> dict[str, Any]:
        """The test as JSON values, as version.json keeps it."""
        return {
            "passed": self.passed,
            "cap": self.cap,
            "per_class": [asdict(row) for row in self.per_class],
            "notes": self.notes,
        }


def self_test(images: pd.DataFrame, annotations: pd.DataFrame, categories: pd.DataFrame) -> SelfTest:
    """Evaluates the objects of these images, without crowd regions, as detections with score 1.

    Args: tables as in core.tables; annotations of other images are left out.
    """
    objects = only_of(images, annotations[~annotations["is_crowd"]])
    counts = objects["category_id"].value_counts()
    # Data that costs one class AP costs its neighbours AP, too: the commonest tell.
    tested = counts.index[:_MOST_TESTED]
    objects = objects[objects["category_id"].isin(tested)].reset_index(drop=True)
    categories = categories[categories["category_id"].isin(tested)]
    sizes = objects.groupby(["image_id", "category_id"], sort=False).size()
    cap = max(DETECTIONS_CAP, int(sizes.max()) if len(sizes) else 0)
    beyond = (sizes - DETECTIONS_CAP).clip(lower=0).groupby("category_id").sum()
    columns = {name: objects[name] for name in DETECTIONS if name in objects.columns}
    columns |= {"detection_id": range(1, len(objects) + 1), "score": [1.0] * len(objects)}

    def evaluator(*tables: Any) -> Any:
        made = box_evaluator(*tables)
        made.params.max_dets = [1, 10, cap]
        return made

    annotations = annotations[annotations["category_id"].isin(tested)]
    scores = table_of(images, annotations, categories, from_columns(DETECTIONS, columns), evaluator)
    return SelfTest(
        cap,
        [
            ClassTest(
                name=row.name, ap=row.ap or 0.0, truths=row.truths, beyond_cap=int(beyond.get(row.category_id, 0))
            )
            for row in scores.per_class
            if row.truths
        ],
        untested=len(counts) - len(tested),
    )
