"""The three images and three objects that most layouts describe, with numbers that can be checked by hand.

a.jpg, 200 x 100 px: a cat and a dog. b.jpg, 120 x 160 px: a cat. c.jpg, 64 x 48 px: nothing.
"""

from typing import Final

from tests.labels.layouts.layout import Box, Object

SIZES: Final = {"a.jpg": (200, 100), "b.jpg": (120, 160), "c.jpg": (64, 48)}
CAT_A: Final[Box] = (20, 10, 80, 60)
DOG_A: Final[Box] = (100, 20, 180, 90)
CAT_B: Final[Box] = (12, 40, 72, 120)

# As YOLO writes them: centre and size as shares of the image's sides. (20 + 80) / 2 / 200 = 0.25, and so on.
YOLO_A: Final = "0 0.25 0.35 0.3 0.5\n1 0.7 0.55 0.4 0.7\n"
YOLO_B: Final = "0 0.35 0.5 0.5 0.5\n"


def images_at(*paths: str) -> dict[str, tuple[int, int]]:
    """Paths of the images, each with the size that its last part says (`train/a.jpg` is a.jpg)."""
    return {path: SIZES[path.rpartition("/")[2]] for path in paths}


def scene(a: str = "a.jpg", b: str = "b.jpg") -> tuple[Object, ...]:
    """The three objects, with the paths of their images."""
    return (a, "cat", CAT_A), (a, "dog", DOG_A), (b, "cat", CAT_B)
