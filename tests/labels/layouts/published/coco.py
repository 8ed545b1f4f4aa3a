"""COCO's JSON in the layouts of the 2017 release, Roboflow, MMDetection, CVAT, Label Studio and LVIS.

Schema (cocodataset.org, "Data format"): {info, licenses, images, annotations, categories}.
  image       id, width, height, file_name, license, flickr_url, coco_url, date_captured
  instance    id, image_id, category_id, segmentation (polygons [[x1, y1, ...], ...], or run lengths), area (px^2),
              bbox [x, y, width, height] px from the left top corner, iscrowd (1: run lengths round a group)
  run lengths {size: [height, width], counts}: down the columns, zeros first, as a list or packed into a text
  keypoints   an instance with keypoints [x, y, v, ...] and num_keypoints; its category lists keypoints and skeleton
  caption     id, image_id, caption
  category    id, name, supercategory
LVIS: images have coco_url instead of file_name, not_exhaustive_category_ids and neg_category_ids; iscrowd is missing.
"""

from collections.abc import Sequence
from typing import Any

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, images_at, scene

_CATEGORIES = [{"id": 1, "name": "cat", "supercategory": "animal"}, {"id": 2, "name": "dog", "supercategory": "animal"}]
_ID = {"a.jpg": 1, "b.jpg": 2, "c.jpg": 3}
# (image, category, corner and size)
_CAT_A = (1, 1, [20, 10, 60, 50])
_DOG_A = (1, 2, [100, 20, 80, 70])
_CAT_B = (2, 1, [12, 40, 60, 80])


def _images(*paths: str) -> list[dict[str, Any]]:
    names = [(path, path.rpartition("/")[2]) for path in paths]
    return [
        {"id": _ID[name], "file_name": path, "width": SIZES[name][0], "height": SIZES[name][1], "license": 1}
        for path, name in names
    ]


def _annotations(*objects: tuple[int, int, Sequence[float]]) -> list[dict[str, Any]]:
    return [
        {"id": number, "image_id": image, "category_id": category, "bbox": box, "area": box[2] * box[3], "iscrowd": 0,
         "segmentation": []}
        for number, (image, category, box) in enumerate(objects, 1)
    ]  # fmt: skip


def _document(*paths: str, annotations: list[dict[str, Any]], categories: Any = None) -> dict[str, Any]:
    return {
        "info": {"description": "pets", "year": 2026},
        "licenses": [{"id": 1, "name": "CC BY 4.0", "url": ""}],
        "images": _images(*paths),
        "annotations": annotations,
        "categories": _CATEGORIES if categories is None else categories,
    }


def _polygon(box: Sequence[float]) -> list[list[float]]:
    x, y, width, height = box
    return [[x, y, x + width, y, x + width, y + height, x, y + height]]


def _with(annotation: dict[str, Any], **more: Any) -> dict[str, Any]:
    return annotation | more


_ALL = _annotations(_CAT_A, _DOG_A, _CAT_B)
_TRAIN = {"train2017/a.jpg": "train", "train2017/c.jpg": "train", "val2017/b.jpg": "val"}

