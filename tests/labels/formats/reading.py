"""What the reader tests share: read a set of files, and look at what came out."""

from dataclasses import replace
from pathlib import Path

from core.labels.reading.options import ReadOptions
from core.labels.reading.read import read_source
from core.labels.reading.reading import Reading
from core.labels.sources.source_tree import SourceTree
from core.tables import boxes_xyxy
from tests.factories.app.uploads import folder_of


def read_files(
    folder: Path, files: dict[str, bytes | str], options: ReadOptions | None = None, forced: str = "auto"
) -> Reading:
    """The reading of a folder with these files, by the readers that are detected, or the forced one."""
    tree = SourceTree.walk(folder_of(folder, files))
    return read_source(tree, replace(options or ReadOptions(), format=forced))


def boxes_of(reading: Reading) -> list[list[float]]:
    """Corners of all objects, in order."""
    return [[float(corner) for corner in box] for box in boxes_xyxy(reading.label_set.annotations)]


def found(reading: Reading) -> list[tuple[str, str, int]]:
    """(check, file, line) of every finding, in order."""
    return [(finding.check, finding.file, finding.line) for finding in reading.findings]


def split_of(reading: Reading) -> dict[str, str]:
    """Image -> split."""
    images = reading.label_set.images
    return dict(zip(images["source"], images["split"], strict=True))
