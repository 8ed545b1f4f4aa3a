"""Writes label files and reads them with one reader, as the readers' tests need it."""

from pathlib import Path
from types import ModuleType
from typing import Any

from core.labels.formats.written import Written
from core.labels.sources.sample import take_sample
from core.labels.sources.source_tree import SourceTree
from tests.factories.app.uploads import folder_of

Row = tuple[str, str, list[float]]


def written_of(folder: Path, files: dict[str, bytes | str], reader: ModuleType) -> Written:
    """What the reader makes of those of the files that it claims."""
    tree = SourceTree.walk(folder_of(folder, files))
    return read_claimed(tree, reader)


def read_claimed(tree: SourceTree, reader: ModuleType) -> Written:
    """What the reader makes of those files of a tree that it claims."""
    claimed = [path for path in tree.with_suffix(*reader.SUFFIXES) if reader.claim(take_sample(tree, path))]
    written: Any = reader.read(tree, claimed)
    assert isinstance(written, Written)
    return written


def rows_of(written: Written) -> list[Row]:
    """Each object's image (or label file, if the image is the label file's own), class and four numbers."""
    rows = []
    for row, token in enumerate(written.token):
        entry = written.entries[written.entry[row]]
        rows.append((entry.image or entry.file, token, list(written.values[4 * row : 4 * row + 4])))
    return rows


def found_in(written: Written) -> list[tuple[str, str, str, int]]:
    """Each finding's check, severity, file and line."""
    return [(found.check, str(found.severity), found.file, found.line) for found in written.findings]
