"""Makes a few training samples with augmentation, and the same images without it.

A request and its answer are JSON values, because they pass between two processes:
`{"data": version folder, "recipe": Recipe.to_json(), "first": position, "count": n}` and
`{"samples": [{"image_id", "file_name", "augmented": seen, "plain": seen}]}` with
`seen = {"jpeg": base64, "width", "height", "boxes": [[x1, y1, x2, y2]], "categories": [index]}` in network px.
"""

import base64
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.errors import AppError
from core.training.recipe.recipe import Recipe, recipe_from_json
from core.worker.data.augment import evaluation_mapper
from core.worker.data.dataset import DataVersion, Record, open_data, records
from core.worker.data.training_stream import training_stream
from core.worker.model.config import make_config
from core.worker.model.detectron import CfgNode

_MOST_SAMPLES: Final = 64
_QUALITY: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInput:
    """An image as it enters the network: (H, W, 3) uint8 RGB, (N, 4) boxes in its px, (N,) class indices."""

    pixels: npt.NDArray[np.uint8]
    boxes_xyxy: npt.NDArray[np.float64]
    categories: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One position of the training stream: augmented as in training, and plain as in validation and use."""

    record: Record
    augmented: NetworkInput
    plain: NetworkInput


def make_samples(data: DataVersion, recipe: Recipe, positions: range) -> list[Sample]:
    """The samples at these positions of the training stream. Raises AppError for a recipe that cannot be trained."""
    cfg = make_config(recipe, data.classes)
    training_records = _training_records(data.folder, recipe.keep_background, bool(cfg.MODEL.MASK_ON))
    if not training_records:
        raise AppError("The training split has no labelled image.", "Import the data set with another split.")
    stream, plain = training_stream(training_records, cfg, recipe), evaluation_mapper(cfg, with_objects=True)
    samples = []
    for position in positions:
        record = stream.record(position)
        samples.append(Sample(record=record, augmented=_seen(stream[position], cfg), plain=_seen(plain(record), cfg)))
    return samples


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The samples of a request, as JSON values."""
    first, count = int(request["first"]), int(request["count"])
    if first < 0 or not 1 <= count <= _MOST_SAMPLES:
        raise AppError(f"{count} samples from {first} cannot be shown.", f"Ask for 1 to {_MOST_SAMPLES}.")
    data = _open(Path(request["data"]))
    samples = make_samples(data, recipe_from_json(request["recipe"]), range(first, first + count))
    return {
        "samples": [
            {
                "image_id": sample.record["image_id"],
                "file_name": Path(sample.record["file_name"]).name,
                "augmented": _as_json(sample.augmented),
                "plain": _as_json(sample.plain),
            }
            for sample in samples
        ]
    }


# A version never changes, and its records take seconds to make for 100,000 images.
@lru_cache(maxsize=2)
def _open(folder: Path) -> DataVersion:
    return open_data(folder)


@lru_cache(maxsize=2)
def _training_records(folder: Path, keep_background: bool, masks: bool) -> list[Record]:
    data = _open(folder)
    return records(data, data.split("train", keep_background), masks)


def _seen(sample: Record, cfg: CfgNode) -> NetworkInput:
    pixels = sample["image"].permute(1, 2, 0).numpy()
    if cfg.INPUT.FORMAT == "BGR":
        pixels = pixels[:, :, ::-1]
    objects = sample["instances"]
    boxes = objects.gt_boxes.tensor.double().numpy().reshape(-1, 4)
    return NetworkInput(pixels=np.ascontiguousarray(pixels), boxes_xyxy=boxes, categories=objects.gt_classes.numpy())


def _as_json(seen: NetworkInput) -> dict[str, Any]:
    content = io.BytesIO()
    Image.fromarray(seen.pixels).save(content, format="JPEG", quality=_QUALITY)
    height, width = seen.pixels.shape[:2]
    return {
        "jpeg": base64.b64encode(content.getvalue()).decode(),
        "width": width,
        "height": height,
        "boxes": seen.boxes_xyxy.round(2).tolist(),
        "categories": seen.categories.tolist(),
    }
