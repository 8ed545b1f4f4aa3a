"""Writes label files into a folder and reads them with one reader, without the steps that follow a reader."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.labels.findings import Severity
from core.labels.formats.written import Written
from core.labels.sources.sample import take_sample
from core.labels.sources.source_tree import SourceTree


def tree_of(folder: Path, files: Mapping[str, Any]) -> SourceTree:
    """A source with these files; objects and lists are written as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict | list):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return SourceTree.walk(folder)


def claimed(reader: Any, tree: SourceTree) -> list[str]:
    """The files of the source that the reader claims."""
    names = [name for name in tree.sizes if name.lower().endswith(reader.SUFFIXES)]
    return [name for name in names if reader.claim(take_sample(tree, name))]


def read_claimed(reader: Any, folder: Path, files: Mapping[str, Any]) -> Written:
    """What the reader reads from all files, each of which it must claim."""
    tree = tree_of(folder, files)
    names = claimed(reader, tree)
    assert sorted(names) == sorted(files), "a label file was not claimed"
    written = reader.read(tree, names)
    assert_whole(written)
    return written


def assert_whole(written: Written) -> None:
    """Every column has a value per row, and every index is one of the lists'."""
    rows = len(written.token)
    assert len(written.entry) == len(written.group) == len(written.line) == rows
    assert len(written.values) == 4 * rows
    assert all(0 <= entry < len(written.entries) for entry in [*written.entry, *(e for e, _ in written.unreadable)])
    assert all(0 <= group < len(written.groups) for group in written.group)
    for finding in written.findings:
        finding.message.encode()
        assert finding.message.startswith(finding.file)


def objects_of(written: Written) -> list[tuple[str, str, list[float]]]:
    """(image as written, class, four numbers) of every object."""
    return [
        (written.entries[entry].image, token, [round(value, 3) for value in written.values[4 * row : 4 * row + 4]])
        for row, (entry, token) in enumerate(zip(written.entry, written.token, strict=True))
    ]


def found(written: Written) -> list[tuple[str, str, int]]:
    """(check, file, line) of every finding."""
    return [(finding.check, finding.file, finding.line) for finding in written.findings]


def blocked(written: Written) -> list[str]:
    """The messages of the findings that block."""
    return [finding.message for finding in written.findings if finding.severity is Severity.BLOCKS]
