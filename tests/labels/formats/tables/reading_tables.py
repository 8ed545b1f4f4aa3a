"""Reads tables of a test: claims them as the product does, and reads what was claimed."""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from core.labels.formats.tables import csv_boxes
from core.labels.formats.written import Frame, Layout, Unit, Written
from core.labels.sources.sample import take_sample
from core.labels.sources.source_tree import SourceTree
from core.settings import Limits

Box = tuple[float, float, float, float]


def make_tree(folder: Path, files: Mapping[str, str | bytes], limits: Limits | None = None) -> SourceTree:
    """A source with these files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return SourceTree.walk(folder, limits)


def claimed(tree: SourceTree, reader: ModuleType = csv_boxes) -> list[str]:
    """The files that a reader takes for its own."""
    return [file for file in tree.with_suffix(*reader.SUFFIXES) if reader.claim(take_sample(tree, file))]


def read_files(folder: Path, files: Mapping[str, str | bytes], reader: ModuleType = csv_boxes) -> Written:
    """What a reader finds in the files that it claims."""
    tree = make_tree(folder, files)
    written: Written = reader.read(tree, claimed(tree, reader))
    return written


def read_one(folder: Path, text: str | bytes, name: str = "labels.csv") -> Written:
    """What the reader of CSV files finds in a file."""
    return read_files(folder, {name: text})


def boxes(written: Written, width: float = 100, height: float = 100, frame: Frame | None = None) -> list[Box]:
    """Corners x1 y1 x2 y2 in px of all objects, for images of one size, in each group's frame (or its first rival)."""
    found = []
    for row in range(len(written.token)):
        group = written.groups[written.group[row]]
        a, b, c, d = written.values[4 * row : 4 * row + 4]
        used = frame or group.frame or group.rivals[0]
        x1, y1, x2, y2 = {
            Layout.CORNERS: (a, b, c, d),
            Layout.CORNERS_XXYY: (a, c, b, d),
            Layout.CORNERS_YXYX: (b, a, d, c),
            Layout.CORNER_SIZE: (a, b, a + c, b + d),
            Layout.CENTRE: (a - c / 2, b - d / 2, a + c / 2, b + d / 2),
        }[used.layout]
        across, down = {Unit.PX: (1.0, 1.0), Unit.SHARE: (width, height), Unit.PERCENT: (width / 100, height / 100)}[
            used.unit
        ]
        found.append((x1 * across, y1 * down, x2 * across, y2 * down))
    return found


def objects(written: Written) -> list[tuple[str, str]]:
    """Image and class of all objects."""
    return [(written.entries[entry].image, token) for entry, token in zip(written.entry, written.token, strict=True)]


def checks(written: Written) -> list[str]:
    """The ids of all findings."""
    return [finding.check for finding in written.findings]
