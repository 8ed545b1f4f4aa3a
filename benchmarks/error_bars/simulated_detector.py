"""A simulated detector with any number of simulated images.

Images differ: on a hard one objects are missed, boxes are bad and scores are low, all at once, and objects come in
clusters. So the boxes of an image are not independent, and resampling must draw images.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.predictions import Truth
from core.tables import ANNOTATIONS, CATEGORIES, DETECTIONS, IMAGES, from_columns

_SIDE = 640
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Detector:
    """The simulated images and the behaviour of the detector on them.

    `objects` is the mean count of each class per image, `skill` the log-odds of finding an object of average
    difficulty, `spread` the variation between images, `strays` the false positives per image, `blur` the error of a box
    relative to its sides.
    """

    objects: tuple[float, ...]
    skill: float = 2.0
    spread: float = 0.8
    strays: float = 2.0
    mixed_up: float = 0.08
    doubled: float = 0.12
    blur: float = 0.06

    def better(self, by: float) -> "Detector":
        """The same detector with more skill."""
        return replace(self, skill=self.skill + by, blur=self.blur * float(np.exp(-by / 4)))


@dataclass(frozen=True, kw_only=True)
class World:
    """Images with their objects, and the difficulty of each."""

    truth: Truth
    hardness: _Floats  # (P,) of images
    object_hardness: _Floats  # (M,) of objects


def make_world(detector: Detector, images: int, random: np.random.Generator) -> World:
    """New images for the detector."""
    classes = len(detector.objects)
    # Poisson counts with a gamma-distributed mean: some images are crowded.
    crowding = random.gamma(2.0, 0.5, (images, 1))
    counts = random.poisson(crowding * np.asarray(detector.objects))
    image_index, kinds = (axis.repeat(counts.ravel()) for axis in np.indices(counts.shape).reshape(2, -1))
    hardness = random.normal(0, detector.spread, images)
    boxes = _boxes(len(image_index), random)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    numbers = np.arange(1, images + 1)
    names = [f"{number:06}.png" for number in numbers]
    tables = Truth(
        images=from_columns(
            IMAGES,
            {"image_id": numbers, "file_name": names, "width": [_SIDE] * images, "height": [_SIDE] * images}
            | {"split": ["test"] * images, "use": ["labelled"] * images, "source": names}
            | {"content_hash": [""] * images},
        ),
        annotations=from_columns(
            ANNOTATIONS,
            {"annotation_id": np.arange(1, len(image_index) + 1), "image_id": image_index + 1, "category_id": kinds}
            | dict(zip(("x1", "y1", "x2", "y2"), boxes.T, strict=True))
            | {"area": area, "is_crowd": np.zeros(len(image_index), dtype=bool)}
            | {name: [""] * len(image_index) for name in ("segmentation", "source_file")}
            | {"source_line": [0] * len(image_index)},
        ),
        categories=from_columns(
            CATEGORIES,
            {name: range(classes) for name in ("category_id", "source_id")}
            | {"name": [f"class {number}" for number in range(classes)]},
        ),
    )
    return World(
        truth=tables,
        hardness=hardness,
        object_hardness=hardness[image_index] + random.normal(0, 0.8, len(image_index)) - np.log(area / 4000) / 3,
    )


def detect(detector: Detector, world: World, random: np.random.Generator) -> pd.DataFrame:
    """The detections on these images."""
    objects, hard = world.truth.annotations, world.object_hardness
    classes = len(detector.objects)
    ease = detector.skill - 1.5 * hard
    sure = ease + random.normal(0, 1.0, len(ease))
    found = np.flatnonzero(random.random(len(ease)) < _odds(ease))
    twice = found[random.random(len(found)) < detector.doubled]
    rows = np.concatenate([found, twice])
    boxes = objects[["x1", "y1", "x2", "y2"]].to_numpy()[rows]
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    blur = detector.blur * np.exp(0.35 * hard[rows] + random.normal(0, 0.4, len(rows)))
    blur[len(found) :] *= 3
    boxes = boxes + random.normal(0, 1, boxes.shape) * blur[:, None] * sides
    kinds = objects["category_id"].to_numpy()[rows]
    is_mixed_up = random.random(len(rows)) < detector.mixed_up * np.exp(0.5 * hard[rows])
    kinds = np.where(is_mixed_up, random.integers(0, classes, len(rows)), kinds)
    scores = _odds(sure[rows] - 1.5 * is_mixed_up - 1.5 * (np.arange(len(rows)) >= len(found)))
    stray_images = np.arange(len(world.hardness)).repeat(
        random.poisson(detector.strays * np.exp(0.5 * world.hardness - detector.spread**2 / 8))
    )
    shares = np.asarray(detector.objects) / sum(detector.objects)
    stray_kinds = random.choice(classes, len(stray_images), p=(shares + 1 / classes) / 2)
    stray_scores = _odds(random.normal(-1.5, 1.3, len(stray_images)))
    boxes = np.concatenate([boxes, _boxes(len(stray_images), random)])
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    return from_columns(
        DETECTIONS,
        {
            "detection_id": np.arange(1, len(boxes) + 1),
            "image_id": np.concatenate([objects["image_id"].to_numpy()[rows], stray_images + 1]),
            "category_id": np.concatenate([kinds, stray_kinds]),
            **dict(zip(("x1", "y1", "x2", "y2"), boxes.T, strict=True)),
            "score": np.concatenate([scores, stray_scores]),
        },
    )


def _boxes(count: int, random: np.random.Generator) -> _Floats:
    """(N, 4) corners x1 y1 x2 y2 in px, mostly small relative to the image."""
    sides = random.lognormal(4.0, 0.5, (count, 2)).clip(12, 300)
    corners = random.random((count, 2)) * (_SIDE - sides)
    return np.hstack([corners, corners + sides])


def _odds(value: _Floats) -> _Floats:
    return np.asarray(1 / (1 + np.exp(-value)))
