"""Rule 1: an object belongs to an image by its path, then by its name; two candidates block, and both are named."""

from pathlib import Path
from typing import Any

import pytest

from tests.labels.taken import Box, Files, coco, take, voc, yolo

SIZE = (80, 60)
CAT: Box = ("cat", 10, 10, 50, 40)
DOG: Box = ("dog", 20, 10, 60, 50)
CLASSES = {"classes.txt": "cat\ndog\n"}
CAT_LINE, DOG_LINE = yolo("0", *CAT[1:]), yolo("1", *DOG[1:])


def labelme(image: str, label: str) -> dict[str, Any]:
    """LabelMe 5: `imagePath` beside `shapes` of `points` in px (its labelme/label_file.py)."""
    shape: dict[str, Any] = {
        "label": label,
        "points": [[10, 10], [50, 40]],
        "shape_type": "rectangle",
        "flags": {},
        "group_id": None,
    }
    return {"version": "5.4.1", "flags": {}, "shapes": [shape], "imagePath": image, "imageData": None,
            "imageHeight": 60, "imageWidth": 80}  # fmt: skip


def images(*names: str) -> Files:
    return dict.fromkeys(names, SIZE)


def csv(*rows: str) -> Files:
    return {"boxes.csv": "\n".join(["filename,xmin,ymin,xmax,ymax,class", *rows]) + "\n"}


FOUND: dict[str, tuple[Files, dict[str, list[Box]]]] = {
    "namesakes in folders that the labels share": (
        images("images/a/1.jpg", "images/b/1.jpg") | {"labels/a/1.txt": CAT_LINE, "labels/b/1.txt": DOG_LINE} | CLASSES,
        {"images/a/1.jpg": [CAT], "images/b/1.jpg": [DOG]},
    ),
    "splits above the roles": (
        images("train/images/1.jpg", "val/images/1.jpg")
        | {"train/labels/1.txt": CAT_LINE, "val/labels/1.txt": DOG_LINE} | CLASSES,
        {"train/images/1.jpg": [CAT], "val/images/1.jpg": [DOG]},
    ),
    "images in one folder, labels in two": (
        images("images/1.jpg", "images/2.jpg") | {"labels/x/1.txt": CAT_LINE, "labels/y/2.txt": DOG_LINE} | CLASSES,
        {"images/1.jpg": [CAT], "images/2.jpg": [DOG]},
    ),
    "a folder of labels of any name, below a folder of all": (
        images("set/images/1.jpg") | {"set/yolo_boxes/1.txt": CAT_LINE} | CLASSES, {"set/images/1.jpg": [CAT]},
    ),
    "folders of any name below the splits": (
        images("train/rgb_left/1.jpg", "val/rgb_left/1.jpg")
        | {"train/boxes/1.txt": CAT_LINE, "val/boxes/1.txt": DOG_LINE} | CLASSES,
        {"train/rgb_left/1.jpg": [CAT], "val/rgb_left/1.jpg": [DOG]},
    ),
    "names that differ in case": (
        images("images/A.jpg", "images/a.jpg") | {"labels/A.txt": CAT_LINE, "labels/a.txt": DOG_LINE} | CLASSES,
        {"images/A.jpg": [CAT], "images/a.jpg": [DOG]},
    ),
    "a suffix in upper case": (images("A.JPG") | {"a.TXT": CAT_LINE} | CLASSES, {"A.JPG": [CAT]}),
    "dots in names": (
        images("v1.2.jpg", "v1.jpg") | {"v1.2.txt": CAT_LINE, "v1.txt": DOG_LINE} | CLASSES,
        {"v1.2.jpg": [CAT], "v1.jpg": [DOG]},
    ),
    "a composed and a decomposed name": (
        images("images/K\u00f6ln 1.jpg") | {"labels/Ko\u0308ln 1.txt": CAT_LINE} | CLASSES,
        {"images/K\u00f6ln 1.jpg": [CAT]},
    ),
    "a depth image of the same name": (
        images("rgb/1.jpg", "depth/1.png") | {"labels/1.txt": CAT_LINE} | CLASSES, {"rgb/1.jpg": [CAT]},
    ),
    "COCO names of paths": (
        images("d/a/1.jpg", "d/b/1.jpg")
        | {"x.json": coco(["a/1.jpg", "b/1.jpg"], [(1, 1, 10, 10, 40, 30), (2, 2, 20, 10, 40, 40)])},
        {"d/a/1.jpg": [CAT], "d/b/1.jpg": [DOG]},
    ),
    "paths of other machines": (
        images("imgs/1.jpg", "imgs/2.jpg")
        | {"x.json": coco(["/home/ann/set/1.jpg", "C:\\Users\\b\\2.jpg"],
                          [(1, 1, 10, 10, 40, 30), (2, 2, 20, 10, 40, 40)])},
        {"imgs/1.jpg": [CAT], "imgs/2.jpg": [DOG]},
    ),
    "a path that leaves the source": (
        images("images/1.jpg")
        | {"x.json": coco(["../../label-studio/data/media/upload/1/1.jpg"], [(1, 1, 10, 10, 40, 30)])},
        {"images/1.jpg": [CAT]},
    ),
    "paths of another machine to namesakes": (
        images("cats/1.jpg", "dogs/1.jpg")
        | csv("/data/pets/cats/1.jpg,10,10,50,40,cat", "/data/pets/dogs/1.jpg,20,10,60,50,dog"),
        {"cats/1.jpg": [CAT], "dogs/1.jpg": [DOG]},
    ),
    "a folder named for a role": (
        images("images/a.jpg") | {"x.json": coco(["JPEGImages/a.jpg"], [(1, 1, 10, 10, 40, 30)])},
        {"images/a.jpg": [CAT]},
    ),
    "an address with code for blanks": (
        images("my set/a b.jpg") | csv("https://x.org/my%20set/a%20b.jpg,10,10,50,40,cat"), {"my set/a b.jpg": [CAT]},
    ),
    "one image in the files of two splits of one set": (
        images("a.jpg", "b.jpg")
        | {"train.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)]),
           "all.json": coco(["a.jpg", "b.jpg"], [(1, 1, 10, 10, 40, 30), (2, 2, 20, 10, 40, 40)])},
        {"a.jpg": [CAT], "b.jpg": [DOG]},
    ),
    "a name inside that is out of date": (
        images("1.jpg", "2.jpg") | {"1.xml": voc("1.jpg", CAT), "2.xml": voc("1.jpg", DOG)},
        {"1.jpg": [CAT], "2.jpg": [DOG]},
    ),
}  # fmt: skip

