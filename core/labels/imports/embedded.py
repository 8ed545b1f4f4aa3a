"""Takes images out of label files that hold them, where the source lacks the image's own file."""

from dataclasses import replace
from pathlib import Path

from core.errors import AppError
from core.files import atomic_writer
from core.labels.formats.labelme.embedded_image import embedded_image
from core.labels.sources.source_tree import SourceTree


def with_embedded_images(tree: SourceTree, files: tuple[str, ...], folder: Path) -> SourceTree:
    """The source with the images that these label files hold, each beside its file and named after it.

    Their bytes are written into `folder`, and not into the source. A file whose image cannot be taken out is left as it
    is: its image stays missing, which blocks. Raises StorageError.
    """
    overlay, sizes = dict(tree.overlay), dict(tree.sizes)
    for file in files:
        try:
            image = embedded_image(tree, file)
        except AppError:
            continue
        path = f"{file.rpartition('.')[0]}{image.suffix}"
        if path in sizes:
            continue
        target = folder / path
        with atomic_writer(target) as handle:
            handle.write(image.data)
        overlay[path], sizes[path] = str(target.absolute()), len(image.data)
    return (
        replace(tree, sizes=dict(sorted(sizes.items())), overlay=overlay) if len(overlay) > len(tree.overlay) else tree
    )
