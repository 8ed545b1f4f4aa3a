"""LabelMe's JSON, one file an image.

Schema (LabelMe's source, `label_file.py`): version, flags, shapes, imagePath, imageData (base64 or null), imageHeight,
imageWidth. shape: label, points [[x, y], ...] in px, group_id, flags, shape_type: polygon, rectangle (two corners),
circle (centre and a point on it), line, point, linestrip, mask. Before version 4 a polygon has no shape_type.
"""

from typing import Any

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, images_at, scene


def _labelme(path: str, *shapes: dict[str, Any], data: str | None = None) -> dict[str, Any]:
    width, height = SIZES[path.replace("\\", "/").rpartition("/")[2]]
    return {
        "version": "5.4.1", "flags": {}, "shapes": list(shapes), "imagePath": path, "imageData": data,
        "imageHeight": height, "imageWidth": width,
    }  # fmt: skip


def _shape(label: str, shape_type: str, *points: list[float]) -> dict[str, Any]:
    return {"label": label, "points": list(points), "group_id": None, "shape_type": shape_type, "flags": {}}


_CAT_A = _shape("cat", "rectangle", [20.0, 10.0], [80.0, 60.0])
_DOG_A = _shape("dog", "polygon", [100.0, 20.0], [180.0, 20.0], [180.0, 90.0], [120.0, 90.0])
_CAT_B = _shape("cat", "rectangle", [72.0, 120.0], [12.0, 40.0])


LAYOUTS = {
    "beside the images": Layout(
        format="labelme",
        images=SIZES,
        files={
            "a.json": _labelme("a.jpg", _CAT_A, _DOG_A),
            "b.json": _labelme("b.jpg", _CAT_B),
            "c.json": _labelme("c.jpg"),
        },
        objects=scene(),
        background=("c.jpg",),
    ),
    "in another folder, written on Windows": Layout(
        format="labelme",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "labels/a.json": _labelme("..\\images\\a.jpg", _CAT_A, _DOG_A),
            "labels/b.json": _labelme("..\\images\\b.jpg", _CAT_B),
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
    ),
    # A circle of radius 30 about (50, 40): 20 to 80 and 10 to 70.
    "circles": Layout(
        format="labelme",
        images=images_at("a.jpg"),
        files={"a.json": _labelme("a.jpg", _shape("cat", "circle", [50.0, 40.0], [50.0, 70.0]), _DOG_A)},
        objects=(("a.jpg", "cat", (20, 10, 80, 70)), ("a.jpg", "dog", (100, 20, 180, 90))),
    ),
    "version 3, without types of shapes": Layout(
        format="labelme",
        images=images_at("a.jpg"),
        files={
            "a.json": {
                "flags": {},
                "lineColor": [0, 255, 0, 128],
                "fillColor": [255, 0, 0, 128],
                "imagePath": "a.jpg",
                "imageData": "AAAA",
                "shapes": [
                    {
                        "label": "cat",
                        "line_color": None,
                        "fill_color": None,
                        "points": [[20, 10], [80, 10], [80, 60], [20, 60]],
                    },
                    {
                        "label": "dog",
                        "line_color": None,
                        "fill_color": None,
                        "points": [[100, 20], [180, 55], [140, 90]],
                    },
                ],
            }
        },
        objects=(("a.jpg", "cat", (20, 10, 80, 60)), ("a.jpg", "dog", (100, 20, 180, 90))),
    ),
}
