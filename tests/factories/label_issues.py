"""Maker of an evaluation with wrong labels: its detections are the correct labels."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.evaluation.predictions import Truth
from core.services.evaluation import OpenEvaluation
from core.settings import Settings
from core.tables import BOX_COLUMNS, DETECTIONS, from_columns, read_table, write_table
from core.workspace.layout import Layout
from tests.factories.evaluated import EvaluationMaker
from tests.factories.tiny_dataset import DatasetMaker


@dataclass(frozen=True, kw_only=True)
class LabelIssuesMaker:
    """A missing label, one of the wrong class and a moved one, in a new data set or in `dataset`, made by this class.

    They are on the first, second and third image of the split. `shift` moves the detections, in px.
    """

    dataset: str = ""
    split: str = "val"
    shift: float = 0.0
    name: str = "shapes"

    def make(self, settings: Settings) -> str:
        """Plants the wrong labels, evaluates a detector of the correct ones, and returns the evaluation's id."""
        key = self.dataset or DatasetMaker(name=self.name, train=4, val=8, test=3).make(settings)
        folder = Layout(settings.workspace).version(key, "v1")
        sound = folder.parent.parent / "sound.parquet"
        if not self.dataset:
            annotations = read_table(folder / "annotations.parquet")
            write_table(sound, annotations)
            write_table(
                folder / "annotations.parquet", self._spoilt(annotations, read_table(folder / "images.parquet"))
            )
        return _Knowing(dataset=key, sound=read_table(sound), shift=self.shift, split=self.split).make(settings)

    def planted(self, evaluation: OpenEvaluation) -> dict[str, int]:
        """The id of the label of each kind of label issue, 0 for the missing one."""
        images = evaluation.truth.images["image_id"].tolist()[:3]
        truths = evaluation.truth.annotations
        first = [int(truths.loc[truths["image_id"] == image, "annotation_id"].iloc[0]) for image in images]
        return {"missing": 0, "wrong_class": first[1], "poor_box": first[2]}

    def _spoilt(self, annotations: pd.DataFrame, images: pd.DataFrame) -> pd.DataFrame:
        chosen = images.loc[images["split"] == self.split, "image_id"].tolist()[:3]
        rows = [annotations.index[annotations["image_id"] == image][0] for image in chosen]
        spoilt = annotations.copy()
        spoilt.loc[rows[1], "category_id"] = 1 - spoilt.loc[rows[1], "category_id"]
        # Half of the box: IoU 0.5 with the correct one.
        spoilt.loc[rows[2], "x2"] = spoilt.loc[rows[2], ["x1", "x2"]].mean()
        spoilt.loc[rows[2], "area"] /= 2
        return spoilt.drop(index=rows[0]).reset_index(drop=True)


@dataclass(frozen=True, kw_only=True)
class _Knowing(EvaluationMaker):
    """A detector that gives the correct labels, each with another score."""

    sound: pd.DataFrame = field(default_factory=pd.DataFrame)
    shift: float = 0.0
    name: str = "what knows better, on shapes, val"

    def detections(self, truth: Truth) -> pd.DataFrame:
        found = self.sound[self.sound["image_id"].isin(truth.images["image_id"])]
        boxes = {name: found[name].to_numpy() + self.shift for name in BOX_COLUMNS}
        columns = {"image_id": found["image_id"].to_numpy(), "category_id": found["category_id"].to_numpy(), **boxes}
        scores = np.linspace(0.99, 0.8, len(found))
        return from_columns(DETECTIONS, {"detection_id": range(1, len(found) + 1), **columns, "score": scores})
