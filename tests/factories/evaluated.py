"""Maker of finished evaluations: the objects of a data set, moved, mixed up and missed, and false positives."""

import json
import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pycocotools import mask as run_lengths

from core.evaluation.ignored_regions import EVERY_CLASS
from core.evaluation.predictions import Truth, choose_images, truth_of
from core.evaluation.scores.mask_scores import MASK
from core.evaluation.store import evaluate_detections
from core.files import write_json
from core.settings import Settings
from core.tables import BOX_COLUMNS, DETECTIONS, from_columns
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Status, write_status
from core.workspace.datasets import VersionFolder, load_labels
from core.workspace.layout import Layout
from core.workspace.registry import Registry, new_id


@dataclass(frozen=True, kw_only=True)
class EvaluationMaker:
    """The detector: its shares of missed objects and of objects taken for the next class, and strays per image."""

    dataset: str
    version: str = "v1"
    split: str = "val"
    run: str = ""
    name: str = "first look on shapes, val"
    missed: float = 0.1
    mixed_up: float = 0.05
    strays: float = 0.6
    seed: int = 0
    sure: bool = False  # the boxes of the labels, with a score of 0.99
    masks: bool = False  # an ellipse in each box

    def make(self, settings: Settings) -> str:
        """Writes the evaluation as worker and services do, and returns its id."""
        layout = Layout(settings.workspace)
        key = new_id("e")
        folder = RunFolder(layout.folder("evaluation", key))
        version = layout.version(self.dataset, self.version)
        labels = load_labels(VersionFolder(version))
        truth = choose_images(truth_of(labels), self.split)
        found = self.detections(truth)
        evaluate_detections(truth, with_masks(truth, found) if self.masks else found, folder.root)
        request: dict[str, Any] = {
            "run": self.run,
            "checkpoint": "best",
            "dataset": self.dataset,
            "version": self.version,
        }
        request |= {"split": self.split, "sealed": bool((truth.images["split"] == "test").any())}
        request |= {"data": os.path.relpath(version, folder.root)}
        write_json(folder.root / "request.json", {**request, "score": None, "iou": 0.5})
        count, now = len(truth.images), time.time()
        status = Status(phase=Phase.FINISHED, iteration=count, of_iterations=count, started=now, updated=now)
        write_status(folder.status, status)
        Registry(settings).add("evaluation", key, self.name)
        return key

    def detections(self, truth: Truth) -> pd.DataFrame:
        """The detections on these images."""
        random = np.random.default_rng(self.seed)
        objects = truth.annotations[truth.annotations["category_id"] != EVERY_CLASS]
        boxes = objects[BOX_COLUMNS].to_numpy(dtype=float)
        sides = (boxes[:, 2:] - boxes[:, :2]).repeat(2, axis=0).reshape(-1, 4)
        shaken = boxes + random.normal(0, 0.0 if self.sure else 0.05, boxes.shape) * sides
        shaken[:, 2:] = np.maximum(shaken[:, 2:], shaken[:, :2] + 1)
        kinds = objects["category_id"].to_numpy()
        is_other = random.random(len(kinds)) < self.mixed_up
        kinds = np.where(is_other, (kinds + 1) % len(truth.categories), kinds)
        found = pd.DataFrame(shaken, columns=BOX_COLUMNS).assign(
            image_id=objects["image_id"].to_numpy(), category_id=kinds, score=random.beta(6, 1.5, len(kinds))
        )
        found = found.assign(score=0.99) if self.sure else found
        found = found[random.random(len(found)) >= self.missed]
        found = pd.concat([found, self._strays(truth, random)], ignore_index=True)
        return from_columns(DETECTIONS, {"detection_id": range(1, len(found) + 1), **found.to_dict("list")})

    def _strays(self, truth: Truth, random: np.random.Generator) -> pd.DataFrame:
        rows = []
        for image_id, width, height in truth.images[["image_id", "width", "height"]].itertuples(index=False):
            for _ in range(random.poisson(self.strays)):
                x, y = random.uniform(0, 0.7, 2)
                w, h = random.uniform(0.05, 0.3, 2)
                box = (x * width, y * height, (x + w) * width, (y + h) * height)
                kind = int(random.integers(len(truth.categories)))
                rows.append((image_id, kind, *box, float(random.beta(2, 3))))
        return pd.DataFrame(rows, columns=["image_id", "category_id", *BOX_COLUMNS, "score"])


def with_masks(truth: Truth, found: pd.DataFrame) -> pd.DataFrame:
    """The detections with run lengths of the ellipse that fills each box, as the worker writes them."""
    sizes = truth.images.set_index("image_id")[["width", "height"]]
    masks = []
    for image, *box in found[["image_id", *BOX_COLUMNS]].itertuples(index=False):
        width, height = (int(side) for side in sizes.loc[image])
        y, x = np.mgrid[:height, :width] + 0.5
        middle, radii = (box[0] + box[2], box[1] + box[3]), (box[2] - box[0], box[3] - box[1])
        ellipse = ((2 * x - middle[0]) / radii[0]) ** 2 + ((2 * y - middle[1]) / radii[1]) ** 2 <= 1
        coded = run_lengths.encode(np.asfortranarray(ellipse.astype(np.uint8)))
        masks.append(json.dumps({"size": [height, width], "counts": coded["counts"].decode()}))
    return found.assign(**{MASK: masks})
