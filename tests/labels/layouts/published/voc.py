"""Pascal VOC's XML in the layouts of the VOC devkit, LabelImg, Roboflow, ImageNet and roLabelImg.

Schema (VOC2012 development kit, "Annotation files"): annotation: folder, filename, source, size (width, height, depth),
segmented, object*. object: name, pose, truncated (0 or 1), occluded (0 or 1), difficult (0 or 1), bndbox (xmin, ymin,
xmax, ymax: px; the first pixel is 1 in the devkit, 0 in LabelImg and everything since, and no file says which, so the
numbers are taken as they are), part* (name, bndbox).
ImageSets/Main/SPLIT.txt: a name without suffix a line; CLASS_SPLIT.txt: with 1 (in it), -1 or 0 (difficult).
roLabelImg: type `robndbox` with robndbox: cx, cy, w, h (px), angle (radians, clockwise).
ImageNet (DET, LOC): filename without suffix; the folder is the class of the image.
"""

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import CAT_A, SIZES, images_at, scene

_CAT_A, _DOG_A, _CAT_B = ("cat", "20 10 80 60"), ("dog", "100 20 180 90"), ("cat", "12 40 72 120")


def _xml(name: str, *objects: tuple[str, str], folder: str = "JPEGImages", more: str = "", filename: str = "") -> str:
    width, height = SIZES[name]
    return (
        f"<annotation>\n<folder>{folder}</folder>\n<filename>{filename or name}</filename>\n"
        "<source><database>The VOC2007 Database</database></source>\n"
        f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>\n<segmented>0</segmented>\n"
        f"{''.join(_object(*one, more) for one in objects)}</annotation>\n"
    )


def _object(name: str, corners: str, more: str) -> str:
    return (
        f"<object><name>{name}</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>"
        f"{_box(corners)}{more}</object>\n"
    )


def _box(corners: str) -> str:
    tags = zip(("xmin", "ymin", "xmax", "ymax"), corners.split(), strict=True)
    return f"<bndbox>{''.join(f'<{tag}>{value}</{tag}>' for tag, value in tags)}</bndbox>"


def _devkit(root: str) -> dict[str, str]:
    return {
        f"{root}/Annotations/a.xml": _xml("a.jpg", _CAT_A, _DOG_A),
        f"{root}/Annotations/b.xml": _xml("b.jpg", _CAT_B),
        f"{root}/Annotations/c.xml": _xml("c.jpg"),
        f"{root}/ImageSets/Main/train.txt": "a\nc\n",
        f"{root}/ImageSets/Main/val.txt": "b\n",
        f"{root}/ImageSets/Main/trainval.txt": "a\nb\nc\n",
        f"{root}/ImageSets/Main/cat_train.txt": "a  1\nc -1\n",
        f"{root}/ImageSets/Main/cat_val.txt": "b  1\n",
    }


def _devkit_images(root: str) -> tuple[str, str, str]:
    return f"{root}/JPEGImages/a.jpg", f"{root}/JPEGImages/b.jpg", f"{root}/JPEGImages/c.jpg"


def _devkit_splits(root: str) -> dict[str, str]:
    a, b, c = _devkit_images(root)
    return {a: "train", b: "val", c: "train"}


_2007, _2012 = "VOCdevkit/VOC2007", "VOCdevkit/VOC2012"

