"""Where a referee reads something else than the layout says, and who is right.

Two referees or more contradict each other only on Pascal VOC's first pixel. In the other places a referee cannot read a
sound file, or looks for it elsewhere.
"""

from typing import Final

_FIRST_PIXEL: Final = """
supervision takes 1 from xmin and ymin, as VOC's kit of 2007 counts pixels from 1 and keeps the last one. datumaro and
labelformat take the numbers as written, and so do we: files of today (LabelImg, Roboflow, CVAT, both referees) count
from 0, and no file says how it counts. If a file does count from 1, two sides are 1 px off.
"""
_DECLARATION: Final = """
labelformat gives text to an XML parser that refuses text with an encoding declaration. The file is sound: CVAT writes
the declaration itself.
"""
_NO_IDS: Final = """
labelformat writes annotations without `id`, which COCO's schema asks for and datumaro and pycocotools need. The id says
nothing about an object, so we read the file.
"""
_TOP_ONLY: Final = """
supervision lists the images of the top folder only. Ultralytics, whose layout it is, takes all below, and so do we.
"""
_TWO_WORDS: Final = """
datumaro expects 15 or 16 columns and fails on the file that it wrote, as a class of two words adds one. labelformat
counts the columns from the end, and so do we.
"""
_FOLDER_IN_LIST: Final = """
datumaro lists images/train/sub/c.jpg in train.txt and then looks for an image `c`, without its folder. The paths of the
list are whole, and we take them so.
"""
_SUBSET: Final = """
datumaro wants a subset of each image in a project's file, as CVAT itself writes it. Without one an image is in no
split, which says nothing about its boxes.
"""

# (layout, referee) -> why.
DIFFERENCES: Final[dict[tuple[str, str], str]] = {
    ("datumaro: cvat", "labelformat"): _DECLARATION,
    ("datumaro: cvat, polygons", "labelformat"): _DECLARATION,
    ("datumaro: kitti_detection", "datumaro"): _TWO_WORDS,
    ("datumaro: yolo_ultralytics", "datumaro"): _FOLDER_IN_LIST,
    ("labelformat: COCO", "datumaro"): _NO_IDS,
    ("labelformat: COCO", "pycocotools"): _NO_IDS,
    ("labelformat: COCO, polygons", "datumaro"): _NO_IDS,
    ("labelformat: COCO, polygons", "pycocotools"): _NO_IDS,
    ("labelformat: COCO, run lengths", "datumaro"): _NO_IDS,
    ("labelformat: COCO, run lengths", "pycocotools"): _NO_IDS,
    ("labelformat: CVAT project", "datumaro"): _SUBSET,
    ("labelformat: Pascal VOC", "supervision"): _FIRST_PIXEL,
    ("labelformat: YOLOv8", "supervision"): _TOP_ONLY,
    ("labelformat: YOLOv8, polygons", "supervision"): _TOP_ONLY,
    ("supervision: Pascal VOC", "supervision"): _FIRST_PIXEL,
    ("supervision: Pascal VOC, polygons", "supervision"): _FIRST_PIXEL,
}  # fmt: skip
