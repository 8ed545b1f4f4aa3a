"""YOLO's rows that are no plain boxes: polygons, oriented boxes, pose, predictions and tracks.

Schema (Ultralytics' documentation, "Datasets" and "Predict"), all numbers but the class as shares of the image's sides:
  segmentation  class x1 y1 x2 y2 x3 y3 ...
  OBB           class x1 y1 x2 y2 x3 y3 x4 y4
  pose          class x_centre y_centre width height px1 py1 [v1] px2 py2 [v2] ..., with `kpt_shape: [points, 2 or 3]`
  prediction    class x_centre y_centre width height confidence (`save_txt` with `save_conf`); a track's id may follow
DOTA's own files (its "Dataset tasks"): two lines `imagesource:…` and `gsd:…`, then x1 y1 … x4 y4 class difficult in px.
"""

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import images_at, scene

_NAMES = "names: [cat, dog]\nnc: 2\n"

LAYOUTS = {
    "Ultralytics' segmentation": Layout(
        format="yolo",
        images=images_at("images/train/a.jpg", "images/train/b.jpg"),
        files={
            "data.yaml": f"train: images/train\nval: images/train\n{_NAMES}",
            # The cat's corners without its lower right one; the dog as an octagon.
            "labels/train/a.txt": "0 0.1 0.1 0.4 0.1 0.1 0.6\n"
            "1 0.6 0.2 0.9 0.2 0.9 0.3 0.9 0.8 0.8 0.9 0.6 0.9 0.5 0.5 0.5 0.4\n",
            "labels/train/b.txt": "0 0.1 0.25 0.6 0.25 0.6 0.75 0.1 0.75 0.1 0.5\n",
        },
        objects=scene("images/train/a.jpg", "images/train/b.jpg"),
        looks=("two-splits",),
    ),
    "Ultralytics' boxes and polygons in one file": Layout(
        format="yolo",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "data.yaml": _NAMES,
            "labels/a.txt": "0 0.25 0.35 0.3 0.5\n1 0.6 0.2 0.9 0.2 0.9 0.9 0.8 0.9 0.5 0.9 0.5 0.5\n",
            "labels/b.txt": "0 0.1 0.25 0.6 0.25 0.6 0.75 0.1 0.75 0.1 0.5\n",
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
    ),
    "Ultralytics' oriented boxes (DOTAv1)": Layout(
        format="yolo",
        images=images_at("images/train/a.jpg", "images/val/b.jpg"),
        files={
            "dota.yaml": "train: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n",
            # The cat upright; the dog turned by 45 degrees: 140 +- 40, 55 +- 35 px.
            "labels/train/a.txt": "0 0.1 0.1 0.4 0.1 0.4 0.6 0.1 0.6\n1 0.7 0.2 0.9 0.55 0.7 0.9 0.5 0.55\n",
            "labels/val/b.txt": "0 0.1 0.25 0.6 0.25 0.6 0.75 0.1 0.75\n",
        },
        objects=scene("images/train/a.jpg", "images/val/b.jpg"),
        splits={"images/train/a.jpg": "train", "images/val/b.jpg": "val"},
        looks=("rotated-box",),
    ),
    "DOTA's labelTxt with where the image is from": Layout(
        format="text",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "labelTxt/a.txt": "imagesource:GoogleEarth\ngsd:0.146\n20.0 10.0 80.0 10.0 80.0 60.0 20.0 60.0 cat 0\n"
            "140.0 20.0 180.0 55.0 140.0 90.0 100.0 55.0 dog 1\n",
            "labelTxt/b.txt": "imagesource:GoogleEarth\ngsd:null\n12 40 72 40 72 120 12 120 cat 0\n",
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        looks=("rotated-box",),
    ),
    "Ultralytics' pose with visibility": Layout(
        format="yolo",
        images=images_at("images/train/a.jpg", "images/val/b.jpg"),
        files={
            "pose.yaml": f"train: images/train\nval: images/val\nkpt_shape: [3, 3]\nflip_idx: [0, 2, 1]\n{_NAMES}",
            "labels/train/a.txt": "0 0.25 0.35 0.3 0.5 0.2 0.3 2 0.3 0.3 2 0 0 0\n"
            "1 0.7 0.55 0.4 0.7 0.6 0.3 2 0.7 0.4 1 0.8 0.5 2\n",
            "labels/val/b.txt": "0 0.35 0.5 0.5 0.5 0.2 0.3 2 0.3 0.4 1 0.4 0.6 2\n",
        },
        objects=scene("images/train/a.jpg", "images/val/b.jpg"),
        splits={"images/train/a.jpg": "train", "images/val/b.jpg": "val"},
        looks=("left-out",),
    ),
    "Ultralytics' pose without visibility": Layout(
        format="yolo",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "pose.yaml": f"kpt_shape: [2, 2]\n{_NAMES}",
            "labels/a.txt": "0 0.25 0.35 0.3 0.5 0.2 0.3 0.3 0.3\n1 0.7 0.55 0.4 0.7 0.6 0.3 0.7 0.4\n",
            "labels/b.txt": "0 0.35 0.5 0.5 0.5 0.2 0.3 0.3 0.4\n",
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        looks=("left-out",),
    ),
    "Ultralytics' saved predictions with confidence": Layout(
        format="yolo",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "classes.txt": "cat\ndog\n",
            "labels/a.txt": "0 0.25 0.35 0.3 0.5 0.913\n1 0.7 0.55 0.4 0.7 0.5\n",
            "labels/b.txt": "0 0.35 0.5 0.5 0.5 0.8771\n",
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        looks=("extra-columns",),
    ),
    "Ultralytics' saved tracks with confidence and id": Layout(
        format="yolo",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "data.yaml": _NAMES,
            "labels/a.txt": "0 0.25 0.35 0.3 0.5 0.913 11\n1 0.7 0.55 0.4 0.7 0.5 12\n",
            "labels/b.txt": "0 0.35 0.5 0.5 0.5 0.8771 13\n",
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        looks=("extra-columns",),
    ),
}
