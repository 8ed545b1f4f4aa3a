"""Reads images for Detectron2 with `core.images.open_image` instead of Pillow's `open`.

Detectron2's `read_image` lets every plugin of Pillow open a file, so a PostScript file in a data set's folder would
start Ghostscript.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from detectron2.data import detection_utils
from detectron2.modeling import test_time_augmentation

from core.images import open_image


def read_image(file_name: str, format: str | None = None) -> npt.NDArray[np.generic]:
    """The pixels of an image, upright by its EXIF: (H, W, C), as Detectron2's `read_image` returns them.

    `format`: a mode of Pillow, or BGR. Raises OSError for a file that is not an image in a supported format.
    """
    with open_image(Path(file_name)) as image:
        upright = detection_utils._apply_exif_orientation(image)
        pixels: npt.NDArray[np.generic] = detection_utils.convert_PIL_to_numpy(upright, format)
    return pixels


def replace_in_detectron2() -> None:
    """Makes Detectron2's mapper and its test-time augmentation read images with `read_image` of this module."""
    for module in (detection_utils, test_time_augmentation):
        module.read_image = read_image
