"""Datumaro's JSON.

Schema (its documentation, "Datumaro format"): annotations/SUBSET.json: dm_format_version, media_type, infos, categories
{label: {labels: [{name, parent, attributes}]}}, items. item: id, annotations, attr, image {path, size [height, width]}.
annotation: id, type (bbox, polygon, mask, label, ...), label_id, bbox [x, y, width, height] in px, attributes, group,
z_order. Images are images/SUBSET/ID.jpg.
"""

from typing import Any

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, images_at, scene


def _datumaro(items: list[dict[str, Any]]) -> dict[str, Any]:
    labels = [{"name": "cat", "parent": "", "attributes": []}, {"name": "dog", "parent": "", "attributes": []}]
    return {"dm_format_version": "1.0", "media_type": 2, "infos": {}, "categories": {"label": {"labels": labels}},
            "items": items}  # fmt: skip


def _item(name: str, *objects: tuple[int, list[float]]) -> dict[str, Any]:
    width, height = SIZES[name]
    annotations = [
        {"id": number, "type": "bbox", "attributes": {"occluded": False}, "group": 0, "label_id": label, "z_order": 0,
         "bbox": box}
        for number, (label, box) in enumerate(objects)
    ]  # fmt: skip
    stem = name.rpartition(".")[0]
    return {"id": stem, "annotations": annotations, "attr": {}, "image": {"path": name, "size": [height, width]}}


LAYOUTS = {
    "two subsets": Layout(
        format="datumaro",
        images=images_at("images/train/a.jpg", "images/train/c.jpg", "images/val/b.jpg"),
        files={
            "annotations/train.json": _datumaro([
                _item("a.jpg", (0, [20, 10, 60, 50]), (1, [100, 20, 80, 70])), _item("c.jpg"),
            ]),
            "annotations/val.json": _datumaro([_item("b.jpg", (0, [12, 40, 60, 80]))]),
        },
        objects=scene("images/train/a.jpg", "images/val/b.jpg"),
        background=("images/train/c.jpg",),
        splits={"images/train/a.jpg": "train", "images/train/c.jpg": "train", "images/val/b.jpg": "val"},
    ),
}  # fmt: skip
