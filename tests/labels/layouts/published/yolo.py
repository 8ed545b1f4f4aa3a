"""YOLO in the layouts of Darknet, Ultralytics, Roboflow, LabelImg, CVAT and Label Studio.

Schema of a label file (Darknet's README; Ultralytics' documentation, "Datasets"), one text file an image of the same
name, one object a line, all numbers but the class as shares of the image's sides:
  class x_centre y_centre width height
Rows of other kinds are in yolo_rows.py.
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
}
