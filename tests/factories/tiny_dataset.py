"""Maker of a data set version of a few small images with two classes of coloured shapes, stored as by an import."""

import hashlib
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.labels.label_set import LabelSet
from core.settings import Settings
from core.tables import ANNOTATIONS, CATEGORIES, IMAGES, SPLITS, from_columns
from core.workspace.datasets import VersionFolder, publish, store_tables

_COLOURS = ((220, 60, 40), (50, 90, 220))


@dataclass(frozen=True, kw_only=True)
class DatasetMaker:
    """The properties of the data set. The first `background` training images hold nothing, `unlabelled` are extra."""

    name: str = "shapes"
    train: int = 8
    val: int = 3
    size: int = 96
    background: int = 0
    unlabelled: int = 0
    reasons: tuple[str, ...] = ()
    seed: int = 0
    test: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)  # of version.json, beside those of any import
    masks: str = ""  # "polygons", "rle" (run lengths), or both in turn as "mixed"; "": boxes only

    def make(self, settings: Settings) -> str:
        """Stores the data set and returns its id."""
        staged = settings.workspace / "uploads" / f"making-{self.seed}-{time.monotonic_ns()}" / "version"
        folder = VersionFolder(staged)
        folder.images.mkdir(parents=True)
        random = np.random.default_rng(self.seed)
        splits = ["train"] * self.train + ["val"] * self.val + ["test"] * self.test + ["train"] * self.unlabelled
        uses = ["background"] * self.background + ["labelled"] * (self.train + self.val + self.test - self.background)
        uses += ["unlabelled"] * self.unlabelled
        boxes = [self._image(folder.images / f"{i}.png", random, use) for i, use in enumerate(uses)]
        labels = LabelSet(
            images=self._images(folder.images, splits, uses),
            annotations=_annotations(boxes, self),
            categories=_categories(),
        )
        facts = {**self._facts(labels, splits, uses), **self.facts}
        store_tables(folder, labels, [], facts)
        key = publish(settings, self.name, staged)[0]
        shutil.rmtree(staged.parent)
        return key

    def _facts(self, labels: LabelSet, splits: list[str], uses: list[str]) -> dict[str, Any]:
        """The content of version.json after an import (core.services.datasets.imports), for every page."""
        used = [split for split, use in zip(splits, uses, strict=True) if use != "unlabelled"]
        return {
            "created": time.time(),
            "parent": None,
            "format": "text",
            "evidence": "Made for a test.",
            "source": {
                "name": self.name,
                "images": len(labels.images),
                "annotations": len(labels.annotations),
                "unmatched_images": 0,
                "unmatched_labels": 0,
            },
            "uses": {use: uses.count(use) for use in ("labelled", "background", "unlabelled")},
            "left_out": {"images": 0, "objects": 0},
            "class_map": {},
            "split": "70/15/15",
            "findings": {},
            "options": {},
            "ready": not self.reasons,
            "reasons": list(self.reasons),
            "imported": {"images": len(labels.images), "annotations": len(labels.annotations)},
            "classes": labels.class_names,
            "splits": {split: used.count(split) for split in SPLITS},
            "content_hash": hashlib.sha256(f"{self}".encode()).hexdigest(),
            "bytes": 0,
        }

    def _image(self, path: Path, random: np.random.Generator, use: str) -> list[tuple[int, ...]]:
        pixels = random.integers(100, 130, (self.size, self.size, 3)).astype(np.uint8)
        boxes: list[tuple[int, ...]] = []
        for category, colour in enumerate(_COLOURS) if use == "labelled" else ():
            side = int(random.integers(self.size // 4, self.size // 2))
            x, y = (int(value) for value in random.integers(0, self.size - side, 2))
            pixels[y : y + side, x : x + side] = colour
            boxes.append((category, x, y, x + side, y + side))
        Image.fromarray(pixels).save(path)
        return boxes

    def _images(self, folder: Path, splits: list[str], uses: list[str]) -> Any:
        names = [f"{index}.png" for index in range(len(splits))]
        columns = {
            "image_id": range(1, len(names) + 1),
            "file_name": names,
            "width": [self.size] * len(names),
            "height": [self.size] * len(names),
            "split": splits,
            "use": uses,
            "source": names,
            "content_hash": [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names],
        }
        return from_columns(IMAGES, columns)


def _annotations(boxes: list[list[tuple[int, ...]]], maker: DatasetMaker) -> Any:
    rows = [(image + 1, *box) for image, found in enumerate(boxes) for box in found]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(("image_id", "category_id"))}
    columns |= {name: [row[place] for row in rows] for place, name in enumerate(("x1", "y1", "x2", "y2"), start=2)}
    areas = [(x2 - x1) * (y2 - y1) for _, _, x1, y1, x2, y2 in rows]
    constant = {"is_crowd": [False] * len(rows), "source_file": [""] * len(rows)}
    constant["segmentation"] = [_mask(row[2:], maker, place) for place, row in enumerate(rows)]
    ids = {"annotation_id": range(1, len(rows) + 1), "source_line": [0] * len(rows)}
    return from_columns(ANNOTATIONS, {**columns, **constant, **ids, "area": areas})


def _mask(box: tuple[int, ...], maker: DatasetMaker, place: int) -> str:
    """COCO's segmentation of a filled square, as a polygon or as uncompressed run lengths (by columns)."""
    kind = ("polygons", "rle")[place % 2] if maker.masks == "mixed" else maker.masks
    if not kind:
        return ""
    x1, y1, x2, y2 = box
    if kind == "polygons":
        return json.dumps([[x1, y1, x2, y1, x2, y2, x1, y2]])
    mask = np.zeros((maker.size, maker.size), np.int8)
    mask[y1:y2, x1:x2] = 1
    changes = np.flatnonzero(np.diff(mask.ravel(order="F"), prepend=0).astype(bool))
    counts = np.diff(np.concatenate([[0], changes, [mask.size]]))
    return json.dumps({"size": [maker.size, maker.size], "counts": counts.tolist()})


def _categories() -> Any:
    names = ["red", "blue"]
    return from_columns(CATEGORIES, {"category_id": [0, 1], "name": names, "source_id": names})
