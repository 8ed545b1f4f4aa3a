"""Writes COCO documents with the run lengths, boxes and areas of pycocotools, and says what pycocotools reads."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as masks
from pycocotools.coco import COCO

from tests.labels.layouts.referees.scene import CLASSES, LABELS, SIZES, Box, polygon_in, whole_px, write_images


def write_all(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Writes the scene with each kind of mask; yields its name, its folder, and the format to read it with."""
    for name, encode in (("compressed masks", _of_mask), ("polygons as run lengths, a crowd", _of_polygon)):
        target = folder / name.replace(", ", "-").replace(" ", "_")
        write_images(target / "images")
        (target / "instances.json").write_text(json.dumps(_document(encode)))
        yield name, target, "coco"


def read(folder: Path, read_as: str) -> list[tuple[str, str, Box]]:
    """(image, class, corners in px) of each object that pycocotools reads from the files of instances."""
    objects = []
    for file in sorted(folder.rglob("*instances*.json")) or sorted(folder.rglob("*.json")):
        with contextlib.redirect_stdout(io.StringIO()):
            coco: Any = COCO(str(file))
        for annotation in coco.loadAnns(coco.getAnnIds()):
            x, y, width, height = annotation["bbox"]
            image = coco.loadImgs(annotation["image_id"])[0]["file_name"]
            name = coco.loadCats(annotation["category_id"])[0]["name"]
            objects.append((image, name, (x, y, x + width, y + height)))
    return objects


def _document(encode: Any) -> dict[str, Any]:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (name, (width, height)) in enumerate(SIZES.items(), 1):
        images.append({"id": image_id, "file_name": name, "width": width, "height": height})
        for label, box in LABELS[name]:
            run_lengths = encode(box, width, height)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": CLASSES.index(label) + 1,
                    "bbox": masks.toBbox(run_lengths).tolist(),
                    "area": float(masks.area(run_lengths)),
                    "iscrowd": int(encode is _of_polygon and not annotations),
                    "segmentation": {**run_lengths, "counts": run_lengths["counts"].decode()},
                }
            )
    categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES, 1)]
    return {"images": images, "annotations": annotations, "categories": categories}


def _of_mask(box: Box, width: int, height: int) -> Any:
    x1, y1, x2, y2 = whole_px(box)
    mask = np.zeros((height, width), dtype=np.uint8, order="F")
    mask[y1:y2, x1:x2] = 1
    return masks.encode(mask)


def _of_polygon(box: Box, width: int, height: int) -> Any:
    return masks.merge(masks.frPyObjects([polygon_in(box)], height, width))
