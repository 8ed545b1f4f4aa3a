"""The formats with paths, names and suffixes as people and programs write them. The other modules have the schemas."""

from typing import Any

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, YOLO_A, YOLO_B, images_at, scene
from tests.labels.layouts.published.voc import LAYOUTS as VOC

_CLASSES = "cat\ndog\n"
_YAML = "names: [cat, dog]\n"
_ROWS = "filename,class,xmin,ymin,xmax,ymax\n"
_A_XML = VOC["folders named annotations and images (Kaggle)"].files["annotations/a.xml"]
_B_XML = VOC["folders named annotations and images (Kaggle)"].files["annotations/b.xml"]


def _coco(a: str, b: str) -> dict[str, Any]:
    """A COCO document that names the two images so."""
    sizes = [(a, *SIZES["a.jpg"]), (b, *SIZES["b.jpg"])]
    objects = [(1, 1, [20, 10, 60, 50]), (1, 2, [100, 20, 80, 70]), (2, 1, [12, 40, 60, 80])]
    return {
        "images": [
            {"id": number, "file_name": name, "width": width, "height": height}
            for number, (name, width, height) in enumerate(sizes, 1)
        ],
        "annotations": [
            {
                "id": number,
                "image_id": image,
                "category_id": category,
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": 0,
            }
            for number, (image, category, box) in enumerate(objects, 1)
        ],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    }


def _coco_layout(
    a: str, b: str, *, folder: str = "images", suffix: str = ".jpg", looks: tuple[str, ...] = ()
) -> Layout:
    first, second = f"{folder}/a{suffix}", f"{folder}/b{suffix}"
    return Layout(
        format="coco",
        images={first: SIZES["a.jpg"], second: SIZES["b.jpg"]},
        files={"annotations/instances.json": _coco(a, b)},
        objects=scene(first, second),
        looks=looks,
    )


LAYOUTS = {
    "COCO with backslashes": _coco_layout("train\\a.jpg", "train\\b.jpg", folder="train"),
    "COCO with paths of another machine": _coco_layout("/home/me/pets/images/a.jpg", "/home/me/pets/images/b.jpg"),
    "COCO with paths from the annotations": _coco_layout("../images/a.jpg", "../images/b.jpg"),
    "COCO with addresses and a query": _coco_layout(
        "https://example.org/pets/a.jpg?raw=1", "https://example.org/pets/b.jpg?raw=1", looks=("other-name",)
    ),
    "COCO with quoted names": _coco_layout("images/%61.jpg", "images/%62.jpg", looks=("other-name",)),
    "COCO with suffixes in the other case": _coco_layout("a.jpg", "b.jpg", suffix=".JPG"),
    "COCO with another suffix": _coco_layout("a.png", "b.png", looks=("other-name",)),
    "CSV with paths of Windows": Layout(
        format="csv",
        images=images_at("imgs/a.jpg", "imgs/b.jpg"),
        files={
            "boxes.csv": f"{_ROWS}C:\\pets\\imgs\\a.jpg,cat,20,10,80,60\nC:\\pets\\imgs\\a.jpg,dog,100,20,180,90\n"
            "C:\\pets\\imgs\\b.jpg,cat,12,40,72,120\n"
        },
        objects=scene("imgs/a.jpg", "imgs/b.jpg"),
    ),
    "YOLO with all names in capitals": Layout(
        format="yolo",
        images={"IMG/A.JPG": SIZES["a.jpg"], "IMG/B.JPG": SIZES["b.jpg"]},
        files={"CLASSES.TXT": _CLASSES, "LABELS/A.TXT": YOLO_A, "LABELS/B.TXT": YOLO_B},
        objects=scene("IMG/A.JPG", "IMG/B.JPG"),
    ),
    "YOLO with the image's suffix in the label's name": Layout(
        format="yolo",
        images=images_at("a.jpg", "b.jpg"),
        files={"classes.txt": _CLASSES, "a.jpg.txt": YOLO_A, "b.jpg.txt": YOLO_B},
        objects=scene(),
    ),
    "YOLO with marks, line ends of Windows and tabs": Layout(
        format="yolo",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "classes.txt": "\ufeffcat\r\ndog\r\n",
            "labels/a.txt": "\ufeff" + YOLO_A.replace("\n", "\r\n") + "\r\n",
            "labels/b.txt": YOLO_B.replace(" ", "\t").rstrip("\n"),
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
    ),
    "YOLO with lists of folders": Layout(
        format="yolo",
        images=images_at("day/images/a.jpg", "night/images/b.jpg", "check/images/c.jpg"),
        files={
            "data.yaml": f"train: [day/images, night/images]\nval: check/images\n{_YAML}",
            "day/labels/a.txt": YOLO_A,
            "night/labels/b.txt": YOLO_B,
            "check/labels/c.txt": "",
        },
        objects=scene("day/images/a.jpg", "night/images/b.jpg"),
        background=("check/images/c.jpg",),
        splits={"day/images/a.jpg": "train", "night/images/b.jpg": "train", "check/images/c.jpg": "val"},
    ),
    "YOLO with one name in two splits": Layout(
        format="yolo",
        images={"train/images/1.jpg": SIZES["a.jpg"], "valid/images/1.jpg": SIZES["b.jpg"]},
        files={
            "data.yaml": f"train: ../train/images\nval: ../valid/images\n{_YAML}",
            "train/labels/1.txt": YOLO_A,
            "valid/labels/1.txt": YOLO_B,
        },
        objects=scene("train/images/1.jpg", "valid/images/1.jpg"),
        splits={"train/images/1.jpg": "train", "valid/images/1.jpg": "val"},
    ),
    "YOLO with a list of classes in each folder": Layout(
        format="yolo",
        images=images_at("first/a.jpg", "second/b.jpg"),
        files={
            "first/classes.txt": _CLASSES,
            "first/a.txt": YOLO_A,
            "second/classes.txt": "bird\ncat\n",
            "second/b.txt": YOLO_B.replace("0 ", "1 ", 1),
        },
        objects=scene("first/a.jpg", "second/b.jpg"),
    ),
    "VOC with splits above both": Layout(
        format="voc",
        images=images_at("images/train/a.jpg", "images/val/b.jpg"),
        files={"annotations/train/a.xml": _A_XML, "annotations/val/b.xml": _B_XML},
        objects=scene("images/train/a.jpg", "images/val/b.jpg"),
        splits={"images/train/a.jpg": "train", "images/val/b.jpg": "val"},
    ),
    "VOC with suffixes and folders in ImageSets": Layout(
        format="voc",
        images=images_at("JPEGImages/a.jpg", "JPEGImages/b.jpg"),
        files={
            "Annotations/a.xml": _A_XML,
            "Annotations/b.xml": _B_XML,
            "ImageSets/Main/train.txt": "a.jpg\n",
            "ImageSets/Main/val.txt": "JPEGImages/b.jpg\n",
        },
        objects=scene("JPEGImages/a.jpg", "JPEGImages/b.jpg"),
        splits={"JPEGImages/a.jpg": "train", "JPEGImages/b.jpg": "val"},
    ),
}
