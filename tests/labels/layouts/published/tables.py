"""CSV tables of TensorFlow, RetinaNet, Open Images, make-sense, VoTT, Roboflow, AutoML and Kaggle.

TensorFlow (raccoon_dataset's xml_to_csv): filename, width, height, class, xmin, ymin, xmax, ymax (px).
Roboflow's "Tensorflow Object Detection" has the same columns in `_annotations.csv` of each split.
keras-retinanet (its README, "CSV datasets"): path, x1, y1, x2, y2, class_name without header; an image without objects
  has its path and five empty fields; classes.csv: class_name, id from 0.
Open Images: ImageID (name without suffix), Source, LabelName (/m/...), Confidence, XMin, XMax, YMin, YMax (0 to 1),
  IsOccluded, IsTruncated, IsGroupOf, IsDepiction, IsInside; class-descriptions-boxable.csv: LabelName, name, no header.
make-sense (its source, `RectLabelsExporter`): label, x, y, width, height, image, image width, image height; later with
  the header label_name, bbox_x, bbox_y, bbox_width, bbox_height, image_name, image_width, image_height.
VoTT CSV: "image","xmin","ymin","xmax","ymax","label" (px, decimals).
Google AutoML Vision: set, path, label, x_min, y_min, , , x_max, y_max, , (0 to 1), without header.
Kaggle's Global Wheat: image_id (name without suffix), width, height, bbox "[x, y, width, height]", source.
"""

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import CAT_A, CAT_B, DOG_A, SIZES, images_at, scene

_TENSORFLOW = "filename,width,height,class,xmin,ymin,xmax,ymax\n"
_A_ROWS = "a.jpg,200,100,cat,20,10,80,60\na.jpg,200,100,dog,100,20,180,90\n"
_B_ROW = "b.jpg,120,160,cat,12,40,72,120\n"
_OPEN_IMAGES = (
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"
)
_DESCRIPTIONS = "/m/01yrx,cat\n/m/0bt9lr,dog\n"

