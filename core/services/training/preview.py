"""Draws training images as a plan's augmentation changes them. The warm worker computes them; no torch here."""

import base64
import io
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import AppError, StorageError
from core.figures.colours import class_colour
from core.figures.images import DrawnBox, image_with_boxes
from core.progress import Progress
from core.services.training import warm_worker
from core.services.training.plan import Plan
from core.settings import Settings
from core.storage_errors import writing

PREVIEW_SAMPLES: Final = 8
# Cached answers: a page asks again at every click, and a few images take some hundred kB.
_KEPT: Final = 16
_LABELLED_BOXES: Final = 12  # with more, names hide the image

_answers: OrderedDict[str, dict[str, Any]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenImage:
    """An image as it enters the network. `sides_px`: square root of each box's area, smallest first."""

    jpeg: bytes  # with its boxes drawn
    width: int
    height: int
    sides_px: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSample:
    """A training image: `augmented` as in training, and `plain` as in validation and use."""

    image_id: int
    file_name: str
    augmented: SeenImage
    plain: SeenImage


def render_preview(
    settings: Settings, plan: Plan, progress: Progress, first: int = 0, long_side: int | None = None
) -> list[PreviewSample]:
    """Eight samples of the plan's training, from position `first` on, exactly as its seed will draw them.

    `long_side`: their largest size in px, without class names; None: their size in the network. A call after a pause
    starts a worker (some seconds). Raises AppError for a recipe that cannot be trained.
    """
    request = {
        "data": str(plan.data.folder.resolve()),
        "recipe": plan.recipe.to_json(),
        "first": first,
        "count": PREVIEW_SAMPLES,
    }
    answer = _ask(settings, request, progress)
    return [
        PreviewSample(
            image_id=int(sample["image_id"]),
            file_name=str(sample["file_name"]),
            augmented=_drawn(sample["augmented"], plan.data.classes, long_side),
            plain=_drawn(sample["plain"], plan.data.classes, long_side),
        )
        for sample in answer["samples"]
    ]


def save_preview(settings: Settings, plan: Plan, out: Path, progress: Progress) -> list[dict[str, Any]]:
    """Write the samples as images into a folder (`1 augmented.jpg`, `1 plain.jpg`, …) and describe each file.

    Raises AppError if the folder cannot be written to.
    """
    rows = []
    samples = render_preview(settings, plan, progress)
    try:
        with writing(out):
            out.mkdir(parents=True, exist_ok=True)
        for number, sample in enumerate(samples, start=1):
            for kind, seen in (("augmented", sample.augmented), ("plain", sample.plain)):
                name = f"{number} {kind}.jpg"
                with writing(out / name):
                    (out / name).write_bytes(seen.jpeg)
                rows.append(_row(name, sample, kind, seen))
    except StorageError:
        raise
    except OSError as error:
        raise AppError(f"{out} cannot be written to: {error.strerror}.", "Choose another folder.") from error
    return rows


def _row(name: str, sample: PreviewSample, kind: str, seen: SeenImage) -> dict[str, Any]:
    return {
        "file": name,
        "kind": kind,
        "image": sample.image_id,
        "image_file": sample.file_name,
        "width": seen.width,
        "height": seen.height,
        "objects": len(seen.sides_px),
        "smallest_px": round(seen.sides_px[0], 1) if seen.sides_px else None,
        "largest_px": round(seen.sides_px[-1], 1) if seen.sides_px else None,
    }


def _ask(settings: Settings, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The worker's answer, or the cached one: versions never change, and the seed decides the rest."""
    key = json.dumps(request, sort_keys=True)
    with _lock:
        kept = _answers.get(key)
    if kept is None:
        kept = warm_worker.ask(settings, "preview", request, progress)
    with _lock:
        _answers[key] = kept
        _answers.move_to_end(key)
        while len(_answers) > _KEPT:
            _answers.popitem(last=False)
    return kept


def _drawn(seen: dict[str, Any], classes: tuple[str, ...], long_side: int | None) -> SeenImage:
    boxes = np.asarray(seen["boxes"], dtype=np.float64).reshape(-1, 4)
    full = max(int(seen["width"]), int(seen["height"]))
    shown_px = min(full, long_side or full)
    labels = classes if len(boxes) <= _LABELLED_BOXES and long_side is None else ("",) * len(classes)
    drawn = [
        DrawnBox(corners=(x1, y1, x2, y2), colour=class_colour(category), label=labels[category])
        for (x1, y1, x2, y2), category in zip(boxes.tolist(), seen["categories"], strict=True)
    ]
    sides = np.sqrt(np.maximum(0, (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])))
    image = io.BytesIO(base64.b64decode(seen["jpeg"]))
    jpeg = image_with_boxes(image, drawn, shown_px)
    return SeenImage(
        jpeg=jpeg, width=int(seen["width"]), height=int(seen["height"]), sides_px=tuple(sorted(sides.tolist()))
    )
