"""Evaluates a model during training on the validation split: losses and COCO AP."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from core.evaluation.predictions import truth_of
from core.evaluation.scores.mask_scores import score_masks
from core.evaluation.scores.scores import Scores, score_boxes
from core.evaluation.validation_samples import SampleBook
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import View
from core.worker.data.dataset import DataVersion, records
from core.worker.inference.predict import predict
from core.worker.model.detectron import CfgNode
from core.worker.weights.checkpoints import Best

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """The metrics of one evaluation under their names in metrics.jsonl; `best` is None if there is no AP."""

    metrics: dict[str, float | None]
    best: Best | None


class Validator:
    """Evaluates a model on the validation split, the same images each time; some predictions go to `samples`."""

    def __init__(
        self,
        data: DataVersion,
        cfg: CfgNode,
        views: Sequence[View],
        reporter: Reporter,
        stop: StopSwitch,
        samples: Path | None = None,
    ) -> None:
        self._cfg, self._views, self._reporter, self._stop = cfg, views, reporter, stop
        self._images: pd.DataFrame = data.split("val")
        self._samples = records(data, self._images, masks=cfg.MODEL.MASK_ON)
        self._truth = replace(truth_of(data), images=self._images)
        self._book = SampleBook(samples, self._images, self._truth.annotations) if samples else None
        self.duration_s = 0.0  # of the last evaluation

    @property
    def images(self) -> int:
        """The number of images evaluated."""
        return len(self._samples)

    def __call__(self, model: torch.nn.Module, iteration: int) -> ValidationResult | None:
        """Evaluates the model after `iteration` iterations; returns None if a stop was requested meanwhile."""
        began = time.monotonic()
        predictions = predict(model, self._cfg, self._views, self._samples, self._tell, self._stop, with_losses=True)
        if predictions is None:
            return None
        self._reporter.tick(activity="computing AP")
        truth = self._truth
        scores = score_boxes(truth.images, truth.annotations, truth.categories, predictions.detections)
        masks = score_masks(truth, predictions.detections)
        if self._book:
            self._book.write(iteration, predictions.detections)
        self.duration_s = time.monotonic() - began
        best = None if scores.ap is None else Best(iteration=iteration, ap=scores.ap, ap50=scores.ap50)
        return ValidationResult({**_losses(predictions.losses), **_figures(scores), **_mask_figures(masks)}, best)

    def _tell(self, done: int, of: int) -> None:
        self._reporter.tick(activity=f"evaluating {done} of {of} images")


def _losses(losses: dict[str, float]) -> dict[str, Any]:
    return {
        "val_loss/total": sum(losses.values()),
        **{f"val_loss/{name.removeprefix('loss_')}": value for name, value in losses.items()},
    }


def _mask_figures(scores: Scores | None) -> dict[str, float | None]:
    return {"segm/ap": scores.ap, "segm/ap50": scores.ap50, "segm/ap75": scores.ap75} if scores else {}


def _figures(scores: Scores) -> dict[str, float | None]:
    per_class = {f"ap/{row.name}": row.ap for row in scores.per_class}
    return {"ap": scores.ap, "ap50": scores.ap50, "ap75": scores.ap75, **per_class}
