"""A model on images -> a table of detections, and its losses on labelled ones."""

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

# Images a step: as in every later evaluation, because padding beside a larger image changes a box's last digits.
BATCH: Final = 4

ImagesDone = Callable[[int, int], None]  # images done, of how many
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a model did on a split: its detections and, where asked for, its mean losses under Detectron2's names."""

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
    """The model's detections on the samples, in core.tables.DETECTIONS; None when `cancelled` said so in between.

    Those of a model that draws masks have them in one more column (core.evaluation.scores.mask_scores). `looks`:
    those
    of the recipe (core.worker.inference.tta).

    With losses: the same losses as in training, on unaugmented images, with the proposals that a step samples drawn
    from a fixed seed, so that two checkpoints are compared on equal terms. The model is left as it was.
    """
    mapper = evaluation_mapper(cfg, with_objects=with_losses)
    view = TestTimeAugmentation(cfg, model, views) if len(views) > 1 else model
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
                _table(sample["image_id"], out["instances"]) for sample, out in zip(batch, view(batch), strict=True)
            ]
            progress(min((number + 1) * BATCH, len(samples)), len(samples))
    return Predictions(_numbered(rows), {name: total / len(samples) for name, total in sums.items()})


def _losses(model: torch.nn.Module, batch: list[Record], seed: int) -> dict[str, float]:
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.eval()  # judge with the running statistics, and do not change them
    # The losses write into the current storage; training's must not see them.
    with seeded(seed), EventStorage():
        return {name: float(value) for name, value in model(batch).items()}


class _Remembering(torch.nn.Module):
    """A backbone that gives the same features again for the same images."""

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
    """Losses and detections of a batch share its features, which are most of the work of both."""
    backbone = model.backbone
    model.backbone = _Remembering(backbone)
    try:
        yield
    finally:
        model.backbone = backbone


@contextmanager
def _undisturbed(model: torch.nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    # RetinaNet divides its losses by a running mean of its own, which is no buffer.
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


def _table(image_id: int, found: Instances) -> pd.DataFrame:
    boxes = found.pred_boxes.tensor.float().cpu().numpy().astype(np.float64)
    columns = {
        "detection_id": np.zeros(len(boxes), np.int64),
        "image_id": np.full(len(boxes), image_id),
        "category_id": found.pred_classes.cpu().numpy(),
        "score": found.scores.float().cpu().numpy().astype(np.float64).clip(0, 1),
        **{name: boxes[:, place] for place, name in enumerate(("x1", "y1", "x2", "y2"))},
    }
    table = from_columns(DETECTIONS, columns)
    return table.assign(**{MASK: masks_of(found.pred_masks)}) if found.has("pred_masks") else table


def _numbered(rows: list[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(rows, ignore_index=True) if rows else empty(DETECTIONS)
    return table.assign(detection_id=np.arange(1, len(table) + 1))