LAYOUTS = {
    "TensorFlow": Layout(
        format="csv",
        images=images_at("images/a.jpg", "images/b.jpg", "images/c.jpg"),
        files={"annotations.csv": _TENSORFLOW + _A_ROWS + _B_ROW},
        objects=scene("images/a.jpg", "images/b.jpg"),
        unlabelled=("images/c.jpg",),
    ),
    "TensorFlow, a table for each split": Layout(
        format="csv",
        images=images_at("images/train/a.jpg", "images/test/b.jpg"),
        files={"data/train_labels.csv": _TENSORFLOW + _A_ROWS, "data/test_labels.csv": _TENSORFLOW + _B_ROW},
        objects=scene("images/train/a.jpg", "images/test/b.jpg"),
        splits={"images/train/a.jpg": "train", "images/test/b.jpg": "test"},
    ),
    "Roboflow's TensorFlow": Layout(
        format="csv",
        images=images_at("train/a.jpg", "valid/b.jpg"),
        files={"train/_annotations.csv": _TENSORFLOW + _A_ROWS, "valid/_annotations.csv": _TENSORFLOW + _B_ROW},
        objects=scene("train/a.jpg", "valid/b.jpg"),
        splits={"train/a.jpg": "train", "valid/b.jpg": "val"},
    ),
    "keras-retinanet with classes and an image without objects": Layout(
        format="csv",
        images=images_at("imgs/a.jpg", "imgs/b.jpg", "imgs/c.jpg"),
        files={
            "annotations.csv": "imgs/a.jpg,20,10,80,60,cat\nimgs/a.jpg,100,20,180,90,dog\nimgs/b.jpg,12,40,72,120,cat\n"
            "imgs/c.jpg,,,,,\n",
            "classes.csv": "cat,0\ndog,1\n",
        },
        objects=scene("imgs/a.jpg", "imgs/b.jpg"),
        background=("imgs/c.jpg",),
    ),
    "Open Images with descriptions and a group": Layout(
        format="openimages",
        images=images_at("train/a.jpg", "train/b.jpg"),
        files={
            "train-annotations-bbox.csv": _OPEN_IMAGES
            + "a,xclick,/m/01yrx,1,0.1,0.4,0.1,0.6,0,0,0,0,0\na,xclick,/m/0bt9lr,1,0.5,0.9,0.2,0.9,1,0,1,0,0\n"
            + "b,activemil,/m/01yrx,1,0.1,0.6,0.25,0.75,0,1,0,0,0\n",
            "class-descriptions-boxable.csv": _DESCRIPTIONS,
        },
        objects=scene("train/a.jpg", "train/b.jpg"),
        crowd=1,
    ),
    "Open Images, a table for each split": Layout(
        format="openimages",
        images=images_at("train/a.jpg", "validation/b.jpg"),
        files={
            "annotations/train-annotations-bbox.csv": _OPEN_IMAGES
            + "a,xclick,/m/01yrx,1,0.1,0.4,0.1,0.6,0,0,0,0,0\na,xclick,/m/0bt9lr,1,0.5,0.9,0.2,0.9,1,0,0,0,0\n",
            "annotations/validation-annotations-bbox.csv": _OPEN_IMAGES
            + "b,activemil,/m/01yrx,1,0.1,0.6,0.25,0.75,0,1,0,0,0\n",
            "metadata/class-descriptions-boxable.csv": _DESCRIPTIONS,
        },
        objects=scene("train/a.jpg", "validation/b.jpg"),
        splits={"train/a.jpg": "train", "validation/b.jpg": "val"},
    ),
    # As programs write it of other classes: the file's name says what it is.
    "Open Images with other codes": Layout(
        format="openimages",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "annotations/train-annotations-bbox.csv": _OPEN_IMAGES
            + "a,,C1,1,0.1,0.4,0.1,0.6,-1,-1,-1,-1,-1\na,,C2,1,0.5,0.9,0.2,0.9,-1,-1,-1,-1,-1\n"
            + "b,,C1,1,0.1,0.6,0.25,0.75,-1,-1,-1,-1,-1\n",
            "annotations/class-descriptions.csv": "C1,cat\nC2,dog\n",
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
    ),
    "make-sense without header": Layout(
        format="csv",
        images=SIZES,
        files={
            "labels_pets.csv": "cat,20,10,60,50,a.jpg,200,100\ndog,100,20,80,70,a.jpg,200,100\n"
            "cat,12,40,60,80,b.jpg,120,160\n"
        },
        objects=scene(),
        unlabelled=("c.jpg",),
    ),
    "make-sense with header": Layout(
        format="csv",
        images=images_at("a.jpg", "b.jpg"),
        files={
            "labels_pets.csv": "label_name,bbox_x,bbox_y,bbox_width,bbox_height,image_name,image_width,image_height\n"
            "cat,20,10,60,50,a.jpg,200,100\ndog,100,20,80,70,a.jpg,200,100\ncat,12,40,60,80,b.jpg,120,160\n"
        },
        objects=scene(),
    ),
    "VoTT's CSV": Layout(
        format="csv",
        images=images_at("vott-csv-export/a.jpg", "vott-csv-export/b.jpg"),
        files={
            "vott-csv-export/pets-export.csv": '"image","xmin","ymin","xmax","ymax","label"\n'
            '"a.jpg",20.21,9.87,80.02,60.1,"cat"\n"a.jpg",100.4,20.0,179.9,90.0,"dog"\n"b.jpg",12.0,40.0,72.0,119.6,"cat"\n'
        },
        objects=scene("vott-csv-export/a.jpg", "vott-csv-export/b.jpg"),
    ),
    "AutoML Vision without header": Layout(
        format="csv",
        images=images_at("pets/a.jpg", "pets/b.jpg"),
        files={
            "import.csv": "TRAIN,gs://bucket/pets/a.jpg,cat,0.1,0.1,,,0.4,0.6,,\n"
            "TRAIN,gs://bucket/pets/a.jpg,dog,0.5,0.2,,,0.9,0.9,,\nVALIDATION,gs://bucket/pets/b.jpg,cat,0.1,0.25,,,0.6,0.75,,\n"
        },
        objects=scene("pets/a.jpg", "pets/b.jpg"),
        splits={"pets/a.jpg": "train", "pets/b.jpg": "val"},
    ),
    # One class, which the table does not name.
    "Kaggle's Global Wheat, the box in one field": Layout(
        format="csv",
        images=images_at("train/a.jpg", "train/b.jpg"),
        files={
            "train.csv": "image_id,width,height,bbox,source\n"
            'a,200,100,"[20.0, 10.0, 60.0, 50.0]",usask_1\na,200,100,"[100.0, 20.0, 80.0, 70.0]",usask_1\n'
            'b,120,160,"[12.0, 40.0, 60.0, 80.0]",arvalis_1\n'
        },
        objects=(
            ("train/a.jpg", "object", CAT_A),
            ("train/a.jpg", "object", DOG_A),
            ("train/b.jpg", "object", CAT_B),
        ),
        looks=("class-column",),
    ),
    "corner and size with semicolons and decimal commas": Layout(
        format="csv",
        images=images_at("bilder/a.jpg", "bilder/b.jpg"),
        files={
            "boxen.csv": "image;class;x;y;width;height\na.jpg;cat;20,0;10,25;60,0;49,75\na.jpg;dog;100;20;80;70\n"
            "b.jpg;cat;12;40;60;80\n"
        },
        objects=scene("bilder/a.jpg", "bilder/b.jpg"),
    ),
    "centre and size as shares": Layout(
        format="csv",
        images=images_at("images/a.jpg", "images/b.jpg"),
        files={
            "boxes.tsv": "image_path\tlabel\tx_center\ty_center\twidth\theight\n"
            "images/a.jpg\tcat\t0.25\t0.35\t0.3\t0.5\n"
            "images/a.jpg\tdog\t0.7\t0.55\t0.4\t0.7\nimages/b.jpg\tcat\t0.35\t0.5\t0.5\t0.5\n"
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
    ),
}
