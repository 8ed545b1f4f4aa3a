"""JSON of LabelMe, VoTT, Label Studio, Detectron2 and Datumaro.

LabelMe (its source, `label_file.py`), one file an image: version, flags, shapes, imagePath, imageData (base64 or null),
  imageHeight, imageWidth. shape: label, points [[x, y], ...] px, group_id, shape_type (polygon, rectangle: two corners,
  circle: centre and a point on it, line, point, linestrip, mask), flags. Before version 4 a polygon has no shape_type.
VoTT 2 (its source, `applicationState.ts`), a project's export: assets by id: {asset: {name, path, size {width, height},
  state (2: tagged, 1: visited)}, regions: [{tags, boundingBox {left, top, width, height} px, points}]}. One file an asset
  has the same {asset, regions}.
Label Studio ("Export annotations"): a list of tasks: data (image), annotations [{result, was_cancelled, completed_by}],
  predictions. result: type rectanglelabels, original_width, original_height, value {x, y, width, height: per cent of the
  image, rotation, rectanglelabels}. JSON-MIN: a list of {image, label: [{x, y, ..., rectanglelabels, original_width}]}.
Detectron2 ("Use Custom Datasets"): a list of {file_name, height, width, image_id, annotations: [{bbox, bbox_mode (0:
  XYXY_ABS, 1: XYWH_ABS), category_id, segmentation, iscrowd}]}.
Datumaro (its documentation, "Datumaro format"): annotations/SUBSET.json: {dm_format_version, media_type, infos,
  categories: {label: {labels: [{name, parent, attributes}]}}, items: [{id, annotations: [{type bbox, label_id, bbox [x, y,
  width, height] px, attributes, group, id}], image {path, size [height, width]}}]}; images/SUBSET/ID.jpg.
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


def _vott_asset(name: str, *regions: tuple[str, float, float, float, float]) -> dict[str, Any]:
    width, height = SIZES[name]
    asset = {"format": "jpg", "id": f"id-of-{name}", "name": name, "path": f"file:C:/pets/{name}", "type": 1,
             "size": {"width": width, "height": height}, "state": 2 if regions else 1}  # fmt: skip
    return {"asset": asset, "version": "2.2.0", "regions": [_vott_region(*region) for region in regions]}


def _vott_region(tag: str, left: float, top: float, width: float, height: float) -> dict[str, Any]:
    right, bottom = left + width, top + height
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return {
        "id": f"{tag}-{left}", "type": "RECTANGLE", "tags": [tag], "points": [{"x": x, "y": y} for x, y in corners],
        "boundingBox": {"left": left, "top": top, "width": width, "height": height},
    }  # fmt: skip


_VOTT = [
    _vott_asset("a.jpg", ("cat", 20, 10, 60, 50), ("dog", 100, 20, 80, 70)),
    _vott_asset("b.jpg", ("cat", 12, 40, 60, 80)),
    _vott_asset("c.jpg"),
]


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


LABELME = {
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
            }  # fmt: skip
        },
        objects=(("a.jpg", "cat", (20, 10, 80, 60)), ("a.jpg", "dog", (100, 20, 180, 90))),
    ),
}

VOTT = {
    "a project's export": Layout(
        format="vott",
        images=images_at("vott-json-export/a.jpg", "vott-json-export/b.jpg", "vott-json-export/c.jpg"),
        files={
            "vott-json-export/pets-export.json": {
                "name": "pets",
                "version": "2.2.0",
                "tags": [{"name": "cat", "color": "#5db300"}, {"name": "dog", "color": "#e81123"}],
                "assets": {asset["asset"]["id"]: asset for asset in _VOTT},
            }  # fmt: skip
        },
        objects=scene("vott-json-export/a.jpg", "vott-json-export/b.jpg"),
        background=("vott-json-export/c.jpg",),
    ),
    "one file an asset": Layout(
        format="vott",
        images=SIZES,
        files={f"{number}-asset.json": asset for number, asset in enumerate(_VOTT)},
        objects=scene(),
        background=("c.jpg",),
    ),
}

LABEL_STUDIO = {
    "JSON, with names of an upload": Layout(
        format="labelstudio",
        images={"images/3f1c2a-a.jpg": SIZES["a.jpg"], "images/90aa10-b.jpg": SIZES["b.jpg"], "images/77cc21-c.jpg": SIZES["c.jpg"]},
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
        looks=("left-out", "left-out-objects"),
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
                        value | {"original_width": SIZES[name][0], "original_height": SIZES[name][1]} for value in _VALUES[name]
                    ],
                }
                for number, name in enumerate(("a.jpg", "b.jpg"), 1)
            ]
        },
        objects=scene(),
    ),
}  # fmt: skip

DETECTRON2 = {
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

DATUMARO = {
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