LAYOUTS = {
    "one file beside the images": Layout(
        format="coco",
        images=SIZES,
        files={"annotations.json": _document("a.jpg", "b.jpg", "c.jpg", annotations=_ALL)},
        objects=scene(),
        background=("c.jpg",),
    ),
    "the 2017 release, with captions and keypoints beside": Layout(
        format="coco",
        images=images_at("train2017/a.jpg", "train2017/c.jpg", "val2017/b.jpg"),
        files={
            "annotations/instances_train2017.json": _document(
                "a.jpg", "c.jpg", annotations=_annotations(_CAT_A, _DOG_A)
            ),
            "annotations/instances_val2017.json": _document("b.jpg", annotations=_annotations(_CAT_B)),
            "annotations/captions_train2017.json": {
                "images": _images("a.jpg", "c.jpg"),
                "annotations": [{"id": 1, "image_id": 1, "caption": "A cat looks at a dog."}],
            },
            "annotations/person_keypoints_val2017.json": {
                "images": _images("b.jpg"),
                "annotations": [],
                "categories": [{"id": 1, "name": "person", "keypoints": ["nose"], "skeleton": []}],
            },
        },
        objects=scene("train2017/a.jpg", "val2017/b.jpg"),
        background=("train2017/c.jpg",),
        splits=_TRAIN,
        left_out={"captions": 1},
        looks=("left-out", "left-out", "no-objects"),
    ),
    "keypoints that repeat the instances": Layout(
        format="coco",
        images=images_at("val2017/a.jpg", "val2017/b.jpg"),
        files={
            "annotations/instances_val2017.json": _document("a.jpg", "b.jpg", annotations=_ALL),
            "annotations/person_keypoints_val2017.json": _document(
                "a.jpg", "b.jpg",
                annotations=[_with(_ALL[0], keypoints=[30, 20, 2], num_keypoints=1)],
                categories=[{"id": 1, "name": "cat", "keypoints": ["nose"], "skeleton": []}],
            ),
        },
        objects=scene("val2017/a.jpg", "val2017/b.jpg"),
        left_out={"also in annotations/instances_val2017.json": 1},
        looks=("same-labels", "left-out", "left-out"),
    ),
    # Id 0 is the name of the project; no object has it.
    "Roboflow": Layout(
        format="coco",
        images=images_at("train/a.jpg", "valid/b.jpg", "test/c.jpg"),
        files={
            f"{folder}/_annotations.coco.json": _document(
                name,
                annotations=annotations,
                categories=[
                    {"id": 0, "name": "pets", "supercategory": "none"},
                    {"id": 1, "name": "cat", "supercategory": "pets"},
                    {"id": 2, "name": "dog", "supercategory": "pets"},
                ],
            )
            for folder, name, annotations in (
                ("train", "a.jpg", _annotations(_CAT_A, _DOG_A)),
                ("valid", "b.jpg", _annotations(_CAT_B)),
                ("test", "c.jpg", []),
            )
        },
        objects=scene("train/a.jpg", "valid/b.jpg"),
        background=("test/c.jpg",),
        splits={"train/a.jpg": "train", "valid/b.jpg": "val", "test/c.jpg": "test"},
        looks=("no-objects",),
    ),
    # MMDetection's guide to own data sets: `data_root`, `ann_file` and `data_prefix` apart.
    "MMDetection, annotations apart from images": Layout(
        format="coco",
        images=images_at("data/pets/train/a.jpg", "data/pets/val/b.jpg"),
        files={
            "data/pets/annotations/train.json": _document("a.jpg", annotations=_annotations(_CAT_A, _DOG_A)),
            "data/pets/annotations/val.json": _document("b.jpg", annotations=_annotations(_CAT_B)),
        },
        objects=scene("data/pets/train/a.jpg", "data/pets/val/b.jpg"),
        splits={"data/pets/train/a.jpg": "train", "data/pets/val/b.jpg": "val"},
    ),
    # MMDetection's balloon example: one annotation file in each folder of images.
    "MMDetection, annotations in the folders of images": Layout(
        format="coco",
        images=images_at("balloon/train/a.jpg", "balloon/val/b.jpg"),
        files={
            "balloon/train/annotation_coco.json": _document("a.jpg", annotations=_annotations(_CAT_A, _DOG_A)),
            "balloon/val/annotation_coco.json": _document("b.jpg", annotations=_annotations(_CAT_B)),
        },
        objects=scene("balloon/train/a.jpg", "balloon/val/b.jpg"),
        splits={"balloon/train/a.jpg": "train", "balloon/val/b.jpg": "val"},
    ),
    "file names with folders": Layout(
        format="coco",
        images=images_at("images/day/a.jpg", "images/night/b.jpg"),
        files={"annotations/instances.json": _document("day/a.jpg", "night/b.jpg", annotations=_ALL)},
        objects=scene("images/day/a.jpg", "images/night/b.jpg"),
    ),
    "CVAT's COCO 1.0": Layout(
        format="coco",
        images=images_at("images/default/a.jpg", "images/default/b.jpg"),
        files={
            "annotations/instances_default.json": _document(
                "a.jpg", "b.jpg",
                annotations=[_with(one, attributes={"occluded": False, "rotation": 0.0}) for one in _ALL],
            )
        },
        objects=scene("images/default/a.jpg", "images/default/b.jpg"),
    ),
    # Ids from 0, and names below `images`, which Label Studio writes with a key before the name.
    "Label Studio's COCO": Layout(
        format="coco",
        images={"images/3f1c2a-a.jpg": SIZES["a.jpg"], "images/90aa10-b.jpg": SIZES["b.jpg"]},
        files={
            "result.json": {
                "images": [
                    {"width": 200, "height": 100, "id": 0, "file_name": "images/3f1c2a-a.jpg"},
                    {"width": 120, "height": 160, "id": 1, "file_name": "images/90aa10-b.jpg"},
                ],
                "categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}],
                "annotations": [
                    one | {key: one[key] - 1 for key in ("id", "image_id", "category_id")} | {"ignore": 0}
                    for one in _ALL
                ],
                "info": {"year": 2026, "version": "1.0", "contributor": "Label Studio"},
            }
        },
        objects=scene("images/3f1c2a-a.jpg", "images/90aa10-b.jpg"),
    ),
    "polygons of one and two parts": Layout(
        format="coco",
        images=images_at("a.jpg", "b.jpg"),
        files={
            "instances.json": _document(
                "a.jpg", "b.jpg",
                annotations=[
                    _with(_ALL[0], segmentation=_polygon(_CAT_A[2])),
                    _with(_ALL[1], segmentation=_polygon([100, 20, 30, 70]) + _polygon([150, 40, 30, 50])),
                    _with(_ALL[2], segmentation=_polygon(_CAT_B[2])),
                ],
            )
        },
        objects=scene(),
    ),
    # The cat in 200 columns of 100 px: 20 empty ones and 10 px, then 60 columns with 50 px, and the rest.
    "run lengths as a list, one of them a crowd": Layout(
        format="coco",
        images=images_at("a.jpg", "b.jpg"),
        files={
            "instances.json": _document(
                "a.jpg", "b.jpg",
                annotations=[
                    _with(
                        _ALL[0], iscrowd=1,
                        segmentation={"size": [100, 200], "counts": [2_010, *[50, 50] * 59, 50, 12_040]},
                    ),
                    *_ALL[1:],
                ],
            )
        },
        objects=scene(),
        crowd=1,
    ),
    "LVIS, with addresses for names": Layout(
        format="coco",
        images=images_at("train2017/a.jpg", "train2017/b.jpg"),
        files={
            "annotations/lvis_v1_train.json": {
                "info": {"description": "LVIS v1"},
                "licenses": [],
                "images": [
                    {"id": 1, "width": 200, "height": 100, "coco_url": "http://images.cocodataset.org/train2017/a.jpg",
                     "not_exhaustive_category_ids": [], "neg_category_ids": [2]},
                    {"id": 2, "width": 120, "height": 160, "coco_url": "http://images.cocodataset.org/train2017/b.jpg",
                     "not_exhaustive_category_ids": [1], "neg_category_ids": []},
                ],
                "annotations": [
                    {key: one[key] for key in ("id", "image_id", "category_id", "bbox", "area")}
                    | {"segmentation": _polygon(one["bbox"])}
                    for one in _ALL
                ],
                "categories": [
                    {"id": 1, "name": "cat", "synset": "cat.n.01", "synonyms": ["cat"], "def": "", "frequency": "f",
                     "image_count": 2, "instance_count": 2},
                    {"id": 2, "name": "dog", "synset": "dog.n.01", "synonyms": ["dog"], "def": "", "frequency": "f",
                     "image_count": 1, "instance_count": 1},
                ],
            }
        },
        objects=scene("train2017/a.jpg", "train2017/b.jpg"),
    ),
    "image_info of a test set beside instances": Layout(
        format="coco",
        images=images_at("train2017/a.jpg", "train2017/b.jpg", "test2017/c.jpg"),
        files={
            "annotations/instances_train2017.json": _document("a.jpg", "b.jpg", annotations=_ALL),
            "annotations/image_info_test2017.json": {"images": _images("c.jpg"), "categories": _CATEGORIES},
        },
        objects=scene("train2017/a.jpg", "train2017/b.jpg"),
        unlabelled=("test2017/c.jpg",),
        splits={"train2017/a.jpg": "train", "train2017/b.jpg": "train", "test2017/c.jpg": "test"},
        looks=("left-out",),
    ),
}  # fmt: skip
