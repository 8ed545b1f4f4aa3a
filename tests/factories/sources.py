"""Small data sources in the reference text format: images of noise and lines of labels."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from core.labels.images.scan import COLUMNS, ImageFact
from core.labels.label_set import LabelSet
from core.tables import ANNOTATIONS, CATEGORIES, IMAGES, from_columns


def make_image(size: tuple[int, int] = (64, 48), seed: int = 0) -> Image.Image:
    """An image of coarse seeded noise: no two seeds look alike, and JPEG hardly changes it."""
    coarse = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


@dataclass(frozen=True)
class Source:
    """`labels` is image stem -> lines; an image without an entry has no label file."""

    labels: dict[str, list[str]] = field(
        default_factory=lambda: {f"p{number}": ["cat 4 4 24 24", "dog 30 10 50 40"] for number in range(8)}
    )
    classes: tuple[str, ...] = ("cat", "dog")
    size: tuple[int, int] = (64, 48)
    unlabelled: tuple[str, ...] = ()

    def write(self, folder: Path) -> Path:
        """Writes the source below the folder, which it makes."""
        (folder / "images").mkdir(parents=True)
        (folder / "labels").mkdir()
        (folder / "classes.txt").write_text("\n".join(self.classes) + "\n")
        for seed, stem in enumerate([*self.labels, *self.unlabelled]):
            make_image(self.size, seed).save(folder / "images" / f"{stem}.png")
        for stem, lines in self.labels.items():
            (folder / "labels" / f"{stem}.txt").write_text("".join(f"{line}\n" for line in lines))
        return folder


def label_set(
    boxes: list[tuple[float, float, float, float]],
    image_ids: list[int] | None = None,
    category_ids: list[int] | None = None,
    **images: Any,
) -> LabelSet:
    """A label set with these boxes (all in image 1 and of class 0 by default); `images` replaces image columns."""
    image_ids, category_ids = image_ids or [1] * len(boxes), category_ids or [0] * len(boxes)
    ids = images.pop("image_id", sorted({1, *image_ids}))
    columns: dict[str, Any] = {
        "image_id": ids,
        "file_name": [f"{key}.png" for key in ids],
        "width": [0] * len(ids),
        "height": [0] * len(ids),
        "split": [""] * len(ids),
        "use": ["labelled"] * len(ids),
        "source": [f"{key}.png" for key in ids],
        "content_hash": [""] * len(ids),
    }
    corners = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    annotations = {
        "annotation_id": range(1, len(boxes) + 1),
        "image_id": image_ids,
        "category_id": category_ids,
        **{name: corners[:, side] for side, name in enumerate(("x1", "y1", "x2", "y2"))},
        "area": np.prod(np.maximum(corners[:, 2:] - corners[:, :2], 0), axis=1),
        "is_crowd": [False] * len(boxes),
        "segmentation": [""] * len(boxes),
        "source_file": [f"{key}.txt" for key in image_ids],
        "source_line": range(1, len(boxes) + 1),
    }
    classes = range(max([0, *category_ids]) + 1)
    categories = {"category_id": classes, "name": [f"class{key}" for key in classes], "source_id": map(str, classes)}
    return LabelSet(
        images=from_columns(IMAGES, columns | images),
        annotations=from_columns(ANNOTATIONS, annotations),
        categories=from_columns(CATEGORIES, categories | {"source_id": [str(key) for key in classes]}),
    )


def facts(labels: LabelSet, size: tuple[int, int] = (100, 80), **columns: Any) -> pd.DataFrame:
    """Facts of good images of one size, no two alike; `columns` replaces some."""
    width, height = size
    rows = [
        ImageFact(
            image_id=image_id,
            width=width,
            height=height,
            raw_width=width,
            raw_height=height,
            bytes_hash=f"bytes{image_id}",
            pixels_hash=f"pixels{image_id}",
            look_hash=hashlib.sha256(str(image_id).encode()).hexdigest()[:16],
            luminance=120.0,
            white_share=0.01,
            sharpness=900.0,
            entropy=7.2,
        )
        for image_id in labels.images["image_id"]
    ]
    frame = pd.DataFrame([[getattr(row, name) for name in COLUMNS] for row in rows], columns=COLUMNS)
    return frame.assign(**columns)


def turned_in(facts: pd.DataFrame, *, as_stored: bool = False) -> dict[int, tuple[bool, str]]:
    """What reading says of the EXIF-turned images among the facts: whether their labels mean the image as stored."""
    turned = facts.loc[facts["orientation"] > 1, "image_id"]
    return {int(image_id): (as_stored, "so it was read") for image_id in turned}
