"""The size of each image of a source, from its header."""

from dataclasses import dataclass, field

from core.labels.images.image_header import ImageHeaderError, read_header
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
    sizes = ImageSizes()
    for image in images:
        try:
            header = read_header(tree.path(image), tree.limits)
        except ImageHeaderError as error:
            sizes.problems[image] = str(error)
            continue
        sizes.upright_wh[image] = (header.width, header.height)
        if header.exif_orientation > 1:
            sizes.orientation[image] = header.exif_orientation
    return sizes
