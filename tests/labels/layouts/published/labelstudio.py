"""Label Studio's JSON and JSON-MIN.

Schema (its documentation, "Export annotations"): a list of tasks: id, data {image}, annotations, predictions,
file_upload. annotation: id, completed_by, was_cancelled, result. result: type rectanglelabels, original_width,
original_height, value {x, y, width, height: per cent of the image; rotation, rectanglelabels}. JSON-MIN: a list of
{image, label: [{x, y, width, height, rotation, rectanglelabels, original_width, original_height}], annotator, ...}.
"""

from typing import Any

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, images_at, scene


def _percent(label: str, x: float, y: float, width: float, height: float) -> dict[str, Any]:
    return {"x": x, "y": y, "width": width, "height": height, "rotation": 0, "rectanglelabels": [label]}


def _result(name: str, value: dict[str, Any]) -> dict[str, Any]:
    width, height = SIZES[name]
    return {"id": "r", "type": "rectanglelabels", "from_name": "label", "to_name": "image", "value": value,
            "original_width": width, "original_height": height, "image_rotation": 0}  # fmt: skip


_VALUES = {
    "a.jpg": [_percent("cat", 10, 10, 30, 50), _percent("dog", 50, 20, 40, 70)],
    "b.jpg": [_percent("cat", 10, 25, 50, 50)],
    "c.jpg": [],
}


def _task(number: int, name: str, address: str, **more: Any) -> dict[str, Any]:
    results = [_result(name, value) for value in _VALUES[name]]
    annotation = {"id": number, "completed_by": 1, "was_cancelled": False, "ground_truth": False, "result": results}
    return {"id": number, "data": {"image": address}, "annotations": [annotation], "predictions": [], **more}


LAYOUTS = {
    "JSON, with names of an upload": Layout(
        format="labelstudio",
        images={
            "images/3f1c2a-a.jpg": SIZES["a.jpg"],
            "images/90aa10-b.jpg": SIZES["b.jpg"],
            "images/77cc21-c.jpg": SIZES["c.jpg"],
        },
        files={
            "project-1.json": [
                _task(1, "a.jpg", "/data/upload/1/3f1c2a-a.jpg", file_upload="3f1c2a-a.jpg"),
                _task(2, "b.jpg", "/data/upload/1/90aa10-b.jpg", file_upload="90aa10-b.jpg"),
                _task(3, "c.jpg", "/data/upload/1/77cc21-c.jpg", file_upload="77cc21-c.jpg"),
            ]
        },
        objects=scene("images/3f1c2a-a.jpg", "images/90aa10-b.jpg"),
        background=("images/77cc21-c.jpg",),
    ),
    "JSON of a local folder, with a cancelled annotation and a prediction": Layout(
        format="labelstudio",
        images=images_at("pets/a.jpg", "pets/b.jpg"),
        files={
            "tasks.json": [
                _task(1, "a.jpg", "/data/local-files/?d=pets/a.jpg",
                      predictions=[{"id": 9, "result": [_result("a.jpg", _percent("cat", 1, 1, 5, 5))], "score": 0.4}]),
                {
                    **_task(2, "b.jpg", "/data/local-files/?d=pets/b.jpg"),
                    "annotations": [
                        {"id": 20, "completed_by": 2, "was_cancelled": True,
                         "result": [_result("b.jpg", _percent("dog", 0, 0, 9, 9))]},
                        *_task(2, "b.jpg", "")["annotations"],
                    ],
                },
            ]
        },
        objects=scene("pets/a.jpg", "pets/b.jpg"),
        left_out={"cancelled annotations": 1, "predictions": 1},
        looks=("left-out", "left-out"),
    ),
    "JSON-MIN": Layout(
        format="labelstudio",
        images=images_at("a.jpg", "b.jpg"),
        files={
            "project-min.json": [
                {
                    "id": number, "image": f"/data/upload/1/{name}", "annotator": 1, "annotation_id": number,
                    "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "lead_time": 3.1,
                    "label": [
                        value | {"original_width": SIZES[name][0], "original_height": SIZES[name][1]}
                        for value in _VALUES[name]
                    ],
                }
                for number, name in enumerate(("a.jpg", "b.jpg"), 1)
            ]
        },
        objects=scene(),
    ),
}  # fmt: skip
