"""Where a referee reads something else than the layout says, and who is right.

Two referees or more contradict each other only on Pascal VOC's first pixel. In the other places a referee cannot read a
sound file, or looks for it elsewhere.
"""

from typing import Final

_FIRST_PIXEL: Final = (
    "supervision takes 1 from xmin and ymin, as VOC's kit of 2007 counts pixels from 1 and keeps the last one. datumaro "
    "and labelformat take the numbers as written, and so do we: files of today (LabelImg, Roboflow, CVAT, both referees) "
    "count from 0, and no file says how it counts. If a file does count from 1, two sides are 1 px off."
)
_DECLARATION: Final = (
    "labelformat passes the text to an XML parser that refuses one with an encoding declaration. The file is sound: CVAT "
    "writes the declaration itself."
)
_NO_IDS: Final = (
    "labelformat writes annotations without `id`, which COCO's schema asks for and datumaro and pycocotools need. The id "
    "says nothing about an object, so we read the file."
)
_TOP_ONLY: Final = "supervision lists the images of the top folder only. Ultralytics, whose layout it is, takes all below, and so do we."

# (layout, referee) -> why.
DIFFERENCES: Final[dict[tuple[str, str], str]] = {
    ("datumaro: cvat", "labelformat"): _DECLARATION,
    ("datumaro: cvat, polygons", "labelformat"): _DECLARATION,
    ("datumaro: kitti_detection", "datumaro"): (
        "datumaro expects 16 columns and fails on the file that it wrote, because of the class of two words. labelformat "
        "counts the columns from the end, and so do we."
    ),
    ("datumaro: yolo_ultralytics", "datumaro"): (
        "datumaro writes sub/c.jpg into the folder of its split and then looks for `c` there. Ultralytics takes all "
        "images below the folder, and so do we."
    ),
    ("labelformat: COCO", "datumaro"): _NO_IDS,
    ("labelformat: COCO", "pycocotools"): _NO_IDS,
    ("labelformat: COCO, polygons", "datumaro"): _NO_IDS,
    ("labelformat: COCO, polygons", "pycocotools"): _NO_IDS,
    ("labelformat: COCO, run lengths", "datumaro"): _NO_IDS,
    ("labelformat: COCO, run lengths", "pycocotools"): _NO_IDS,
    ("labelformat: CVAT project", "datumaro"): (
        "datumaro wants each image's subset in a project's file. CVAT writes the attribute only for images that have one."
    ),
    ("labelformat: Pascal VOC", "supervision"): _FIRST_PIXEL,
    ("labelformat: YOLOv8", "supervision"): _TOP_ONLY,
    ("labelformat: YOLOv8, polygons", "supervision"): _TOP_ONLY,
    ("supervision: Pascal VOC", "supervision"): _FIRST_PIXEL,
    ("supervision: Pascal VOC, polygons", "supervision"): _FIRST_PIXEL,
}  # fmt: skip
