"""The small data set that other programs write: four images, seven boxes of three classes.

One image lies in a folder, one name has a space, one image is background, one class has a name of two words.
"""

import io
from pathlib import Path
from typing import Final

from PIL import Image

Box = tuple[float, float, float, float]
Labels = list[tuple[str, Box]]

CLASSES: Final = ["cat", "dog", "traffic light"]
SIZES: Final = {"a.jpg": (200, 100), "street 1.jpg": (120, 160), "sub/c.jpg": (160, 120), "empty.jpg": (64, 48)}
SPLITS: Final = {"a.jpg": "train", "street 1.jpg": "val", "sub/c.jpg": "train", "empty.jpg": "train"}
# Corners x1 y1 x2 y2 in px.
LABELS: Final[dict[str, Labels]] = {
    "a.jpg": [("cat", (20.5, 10.25, 80.0, 60.0)), ("dog", (100.0, 20.0, 180.5, 90.25))],
    "street 1.jpg": [("cat", (12.0, 40.0, 72.5, 120.0)), ("traffic light", (80.0, 10.0, 100.25, 50.0))],
    "sub/c.jpg": [
        ("dog", (5.0, 5.0, 60.0, 60.5)),
        ("dog", (70.0, 30.0, 150.0, 110.0)),
        ("traffic light", (100.0, 0.0, 120.0, 40.0)),
    ],
    "empty.jpg": [],
}
# For programs that give a label file the name of its image and no folder.
FLAT: Final = {name: name.rpartition("/")[2] for name in SIZES}


def polygon_in(box: Box) -> list[float]:
    """Six points whose box is `box`, as x, y, x, y, ..., in px."""
    x1, y1, x2, y2 = box
    middle_x, middle_y = (x1 + x2) / 2, (y1 + y2) / 2
    return [middle_x, y1, x2, y1, x2, middle_y, middle_x, y2, x1, y2, x1, middle_y]


def whole_px(box: Box) -> tuple[int, int, int, int]:
    """The box with its corners on whole px, for masks."""
    x1, y1, x2, y2 = box
    return int(x1), int(y1), int(x2), int(y2)


def write_image(path: Path, name: str) -> None:
    """Writes the image `name` of the scene to a path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    Image.new("RGB", SIZES[name], "grey").save(buffer, "JPEG")
    path.write_bytes(buffer.getvalue())


def write_images(folder: Path, *, flat: bool = False) -> dict[str, str]:
    """Writes all images below a folder; returns the name in the scene by the name there."""
    names = {FLAT[name] if flat else name: name for name in SIZES}
    for written, name in names.items():
        write_image(folder / written, name)
    return names
