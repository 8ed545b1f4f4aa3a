"""The text form of this product: `class x1 y1 x2 y2` a line, corners in px, one file an image.

Schema (docs/reading.md): the class is a name, or a number of classes.txt (one name a line, from 0). An empty file is
background. train.txt, val.txt and test.txt list images.
"""

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, images_at, scene

LAYOUTS = {
    # The names of classes in the rows, and corners in px: the text form of this product.
    "reference text with names": Layout(
        format="text",
        images=images_at("images/a.jpg", "images/b.jpg", "images/c.jpg"),
        files={
            "labels/a.txt": "cat 20 10 80 60\ndog 100 20 180 90\n",
            "labels/b.txt": "cat 12 40 72 120\n",
            "labels/c.txt": "",
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        background=("images/c.jpg",),
    ),
    "reference text with numbers and lists": Layout(
        format="text",
        images=SIZES,
        files={
            "classes.txt": "cat\ndog\n",
            "train.txt": "a.jpg\nc.jpg\n",
            "val.txt": "b.jpg\n",
            "a.txt": "0 20 10 80 60\n1 100 20 180 90\n",
            "b.txt": "0 12 40 72 120\n",
        },
        objects=scene(),
        unlabelled=("c.jpg",),
        splits={"a.jpg": "train", "b.jpg": "val", "c.jpg": "train"},
    ),
}
