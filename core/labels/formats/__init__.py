"""The label formats, one module each, and their detection. core.labels.formats.base defines their interface."""

from typing import Final, cast

from core.errors import UploadError
from core.labels.formats import coco, text, voc, yolo
from core.labels.formats.base import Reader
from core.labels.formats.source_tree import SourceTree

READERS: Final[tuple[Reader, ...]] = tuple(cast(Reader, module) for module in (coco, voc, yolo, text))


def detect(tree: SourceTree, forced: str = "auto") -> Reader:
    """The reader for a source: the forced one, else the one with the highest score.

    Raises UploadError for an unknown format id, and if there are no images or nothing is recognised.
    """
    if forced != "auto":
        return _by_id(forced)
    scores = [reader.sniff(tree).score for reader in READERS]
    best = READERS[scores.index(max(scores))]
    if max(scores) > 0:
        if not tree.images:
            raise UploadError("There are labels, but no images.", "Add the images that the labels belong to.")
        return best
    if tree.images:
        raise UploadError(
            f"There are {len(tree.images):,} images, but no label files of a known format.",
            f"Known formats: {', '.join(reader.FORMAT_ID for reader in READERS)}. "
            "Check that the label files are in the upload.",
        )
    raise UploadError("There are no images and no label files in this.", "Give a folder or an archive with both.")


def _by_id(format_id: str) -> Reader:
    for reader in READERS:
        if format_id == reader.FORMAT_ID:
            return reader
    format_ids = ", ".join(reader.FORMAT_ID for reader in READERS)
    raise UploadError(f"There is no format {format_id!r}.", f"Known: {format_ids}.")
