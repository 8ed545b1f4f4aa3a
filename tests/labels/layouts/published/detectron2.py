"""Detectron2's records as JSON.

Schema (its documentation, "Use Custom Datasets"): a list of {file_name, height, width, image_id, annotations}.
annotation: bbox, bbox_mode (0: XYXY_ABS, 1: XYWH_ABS), category_id (from 0), segmentation, keypoints, iscrowd. The
names of classes are metadata, so they lie in a list beside.
"""

from typing import Any

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, images_at, scene


def _detectron(number: int, name: str, mode: int, *objects: tuple[int, list[float]]) -> dict[str, Any]:
    width, height = SIZES[name]
    annotations = [{"bbox": box, "bbox_mode": mode, "category_id": category} for category, box in objects]
    return {
        "file_name": f"images/{name}",
        "height": height,
        "width": width,
        "image_id": number,
        "annotations": annotations,
    }


LAYOUTS = {
    "corners": Layout(
        format="detectron2",
        images=images_at("images/a.jpg", "images/b.jpg", "images/c.jpg"),
        files={
            "classes.txt": "cat\ndog\n",
            "records.json": [
                _detectron(0, "a.jpg", 0, (0, [20, 10, 80, 60]), (1, [100, 20, 180, 90])),
                _detectron(1, "b.jpg", 0, (0, [12, 40, 72, 120])),
                _detectron(2, "c.jpg", 0),
            ],
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        background=("images/c.jpg",),
    ),
    "corner and size": Layout(
        format="detectron2",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "classes.txt": "cat\ndog\n",
            "records.json": [
                _detectron(0, "a.jpg", 1, (0, [20, 10, 60, 50]), (1, [100, 20, 80, 70])),
                _detectron(1, "b.jpg", 1, (0, [12, 40, 60, 80])),
            ],
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
    ),
}
