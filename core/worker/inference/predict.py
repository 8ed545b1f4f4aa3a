"""Runs a model on images: a table of detections and, on labelled images, its losses."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from detectron2.structures import Instances
from detectron2.utils.events import EventStorage

from core.evaluation.scores.mask_scores import MASK
from core.tables import DETECTIONS, empty, from_columns
from core.training.recipe.recipe import View
from core.worker.data.augment import evaluation_mapper
from core.worker.data.dataset import Record, in_batches
from core.worker.data.mask_transforms import masks_of
from core.worker.data.seeding import seed_of, seeded
from core.worker.inference.tta import TestTimeAugmentation
from core.worker.model.detectron import CfgNode
from core.worker.model.mixed_precision import evaluation_precision

# The same in every evaluation, because padding to a larger image of the batch changes a box's last digits.
BATCH: Final = 4

ImagesDone = Callable[[int, int], None]  # images done, of how many
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Predictions:
    """A model's detections on a split and, if requested, its mean losses under Detectron2's names."""

    detections: pd.DataFrame
    losses: dict[str, float]


def predict(
    model: torch.nn.Module,
    cfg: CfgNode,
    views: Sequence[View],
    samples: list[Record],
    progress: ImagesDone,
    cancelled: Cancelled,
    with_losses: bool = False,
) -> Predictions | None:
    """The model's detections on the samples, in core.tables.DETECTIONS; None if `cancelled` became true.

    A model with masks adds a column of masks (core.evaluation.scores.mask_scores). `views`: those of the recipe
    (core.worker.inference.tta).

    `with_losses`: also computes training's losses on images without augmentation. A fixed seed draws the sampled
    proposals, so that two checkpoints are compared on equal terms. The model's state does not change.
    """
    mapper = evaluation_mapper(cfg, with_objects=with_losses)
    detector = TestTimeAugmentation(cfg, model, views) if len(views) > 1 else model
    rows: list[pd.DataFrame] = []
    sums: dict[str, float] = defaultdict(float)
    progress(0, len(samples))
    with _undisturbed(model), _features_once(model), torch.no_grad(), evaluation_precision(cfg):
        for number, batch in enumerate(in_batches(samples, mapper, BATCH)):
            if cancelled():
                return None
            if with_losses:
                for name, value in _losses(model, batch, seed_of(cfg.SEED, "validation", number)).items():
                    sums[name] += value * len(batch)
            model.eval()
            rows += [
                _table(sample["image_id"], out["instances"]) for sample, out in zip(batch, detector(batch), strict=True)
            ]
            progress(min((number + 1) * BATCH, len(samples)), len(samples))
    return Predictions(_numbered(rows), {name: total / len(samples) for name, total in sums.items()})


def _losses(model: torch.nn.Module, batch: list[Record], seed: int) -> dict[str, float]:
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.eval()  # use the running statistics, and do not change them
    # The losses write into the current storage, which must not be training's.
    with seeded(seed), EventStorage():
        return {name: float(value) for name, value in model(batch).items()}


class _Remembering(torch.nn.Module):
    """A backbone that returns the features of the last batch again for the same images."""

    def __init__(self, backbone: torch.nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.size_divisibility = backbone.size_divisibility
        self._images: torch.Tensor | None = None
        self._features: Any = None

    def forward(self, images: torch.Tensor) -> Any:
        """The features of (N, 3, H, W) normalised images."""
        if self._images is None or not torch.equal(self._images, images):
            self._images, self._features = images, self.backbone(images)
        return self._features


@contextmanager
def _features_once(model: torch.nn.Module) -> Iterator[None]:
    """Computes the features of a batch once for losses and detections: they are most of the work of both."""
    backbone = model.backbone
    model.backbone = _Remembering(backbone)
    try:
        yield
    finally:
        model.backbone = backbone


@contextmanager
def _undisturbed(model: torch.nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    # RetinaNet divides its losses by a running mean that is no buffer.
    normalizer = getattr(model, "loss_normalizer", None)
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        if normalizer is not None:
            model.loss_normalizer = normalizer
        elif hasattr(model, "loss_normalizer"):
            del model.loss_normalizer


def _table(image_id: int, instances: Instances) -> pd.DataFrame:
    boxes = instances.pred_boxes.tensor.float().cpu().numpy().astype(np.float64)
    columns = {
        "detection_id": np.zeros(len(boxes), np.int64),
        "image_id": np.full(len(boxes), image_id),
        "category_id": instances.pred_classes.cpu().numpy(),
        "score": instances.scores.float().cpu().numpy().astype(np.float64).clip(0, 1),
        **{name: boxes[:, index] for index, name in enumerate(("x1", "y1", "x2", "y2"))},
    }
    table = from_columns(DETECTIONS, columns)
    return table.assign(**{MASK: masks_of(instances.pred_masks)}) if instances.has("pred_masks") else table


def _numbered(rows: list[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(rows, ignore_index=True) if rows else empty(DETECTIONS)
    return table.assign(detection_id=np.arange(1, len(table) + 1))
