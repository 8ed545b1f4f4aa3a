"""Sources with more than one format, and with folders round the data set; the schemas stand in the other modules."""

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import YOLO_A, YOLO_B, images_at, scene
from tests.labels.layouts.published.voc import LAYOUTS as VOC

_XML = VOC["folders named annotations and images (Kaggle)"].files
_ROWS = "filename,width,height,class,xmin,ymin,xmax,ymax\n"
_CSV = "a.jpg,200,100,cat,20,10,80,60\na.jpg,200,100,dog,100,20,180,90\nb.jpg,120,160,cat,12,40,72,120\n"
_CAT_XML = (
    "<annotation><filename>a.jpg</filename><size><width>200</width><height>100</height><depth>3</depth></size>"
    "<object><name>cat</name><bndbox><xmin>20</xmin><ymin>10</ymin><xmax>80</xmax><ymax>60</ymax></bndbox></object>"
    "<object><name>dog</name><bndbox><xmin>100</xmin><ymin>20</ymin><xmax>180</xmax><ymax>90</ymax></bndbox></object>"
    "</annotation>"
)

LAYOUTS = {
    # As the raccoon data set: the same boxes as XML and as CSV are one.
    "VOC, and the same boxes as CSV": Layout(
        format="voc and csv",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={**_XML, "data/labels.csv": _ROWS + _CSV},
        objects=scene("images/a.jpg", "images/b.jpg"),
        left_out={"also in voc": 3},
        looks=("same-labels",),
    ),
    "VOC for one folder, YOLO for another": Layout(
        format="voc and yolo",
        images=images_at("cam1/a.jpg", "cam2/b.jpg"),
        files={"cam1/a.xml": _CAT_XML, "cam2/b.txt": YOLO_B, "cam2/classes.txt": "cat\ndog\n"},
        objects=scene("cam1/a.jpg", "cam2/b.jpg"),
    ),
    "COCO, and the same boxes as YOLO": Layout(
        format="coco and yolo",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "annotations.json": {
                "images": [
                    {"id": 1, "file_name": "a.jpg", "width": 200, "height": 100},
                    {"id": 2, "file_name": "b.jpg", "width": 120, "height": 160},
                ],
                "annotations": [
                    {"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 10, 60, 50], "area": 3000, "iscrowd": 0},
                    {"id": 2, "image_id": 1, "category_id": 2, "bbox": [100, 20, 80, 70], "area": 5600, "iscrowd": 0},
                    {"id": 3, "image_id": 2, "category_id": 1, "bbox": [12, 40, 60, 80], "area": 4800, "iscrowd": 0},
                ],
                "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
            },
            "classes.txt": "cat\ndog\n",
            "labels/a.txt": YOLO_A,
            "labels/b.txt": YOLO_B,
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        left_out={"also in coco": 3},
        looks=("same-labels",),
    ),
    "a data set in a folder in a folder": Layout(
        format="yolo",
        images=images_at("download/pets v1/train/images/a.jpg", "download/pets v1/valid/images/b.jpg"),
        files={
            "download/pets v1/data.yaml": "train: ../train/images\nval: ../valid/images\nnames: [cat, dog]\n",
            "download/pets v1/train/labels/a.txt": YOLO_A,
            "download/pets v1/valid/labels/b.txt": YOLO_B,
        },
        objects=scene("download/pets v1/train/images/a.jpg", "download/pets v1/valid/images/b.jpg"),
        splits={
            "download/pets v1/train/images/a.jpg": "train",
            "download/pets v1/valid/images/b.jpg": "val",
        },
    ),
}
