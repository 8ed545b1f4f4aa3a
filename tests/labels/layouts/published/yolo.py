"""YOLO in the layouts of Darknet, Ultralytics, Roboflow, LabelImg, CVAT and Label Studio.

Schema of a label file (Darknet's README; Ultralytics' documentation, "Datasets"), one text file an image of the same
name, one object a line, all numbers but the class as shares of the image's sides:
  detection     class x_centre y_centre width height
  segmentation  class x1 y1 x2 y2 x3 y3 ...
  OBB           class x1 y1 x2 y2 x3 y3 x4 y4
  pose          class x_centre y_centre width height px1 py1 [v1] px2 py2 [v2] ..., with `kpt_shape: [points, 2 or 3]`
  prediction    class x_centre y_centre width height confidence (`save_txt` with `save_conf`); a track's id may follow
An empty file, or none, is an image without objects (Ultralytics); here a missing file is unlabelled (rule 6).
data.yaml: path (root), train, val, test (folder or list of images, relative to path), names (list or table by number).
Darknet's obj.data: classes, train, valid, names, backup; obj.names: a name a line; train.txt: an image's path a line.
"""

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, YOLO_A, YOLO_B, images_at, scene

_NAMES = "names: [cat, dog]\nnc: 2\n"
_SPLIT = {"images/train/a.jpg": "train", "images/val/b.jpg": "val", "images/train/c.jpg": "train"}

