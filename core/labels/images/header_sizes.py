"""The size of each image of a source, from its header."""

from dataclasses import dataclass, field

from core.labels.images.image_header import ImageHeaderError, read_header
from core.labels.images.quick_header import quick_size
from core.labels.sources.source_tree import SourceTree


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSizes:
    """By image: (width, height) in px of the upright image, and EXIF orientations other than 1.

    `problems` say why the others cannot be measured.
    """

    upright_wh: dict[str, tuple[int, int]] = field(default_factory=dict)
    orientation: dict[str, int] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def read_sizes(tree: SourceTree, images: list[str]) -> ImageSizes:
    """Reads the headers of images."""
    sizes, most = ImageSizes(), tree.limits.image_pixels
    for image in images:
        try:
            size = quick_size(tree.absolute(image))
            if size is not None and size[0] * size[1] <= most:
                sizes.upright_wh[image] = size
                continue
        except OSError:
            pass  # read_header says why
        try:
            header = read_header(tree.path(image), tree.limits)
        except ImageHeaderError as error:
            sizes.problems[image] = str(error)
            continue
        sizes.upright_wh[image] = (header.width, header.height)
        if header.exif_orientation > 1:
            sizes.orientation[image] = header.exif_orientation
    return sizes