# Files, the check that blocks, its file, and what its message names; no object of that file comes in.
BLOCKED: dict[str, tuple[Files, str, str, tuple[str, ...]]] = {
    "two images of the name": (
        images("images/a/1.jpg", "images/b/1.jpg") | {"labels/1.txt": CAT_LINE} | CLASSES,
        "ambiguous-image", "labels/1.txt", ("images/a/1.jpg", "images/b/1.jpg"),
    ),
    "two suffixes": (
        images("a.jpg", "a.png") | {"a.txt": CAT_LINE} | CLASSES, "ambiguous-image", "a.txt", ("a.jpg", "a.png"),
    ),
    "a label of another folder": (
        images("images/not_dogs/1.jpg", "images/dogs/2.jpg")
        | {"labels/dogs/1.txt": DOG_LINE, "labels/dogs/2.txt": DOG_LINE} | CLASSES,
        "orphan-label", "labels/dogs/1.txt", ("images/not_dogs/1.jpg",),
    ),
    "labels of one split, images of another": (
        images("images/val/1.jpg", "images/val/2.jpg")
        | {"labels/train/1.txt": CAT_LINE, "labels/train/2.txt": DOG_LINE} | CLASSES,
        "orphan-label", "labels/train/1.txt", ("images/val/1.jpg",),
    ),
    "two labels of one name for one image": (
        images("images/1.jpg", "images/2.jpg")
        | {"labels/x/1.txt": CAT_LINE, "labels/y/1.txt": DOG_LINE, "labels/y/2.txt": DOG_LINE} | CLASSES,
        "orphan-label", "labels/x/1.txt", ("images/1.jpg",),
    ),
    "bare names of namesakes in COCO": (
        images("d/a/1.jpg", "d/b/1.jpg") | {"x.json": coco(["1.jpg"], [(1, 1, 10, 10, 40, 30)])},
        "ambiguous-image", "x.json", ("d/a/1.jpg", "d/b/1.jpg"),
    ),
    "COCO objects of images one below those of the list": (
        images("1.jpg", "2.jpg")
        | {"x.json": coco(["1.jpg", "2.jpg"], [(0, 1, 10, 10, 40, 30), (1, 2, 20, 10, 40, 40)])},
        "unknown-image", "x.json", ("one higher",),
    ),
    "a folder that contradicts": (
        images("train/1.jpg", "train/2.jpg")
        | {"x.json": coco(["train/2.jpg", "val/1.jpg"], [(2, 1, 10, 10, 40, 30)])},
        "missing-image", "x.json", ("val/1.jpg", "train/1.jpg"),
    ),
    "two XML files that name each other's image": (
        images("1.jpg", "2.jpg") | {"1.xml": voc("2.jpg", CAT), "2.xml": voc("1.jpg", DOG)},
        "ambiguous-image", "1.xml", ("1.jpg", "2.jpg"),
    ),
    "a copied LabelMe file": (
        images("1.jpg", "2.jpg") | {"1.json": labelme("1.jpg", "cat"), "2.json": labelme("1.jpg", "dog")},
        "ambiguous-image", "2.json", ("1.jpg", "2.jpg"),
    ),
    "an image that is gone": (
        images("1.jpg") | csv("1.jpg,10,10,50,40,cat", "2.jpg,20,10,60,50,dog"), "missing-image", "boxes.csv",
        ("2.jpg",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_an_object_is_put_on_the_image_that_its_path_or_name_means(name: str, tmp_path: Path) -> None:
    files, boxes = FOUND[name]
    taken = take(tmp_path, files)
    assert taken.blocks == []
    assert taken.boxes == boxes


@pytest.mark.parametrize("name", BLOCKED)
def test_two_candidates_block_and_both_are_named(name: str, tmp_path: Path) -> None:
    files, check, file, named = BLOCKED[name]
    taken = take(tmp_path, files)
    message = "\n".join(found.message for found in taken.findings if (found.check, found.file) == (check, file))
    assert (check, file) in taken.blocks
    assert [image for image in named if image not in message] == []
    if taken.plan is not None:
        kept = taken.labels.annotations
        line = next(found.line for found in taken.findings if (found.check, found.file) == (check, file))
        assert not ((kept["source_file"] == file) & ((kept["source_line"] == line) | (line == 0))).any()


def test_a_name_inside_that_is_out_of_date_is_said(tmp_path: Path) -> None:
    files, _ = FOUND["a name inside that is out of date"]
    assert "1.jpg" in take(tmp_path, files).said("other-name")


def test_another_suffix_is_followed_and_said(tmp_path: Path) -> None:
    taken = take(tmp_path, images("a.png") | {"x.json": coco(["a.jpg"], [(1, 1, 10, 10, 40, 30)])})
    assert taken.boxes == {"a.png": [CAT]}
    assert "'a.jpg' for a.png" in taken.said("other-name")
