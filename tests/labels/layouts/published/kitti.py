"""KITTI's text rows.

Schema (KITTI object development kit, readme.txt), 15 columns: type, truncated (0 to 1), occluded (0 to 3), alpha, bbox
left, top, right, bottom (px from 0), height, width, length (m), x, y, z (m), rotation_y; results add a score. DontCare
marks a region that was not labelled: its 3-D columns are -1, -1, -10, -1, -1, -1, -1000, -1000, -1000, -10.
Beside them lie files of the cameras' matrices, calib/000000.txt.
"""

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import images_at, scene

_A = (
    "cat 0.00 0 1.85 20.00 10.00 80.00 60.00 1.67 1.87 3.69 -16.53 2.39 58.49 1.57\n"
    "dog 0.00 1 -1.67 100.00 20.00 180.00 90.00 1.41 1.58 4.36 3.18 2.27 34.38 -1.58\n"
)
_B = "cat 0.88 3 -0.69 12.00 40.00 72.00 120.00 1.60 1.57 3.23 -2.70 1.74 3.68 -1.29\n"
_DONT_CARE = "DontCare -1 -1 -10 0.00 0.00 15.00 15.00 -1 -1 -1 -1000 -1000 -1000 -10\n"
_CALIBRATION = (
    "P0: 7.215377000000e+02 0.0 6.095593000000e+02 0.0 0.0 7.215377000000e+02 1.728540000000e+02 0.0 0.0 0.0 1.0 0.0\n"
    "R0_rect: 1 0 0 0 1 0 0 0 1\n\n"
)

LAYOUTS = {
    "training/image_2 and label_2, with DontCare": Layout(
        format="kitti",
        images={"training/image_2/000000.png": (200, 100), "training/image_2/000001.png": (120, 160)},
        files={"training/label_2/000000.txt": _A + _DONT_CARE, "training/label_2/000001.txt": _B},
        objects=scene("training/image_2/000000.png", "training/image_2/000001.png"),
        ignored=(("training/image_2/000000.png", (0, 0, 15, 15)),),
    ),
    "training with the calibrations of its cameras": Layout(
        format="kitti",
        images={"training/image_2/000000.png": (200, 100), "training/image_2/000001.png": (120, 160)},
        files={
            "training/label_2/000000.txt": _A,
            "training/label_2/000001.txt": _B,
            **{f"training/calib/00000{number}.txt": _CALIBRATION for number in (0, 1)},
        },
        objects=scene("training/image_2/000000.png", "training/image_2/000001.png"),
        looks=("left-out",),
    ),
    "images and labels, with an image of DontCare only": Layout(
        format="kitti",
        images=images_at("images/a.jpg", "images/b.jpg", "images/c.jpg"),
        files={"labels/a.txt": _A, "labels/b.txt": _B, "labels/c.txt": _DONT_CARE},
        objects=scene("images/a.jpg", "images/b.jpg"),
        ignored=(("images/c.jpg", (0, 0, 15, 15)),),
        background=("images/c.jpg",),
    ),
    "results with a score": Layout(
        format="kitti",
        images=images_at("image_2/a.jpg", "image_2/b.jpg"),
        files={"label_2/a.txt": _A.replace("\n", " 0.97\n"), "label_2/b.txt": _B.replace("\n", " 0.5\n")},
        objects=scene("image_2/a.jpg", "image_2/b.jpg"),
    ),
}
