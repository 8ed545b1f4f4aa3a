"""Makers of truths and detections: a few by hand, or random ones with every case of COCO's rules."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.tables import ANNOTATIONS, CATEGORIES, DETECTIONS, IMAGES, from_columns

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Results:
    """The four input tables of an evaluation."""

    images: pd.DataFrame
    annotations: pd.DataFrame
    categories: pd.DataFrame
    detections: pd.DataFrame

    def with_(self, **tables: pd.DataFrame) -> "Results":
        return replace(self, **tables)


def make_images(count: int, split: str = "test") -> pd.DataFrame:
    numbers = np.arange(1, count + 1)
    return from_columns(
        IMAGES,
        {
            "image_id": numbers,
            "file_name": [f"image {number}.png" for number in numbers],
            "width": [200] * count,
            "height": [200] * count,
            "split": [split] * count,
            "use": ["labelled"] * count,
            "source": [f"image {number}.png" for number in numbers],
            "content_hash": [f"{number:064x}" for number in numbers],
        },
    )


def make_categories(*names: str) -> pd.DataFrame:
    numbers = list(range(len(names)))
    return from_columns(CATEGORIES, {"category_id": numbers, "name": list(names), "source_id": numbers})


def make_truths(rows: list[tuple[int, int, Box, bool]]) -> pd.DataFrame:
    """Rows of (image, class, corners, crowd)."""
    boxes = np.array([row[2] for row in rows], dtype=float).reshape(-1, 4)
    return from_columns(
        ANNOTATIONS,
        {
            "annotation_id": range(1, len(rows) + 1),
            "image_id": [row[0] for row in rows],
            "category_id": [row[1] for row in rows],
            **dict(zip(("x1", "y1", "x2", "y2"), boxes.T, strict=True)),
            "area": (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]),
            "is_crowd": [row[3] for row in rows],
            "segmentation": [""] * len(rows),
            "source_file": [""] * len(rows),
            "source_line": [0] * len(rows),
        },
    )


def make_detections(rows: list[tuple[int, int, Box, float]]) -> pd.DataFrame:
    """Rows of (image, class, corners, score)."""
    boxes = np.array([row[2] for row in rows], dtype=float).reshape(-1, 4)
    return from_columns(
        DETECTIONS,
        {
            "detection_id": range(1, len(rows) + 1),
            "image_id": [row[0] for row in rows],
            "category_id": [row[1] for row in rows],
            **dict(zip(("x1", "y1", "x2", "y2"), boxes.T, strict=True)),
            "score": [row[3] for row in rows],
        },
    )


def random_results(
    seed: int,
    *,
    images: int = 12,
    classes: int = 3,
    truths: int = 6,
    copies: int = 2,
    crowd: float = 0.15,
    equal_scores: bool = False,
    strays: int = 4,
    confusion: float = 0.2,
) -> Results:
    """Random truths, detections that are moved copies of them (some of another class), and strays.

    `truths`, `copies` and `strays` are mean counts per image; some images are empty. Corners are whole or half pixels,
    so that equal overlaps and overlaps of exactly 0.5 occur.
    """
    random = np.random.default_rng(seed)
    truth_rows: list[tuple[int, int, Box, bool]] = []
    found_rows: list[tuple[int, int, Box, float]] = []
    for image in range(1, images + 1):
        for _ in range(random.poisson(truths) if random.random() > 0.15 else 0):
            box = _random_box(random)
            kind = int(random.integers(classes))
            truth_rows.append((image, kind, box, bool(random.random() < crowd)))
            for _ in range(random.poisson(copies)):
                shaken = np.round((np.array(box) + random.normal(0, 3, 4)) * 2) / 2
                shaken[2:] = np.maximum(shaken[2:], shaken[:2] + 1)
                other = int(random.integers(classes)) if random.random() < confusion else kind
                found_rows.append((image, other, tuple(shaken.tolist()), _random_score(random, equal_scores)))
        for _ in range(random.poisson(strays)):
            stray = (image, int(random.integers(classes)), _random_box(random), _random_score(random, equal_scores))
            found_rows.append(stray)
    names = [f"class {letter}" for letter in "abcdefghij"[:classes]]
    order = random.permutation(len(found_rows))
    return Results(
        images=make_images(images),
        annotations=make_truths(truth_rows),
        categories=make_categories(*names),
        detections=make_detections([found_rows[place] for place in order]),
    )


def _random_box(random: np.random.Generator) -> Box:
    x, y = random.integers(0, 150, 2)
    width, height = np.round(random.lognormal(3.4, 0.9, 2).clip(2, 140) * 2) / 2
    return float(x), float(y), float(x + width), float(y + height)


def _random_score(random: np.random.Generator, equal: bool) -> float:
    return float(random.integers(1, 5) / 5) if equal else float(random.random())