LAYOUTS = {
    "the devkit with ImageSets": Layout(
        format="voc",
        images=images_at(*_devkit_images(_2007)),
        files=_devkit(_2007),
        objects=scene(*_devkit_images(_2007)[:2]),
        background=(f"{_2007}/JPEGImages/c.jpg",),
        splits=_devkit_splits(_2007),
    ),
    "the devkits of two years with the same names": Layout(
        format="voc",
        images=images_at(*_devkit_images(_2007), *_devkit_images(_2012)),
        files={**_devkit(_2007), **_devkit(_2012)},
        objects=scene(*_devkit_images(_2007)[:2]) + scene(*_devkit_images(_2012)[:2]),
        background=(f"{_2007}/JPEGImages/c.jpg", f"{_2012}/JPEGImages/c.jpg"),
        splits=_devkit_splits(_2007) | _devkit_splits(_2012),
    ),
    "the devkit with folders of masks": Layout(
        format="voc",
        images={
            **images_at("VOC/JPEGImages/a.jpg", "VOC/JPEGImages/b.jpg"),
            "VOC/SegmentationClass/a.png": SIZES["a.jpg"],
            "VOC/SegmentationObject/a.png": SIZES["a.jpg"],
        },
        files={
            "VOC/Annotations/a.xml": _xml("a.jpg", _CAT_A, _DOG_A),
            "VOC/Annotations/b.xml": _xml("b.jpg", _CAT_B),
        },
        objects=scene("VOC/JPEGImages/a.jpg", "VOC/JPEGImages/b.jpg"),
        companions=("VOC/SegmentationClass/a.png", "VOC/SegmentationObject/a.png"),
        looks=("left-out",),
    ),
    "LabelImg, beside the images": Layout(
        format="voc",
        images=SIZES,
        files={
            "a.xml": _xml("a.jpg", _CAT_A, _DOG_A, folder="pets").replace(
                "<source>", "<path>C:\\Users\\me\\pets\\a.jpg</path><source>"
            ),
            "b.xml": _xml("b.jpg", _CAT_B, folder="pets"),
        },
        objects=scene(),
        unlabelled=("c.jpg",),
    ),
    "Roboflow": Layout(
        format="voc",
        images=images_at("train/a.jpg", "valid/b.jpg", "test/c.jpg"),
        files={
            "README.dataset.txt": "pets\n",
            "train/a.xml": _xml("a.jpg", _CAT_A, _DOG_A, folder=""),
            "valid/b.xml": _xml("b.jpg", _CAT_B, folder=""),
            "test/c.xml": _xml("c.jpg", folder=""),
        },
        objects=scene("train/a.jpg", "valid/b.jpg"),
        background=("test/c.jpg",),
        splits={"train/a.jpg": "train", "valid/b.jpg": "val", "test/c.jpg": "test"},
    ),
    "folders named annotations and images (Kaggle)": Layout(
        format="voc",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "annotations/a.xml": _xml("a.jpg", _CAT_A, _DOG_A, folder="images"),
            "annotations/b.xml": _xml("b.jpg", _CAT_B, folder="images"),
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
    ),
    "parts of a person are not objects": Layout(
        format="voc",
        images=images_at("JPEGImages/a.jpg", "JPEGImages/b.jpg"),
        files={
            "Annotations/a.xml": _xml(
                "a.jpg", _CAT_A, _DOG_A, more=f"<part><name>head</name>{_box('30 12 50 32')}</part>"
            ),
            "Annotations/b.xml": _xml("b.jpg", _CAT_B),
        },
        objects=scene("JPEGImages/a.jpg", "JPEGImages/b.jpg"),
    ),
    "floating point, spaces and corners in another order of tags": Layout(
        format="voc",
        images=images_at("a.jpg", "b.jpg"),
        files={
            "a.xml": _xml("a.jpg", ("cat", "20.25 9.75 79.75 60.0"), _DOG_A),
            "b.xml": _xml("b.jpg").replace(
                "</annotation>",
                "<object><bndbox><ymax> 120 </ymax><xmax>72</xmax><ymin>40</ymin>\n<xmin>12</xmin></bndbox>"
                "<name> cat </name></object></annotation>",
            ),
        },
        objects=scene(),
    ),
    # The dog's box of 80 x 70 px is turned by 90 degrees here: written 70 wide and 80 high, about (140, 55).
    "roLabelImg's turned boxes": Layout(
        format="voc",
        images=images_at("a.jpg", "b.jpg"),
        files={
            "a.xml": _xml("a.jpg", _CAT_A).replace(
                "</annotation>",
                "<object><type>robndbox</type><name>dog</name><pose>Unspecified</pose><truncated>0</truncated>"
                "<difficult>0</difficult><robndbox><cx>140</cx><cy>55</cy><w>70</w><h>80</h><angle>1.570796</angle>"
                "</robndbox></object></annotation>",
            ),
            "b.xml": _xml("b.jpg", _CAT_B),
        },
        objects=scene(),
        looks=("rotated-box",),
    ),
    "ImageNet, names without suffix": Layout(
        format="voc",
        images={"Data/DET/train/n02121620/n02121620_1.jpg": (200, 100), "Data/DET/val/val_1.jpg": (120, 160)},
        files={
            "Annotations/DET/train/n02121620/n02121620_1.xml": _xml(
                "a.jpg", _CAT_A, _DOG_A, folder="n02121620", filename="n02121620_1"
            ),
            "Annotations/DET/val/val_1.xml": _xml("b.jpg", _CAT_B, folder="val", filename="val_1"),
        },
        objects=scene("Data/DET/train/n02121620/n02121620_1.jpg", "Data/DET/val/val_1.jpg"),
        splits={"Data/DET/train/n02121620/n02121620_1.jpg": "train", "Data/DET/val/val_1.jpg": "val"},
    ),
    "an XML in UTF-16 and a class with an accent": Layout(
        format="voc",
        images=images_at("a.jpg"),
        files={
            "a.xml": ('<?xml version="1.0" encoding="UTF-16"?>\n' + _xml("a.jpg", ("Kätzchen", "20 10 80 60"))).encode(
                "utf-16"
            )
        },
        objects=(("a.jpg", "Kätzchen", CAT_A),),
    ),
}