LAYOUTS = {
    # As CVAT's "YOLO 1.1" writes it, too.
    "Darknet with obj.data": Layout(
        format="yolo",
        images=images_at("obj_train_data/a.jpg", "obj_train_data/b.jpg", "obj_train_data/c.jpg"),
        files={
            "obj.data": "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n",
            "obj.names": "cat\ndog\n",
            "train.txt": "data/obj_train_data/a.jpg\ndata/obj_train_data/b.jpg\ndata/obj_train_data/c.jpg\n",
            "obj_train_data/a.txt": YOLO_A,
            "obj_train_data/b.txt": YOLO_B,
            "obj_train_data/c.txt": "",
        },
        objects=scene("obj_train_data/a.jpg", "obj_train_data/b.jpg"),
        background=("obj_train_data/c.jpg",),
    ),
    "Darknet with training and validation lists": Layout(
        format="yolo",
        images=images_at("build/img/a.jpg", "build/img/b.jpg", "build/img/c.jpg"),
        files={
            "build/voc.data": "classes= 2\ntrain  = /home/me/build/train.txt\nvalid  = /home/me/build/valid.txt\n"
            "names = build/voc.names\nbackup = backup\n",
            "build/voc.names": "cat\ndog",
            "build/train.txt": "/home/me/build/img/a.jpg\n/home/me/build/img/c.jpg\n",
            "build/valid.txt": "/home/me/build/img/b.jpg\n",
            "build/img/a.txt": YOLO_A,
            "build/img/b.txt": YOLO_B,
            "build/img/c.txt": "",
        },
        objects=scene("build/img/a.jpg", "build/img/b.jpg"),
        background=("build/img/c.jpg",),
        splits={"build/img/a.jpg": "train", "build/img/b.jpg": "val", "build/img/c.jpg": "train"},
    ),
    # LabelImg writes classes.txt into the folder of the label files.
    "LabelImg, all in one folder": Layout(
        format="yolo",
        images=SIZES,
        files={"classes.txt": "cat\ndog\n", "a.txt": YOLO_A, "b.txt": YOLO_B},
        objects=scene(),
        unlabelled=("c.jpg",),
    ),
    "Ultralytics with folders of splits": Layout(
        format="yolo",
        images=images_at("images/train/a.jpg", "images/val/b.jpg", "images/train/c.jpg"),
        files={
            "data.yaml": "path: ../datasets/pets\ntrain: images/train\nval: images/val\ntest:\n"
            "names:\n  0: cat\n  1: dog\n",
            "labels/train/a.txt": YOLO_A,
            "labels/val/b.txt": YOLO_B,
            "labels/train/c.txt": "",
        },
        objects=scene("images/train/a.jpg", "images/val/b.jpg"),
        background=("images/train/c.jpg",),
        splits=_SPLIT,
    ),
    "Ultralytics with lists of images": Layout(
        format="yolo",
        images=images_at("images/a.jpg", "images/b.jpg", "images/c.jpg"),
        files={
            "pets.yaml": "path: .\ntrain: train2017.txt\nval: val2017.txt\nnames: ['cat', 'dog']\n",
            "train2017.txt": "./images/a.jpg\n./images/c.jpg\n",
            "val2017.txt": "./images/b.jpg\n",
            "labels/a.txt": YOLO_A,
            "labels/b.txt": YOLO_B,
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        unlabelled=("images/c.jpg",),
        splits={"images/a.jpg": "train", "images/b.jpg": "val", "images/c.jpg": "train"},
    ),
    # coco128.yaml names one folder as both parts, so that a try needs few images. Training images alone are no split.
    "Ultralytics' coco128, one folder for both splits": Layout(
        format="yolo",
        images=images_at("coco128/images/train2017/a.jpg", "coco128/images/train2017/b.jpg"),
        files={
            "coco128.yaml": "path: coco128\ntrain: images/train2017\nval: images/train2017\n"
            "names:\n  0: cat\n  1: dog\n",
            "coco128/labels/train2017/a.txt": YOLO_A,
            "coco128/labels/train2017/b.txt": YOLO_B,
        },
        objects=scene("coco128/images/train2017/a.jpg", "coco128/images/train2017/b.jpg"),
        looks=("two-splits",),
    ),
    # Roboflow's paths lead out of the folder of data.yaml, although the folders lie beside it.
    "Roboflow's YOLOv8": Layout(
        format="yolo",
        images=images_at("train/images/a.jpg", "valid/images/b.jpg", "test/images/c.jpg"),
        files={
            "data.yaml": f"train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\n{_NAMES}"
            "roboflow:\n  workspace: pets\n  license: CC BY 4.0\n",
            "README.roboflow.txt": "\npets - v1\n==============================\n",
            "train/labels/a.txt": YOLO_A,
            "valid/labels/b.txt": YOLO_B,
            "test/labels/c.txt": "",
        },
        objects=scene("train/images/a.jpg", "valid/images/b.jpg"),
        background=("test/images/c.jpg",),
        splits={"train/images/a.jpg": "train", "valid/images/b.jpg": "val", "test/images/c.jpg": "test"},
    ),
    # Roboflow's Darknet export: names in `_darknet.labels`, one list in each part.
    "Roboflow's Darknet": Layout(
        format="yolo",
        images=images_at("train/a.jpg", "valid/b.jpg"),
        files={
            "train/_darknet.labels": "cat\ndog",
            "train/a.txt": YOLO_A,
            "valid/_darknet.labels": "cat\ndog",
            "valid/b.txt": YOLO_B,
        },
        objects=scene("train/a.jpg", "valid/b.jpg"),
        splits={"train/a.jpg": "train", "valid/b.jpg": "val"},
    ),
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
    # Label Studio's YOLO export: notes.json repeats the classes.
    "Label Studio's YOLO": Layout(
        format="yolo",
        images=images_at("images/a.jpg", "images/b.jpg", "images/c.jpg"),
        files={
            "classes.txt": "cat\ndog\n",
            "notes.json": {
                "categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}],
                "info": {"year": 2026, "version": "1.0", "contributor": "Label Studio"},
            },
            "labels/a.txt": YOLO_A,
            "labels/b.txt": YOLO_B,
            "labels/c.txt": "",
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        background=("images/c.jpg",),
        looks=("left-out",),
    ),
    # CVAT's "Ultralytics YOLO Detection": a list for each subset, images and labels in folders of its name.
    "CVAT's Ultralytics": Layout(
        format="yolo",
        images=images_at("images/train/street/a.jpg", "images/train/b.jpg"),
        files={
            "data.yaml": "names:\n  0: cat\n  1: dog\npath: .\ntrain: train.txt\n",
            "train.txt": "images/train/street/a.jpg\nimages/train/b.jpg\n",
            "labels/train/street/a.txt": YOLO_A,
            "labels/train/b.txt": YOLO_B,
        },
        objects=scene("images/train/street/a.jpg", "images/train/b.jpg"),
    ),
    # The names of classes in the rows, and corners in px: the text form of this product.
    "reference text with names": Layout(
        format="text",
        images=images_at("images/a.jpg", "images/b.jpg", "images/c.jpg"),
        files={
            "labels/a.txt": "cat 20 10 80 60\ndog 100 20 180 90\n",
            "labels/b.txt": "cat 12 40 72 120\n",
            "labels/c.txt": "",
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        background=("images/c.jpg",),
    ),
    "reference text with numbers and lists": Layout(
        format="text",
        images=SIZES,
        files={
            "classes.txt": "cat\ndog\n",
            "train.txt": "a.jpg\nc.jpg\n",
            "val.txt": "b.jpg\n",
            "a.txt": "0 20 10 80 60\n1 100 20 180 90\n",
            "b.txt": "0 12 40 72 120\n",
        },
        objects=scene(),
        unlabelled=("c.jpg",),
        splits={"a.jpg": "train", "b.jpg": "val", "c.jpg": "train"},
    ),
}
