"""Writes COCO files: a few boxes whose outcomes are worked out by hand, or tables."""

import json
from pathlib import Path
from typing import Any

from core.services.evaluation import evaluate_files
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.results import Results

SETTINGS = [0.0, 0.0, 20.0, 20.0]
THERE = [100.0, 100.0, 20.0, 20.0]  # corner and size, as in COCO
NOWHERE = [50.0, 50.0, 20.0, 20.0]


def matched_by_hand(folder: Path) -> Settings:
    """A workspace with one evaluation of two files: three images, two classes, each outcome once or twice."""
    settings = Settings(workspace=folder / "workspace")
    evaluate_files(settings, *write_files(folder), images_dir=folder, actor=ADA)
    return settings


def write_files(folder: Path, **changes: Any) -> tuple[Path, Path]:
    """On image 1: a dog found, a dog taken for a cat; on 2: a cat missed, a false positive; on 3: a crowd of cats."""
    truth = {
        "images": [{"id": 10 * key, "file_name": f"p{key}.png", "width": 200, "height": 200} for key in (1, 2, 3)],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 10, "category_id": 1, "bbox": SETTINGS},
            {"id": 2, "image_id": 10, "category_id": 1, "bbox": THERE},
            {"id": 3, "image_id": 20, "category_id": 2, "bbox": SETTINGS},
            {"id": 4, "image_id": 30, "category_id": 2, "bbox": [0, 0, 100, 100], "iscrowd": 1},
        ],
    }
    found = [
        {"image_id": 10, "category_id": 1, "bbox": SETTINGS, "score": 0.9},
        {"image_id": 10, "category_id": 2, "bbox": THERE, "score": 0.8},
        {"image_id": 20, "category_id": 1, "bbox": NOWHERE, "score": 0.7},
        {"image_id": 20, "category_id": 2, "bbox": SETTINGS, "score": 0.3},
        {"image_id": 30, "category_id": 2, "bbox": SETTINGS, "score": 0.6},
    ]
    for name, document in {"truth": truth, "found": found, **changes}.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    for key in (1, 2, 3):
        (folder / f"p{key}.png").touch()
    return folder / "truth.json", folder / "found.json"


def write_results(folder: Path, results: Results) -> tuple[Path, Path]:
    """Writes the tables as COCO files."""
    boxes = {}
    for name, table in (("truth", results.annotations), ("found", results.detections)):
        records = table.drop(columns=["segmentation", "source_file"], errors="ignore").to_dict("records")
        boxes[name] = [
            {**row, "bbox": [row["x1"], row["y1"], row["x2"] - row["x1"], row["y2"] - row["y1"]]} for row in records
        ]
    truth = {
        "images": [{"id": key, "file_name": f"p{key}.png"} for key in results.images["image_id"].tolist()],
        "categories": [{"id": key, "name": f"class {key}"} for key in results.categories["category_id"].tolist()],
        "annotations": [{**row, "iscrowd": int(row["is_crowd"])} for row in boxes["truth"]],
    }
    return write_files(folder, truth=truth, found=boxes["found"])
