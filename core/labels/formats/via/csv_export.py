"""VIA 1 and 2 as CSV: one line per region, or one for an image without regions."""

import csv
import io
import json
from typing import Any, Final

from core.labels.formats.alike import MOST_ALIKE
from core.labels.formats.json_records import attributes_of, guessed_encoding
from core.labels.formats.numbers import read_size
from core.labels.formats.via.records import Region, ViaFile, ViaImage
from core.labels.formats.written import Written
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.text import decode

_NEEDED: Final = ("filename", "region_shape_attributes", "region_attributes")


def is_header(line: str) -> bool:
    """Whether a line names VIA's columns. Older versions begin it with "#"."""
    columns = _columns(line)
    return all(name in columns for name in _NEEDED)


def read_csv(written: Written, tree: SourceTree, file: str) -> ViaFile | None:
    """The content of a CSV file; None, with the file refused, if it cannot be read."""
    text = _text(written, tree, file)
    if text is None:
        return None
    lines = text.splitlines(keepends=True)
    columns = _columns(lines[0]) if lines else []
    if not all(name in columns for name in _NEEDED):
        written.refuse_file(file, f"{file}: the first line does not name VIA's columns {', '.join(_NEEDED)}.", 1)
        return None
    rows = csv.reader(io.StringIO("".join(lines[1:])))
    images: dict[tuple[str, str], _Rows] = {}
    short = 0
    try:
        for row in rows:
            if row:
                line = rows.line_num + 1
                short += len(row) != len(columns)
                if line > tree.limits.csv_lines or short > MOST_ALIKE:
                    many = f"over {MOST_ALIKE:,} lines have not one cell per column"
                    what = many if short > MOST_ALIKE else f"only {tree.limits.csv_lines:,} lines are allowed"
                    written.refuse_file(file, f"{file}, line {line}: {what}.", line)
                    return None
                cells = dict(zip(columns, row, strict=False))
                key = cells.get("filename", ""), cells.get("file_size", "")
                images.setdefault(key, _Rows(line)).add(cells, line, is_complete=len(row) == len(columns))
    except csv.Error as error:
        line = rows.line_num + 1
        written.refuse_file(file, f"{file}, line {line}: broken CSV ({error}).", line)
        return None
    return ViaFile(file=file, images=[rows.image(*key) for key, rows in images.items()])


def _text(written: Written, tree: SourceTree, file: str) -> str | None:
    limit = tree.limits.label_file_bytes
    if tree.sizes.get(file, 0) > limit:
        written.refuse_file(file, f"{file} has {tree.sizes[file]:,} bytes; {limit:,} are allowed.")
        return None
    if guessed := guessed_encoding(tree, file, limit):
        written.refuse_file(file, guessed, check="encoding-guessed")
        return None
    try:
        seen = decode(tree.read(file))
    except OSError as error:
        written.refuse_file(file, f"{file}: cannot be read ({error.strerror}).")
        return None
    if seen is None:
        written.refuse_file(file, f"{file}: is no text.")
        return None
    return seen.text


class _Rows:
    """The lines of one image."""

    def __init__(self, line: int) -> None:
        self._line, self._count, self._attributes = line, 0, dict[str, str]()
        self._regions: list[Region] = []

    def add(self, cells: dict[str, str], line: int, *, is_complete: bool) -> None:
        try:
            if not is_complete:
                raise ValueError("it has not one cell per column")
            shape, attributes, of_file = (
                _cell(cells.get(name, ""))
                for name in ("region_shape_attributes", "region_attributes", "file_attributes")
            )
        except (ValueError, RecursionError) as error:
            self._regions.append(Region(shape=None, attributes={}, line=line, fault=f"its cells are no JSON: {error}"))
            return
        self._attributes |= attributes_of(of_file)
        self._count = max(self._count, read_size(cells.get("region_count", "")))
        # The line of an image without regions has empty objects.
        if shape or attributes:
            self._regions.append(Region(shape=shape, attributes=attributes, line=line))

    def image(self, name: str, size: str) -> ViaImage:
        """The image with its regions; one that lacks lines has a fault."""
        missing = self._count - len(self._regions)
        fault = f"`region_count` is {self._count}, but {len(self._regions)} regions follow" if missing > 0 else ""
        return ViaImage(
            image=name or f"line {self._line}",
            line=self._line,
            size_bytes=read_size(size),
            regions=tuple(self._regions),
            attributes=self._attributes,
            fault=fault,
        )


def _cell(text: str) -> Any:
    """The JSON in a cell; None for an empty one. Raises ValueError."""
    if not text.strip():
        return None
    return json.loads(text)


def _columns(line: str) -> list[str]:
    return [name.strip().lstrip("#").strip().strip('"') for name in line.lstrip("\ufeff").split(",")]
