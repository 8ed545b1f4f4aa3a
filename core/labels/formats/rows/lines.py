"""Splits the lines of text label files into a class token and numbers, and collects rows that are written alike."""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.labels.formats.base import quoted
from core.labels.formats.rows.even_files import parse_even, width_of
from core.labels.formats.written import Entry, Written
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.text import Text, decode

# A text label file holds one image's objects: 10,000 polygons of 50 points are about 10 MiB.
FILE_BYTES: Final = 16 * 2**20
# A file of only bad lines must not fill the memory with findings.
_BAD_LINES: Final = 1_000
_LONGEST_TOKEN: Final = 100
_DECIMAL_COMMA: Final = re.compile(r"-?\d*,\d+")
_DOTA_NUMBERS: Final = 8
# DOTA begins a file with where its image is from, and the size of a pixel on the ground.
_DOTA_HEAD: Final = re.compile(r"\s*(imagesource|gsd)\s*:.*")
# KITTI has a file of each image with the matrices of its cameras: `P0: 7.2e+02 0.0 …`
_CALIBRATION: Final = (b"P0: ", b"calib_time: ")
_CALIBRATIONS: Final = "calibrations of a camera"
# Files up to this size are parsed together. So many are read at once: at most 8 MiB of such.
_SMALL_BYTES: Final = 2**13
_AT_ONCE: Final = 1024


class _File(NamedTuple):
    path: str
    entry: int
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What rows share that are read alike: their folder, the count of numbers, and where words stand."""

    folder: str
    numbers: int
    is_class_last: bool = False


@dataclass(slots=True, kw_only=True)
class Bucket:
    """Rows of one kind, as columns: entry, 1-based line, class token, and the numbers one after another."""

    entry: "array[int]" = field(default_factory=lambda: array("q"))
    line: "array[int]" = field(default_factory=lambda: array("q"))
    token: list[str] = field(default_factory=list)
    numbers: "array[float]" = field(default_factory=lambda: array("d"))

    def matrix(self) -> npt.NDArray[np.float64]:
        """(N, M) numbers, M to a row."""
        return np.frombuffer(self.numbers, dtype=np.float64).reshape(len(self.token), -1)


@dataclass(slots=True, kw_only=True)
class TextLines:
    """The rows of all text label files, by kind. Lines that cannot be read are refused in `written`."""

    written: Written
    buckets: dict[Rows, Bucket] = field(default_factory=dict)

    def read_files(self, tree: SourceTree, files: list[str]) -> None:
        """Adds an entry for each file, and its rows."""
        for start in range(0, len(files), _AT_ONCE):
            alike: dict[tuple[str, int], list[_File]] = {}
            for file in self._open(tree, files[start : start + _AT_ONCE]):
                width = width_of(file.content) if len(file.content) <= _SMALL_BYTES else 0
                if width:
                    alike.setdefault((file.path.rpartition("/")[0], width), []).append(file)
                else:
                    self._read(file)
            for (_, width), members in alike.items():
                self._read_alike(members, width)
        self._say_calibrations()

    def _open(self, tree: SourceTree, paths: list[str]) -> Iterator[_File]:
        for path in paths:
            content, fault = b"", ""
            if tree.sizes[path] > FILE_BYTES:
                fault = f"larger than {FILE_BYTES // 2**20} MiB"
            else:
                try:
                    content = tree.read(path)
                except OSError as error:
                    fault = f"cannot be read ({error.strerror})"
            if content.startswith(_CALIBRATION):
                self.written.left_out_files[path] = _CALIBRATIONS
                continue
            entry = self.written.add_entry(Entry(file=path))
            if fault:
                self.written.refuse_file(path, f"{path}: {fault}.")
            else:
                yield _File(path, entry, content)

    def _say_calibrations(self) -> None:
        files = [path for path, what in self.written.left_out_files.items() if what == _CALIBRATIONS]
        if files:
            message = (
                f"{files[0]}: it and {len(files) - 1:,} more files are calibrations of a camera, and hold no labels."
            )
            self.written.look("left-out", message, files[0])

    def _read_alike(self, files: list[_File], width: int) -> None:
        """Reads files of one folder, at once if all their lines have this number of fields."""
        even = parse_even([file.content for file in files], width)
        if even is None:
            for file in files:
                self._read(file)
            return
        bucket = self._bucket(Rows(folder=files[0].path.rpartition("/")[0], numbers=width - 1))
        for file, count in zip(files, even.rows_of_files, strict=True):
            bucket.entry.extend([file.entry] * count)
            bucket.line.extend(range(1, count + 1))
        bucket.token.extend(even.tokens)
        bucket.numbers.frombytes(even.numbers.tobytes())

    def _read(self, file: _File) -> None:
        text = decode(file.content)
        if text is None:
            message = f"{file.path}: binary data, expected lines of text (class x1 y1 x2 y2)."
            self.written.refuse_file(file.path, message, 1, "malformed-line")
            return
        self._read_text(text.text, file.path, file.entry)
        if text.rivals:
            self._doubt_encoding(file.path, text, file.content)

    def _bucket(self, rows: Rows) -> Bucket:
        return self.buckets.get(rows) or self.buckets.setdefault(rows, Bucket())

    def _read_text(self, text: str, file: str, entry: int) -> None:
        folder = file.rpartition("/")[0]
        faults = 0
        for number, line in enumerate(text.split("\n"), 1):
            fields = line.split()
            if not fields or _DOTA_HEAD.fullmatch(line):
                continue
            try:
                numbers = [float(value) for value in fields[1:]]
                is_plain = len(numbers) >= 4 and "_" not in line
            except ValueError:
                is_plain = False
            if is_plain:
                rows, token = Rows(folder=folder, numbers=len(numbers)), fields[0]
            else:
                split = _split_oddly(line, fields)
                if isinstance(split, str):
                    faults += 1
                    self._refuse(file, entry, number, fields, split, faults)
                    if faults == _BAD_LINES:
                        return
                    continue
                token, numbers, is_class_last = split
                rows = Rows(folder=folder, numbers=len(numbers), is_class_last=is_class_last)
            bucket = self._bucket(rows)
            bucket.entry.append(entry)
            bucket.line.append(number)
            bucket.token.append(token)
            bucket.numbers.extend(numbers)

    def _doubt_encoding(self, file: str, text: Text, data: bytes) -> None:
        """Refuse a file whose class names depend on a guess: only they can be words in it."""
        if text.text.isascii():
            return
        words = "; ".join(f"{page}: {', '.join(_foreign(data.decode(page, 'replace')))}" for page in text.rivals)
        message = f"{file}: not UTF-8, and nothing says in which encoding its class names are ({words})."
        self.written.refuse_file(file, message, check="encoding-guessed")

    def _refuse(self, file: str, entry: int, number: int, fields: list[str], what: str, faults: int) -> None:
        token = fields[0] if len(fields) > 1 and len(fields[0]) <= _LONGEST_TOKEN else ""
        self.written.refuse_object(entry, token, "malformed-line", f"{file}, line {number}: {what}", number)
        if faults == _BAD_LINES:
            message = f"{file}: {faults:,} unreadable lines; the rest of the file was not read."
            self.written.refuse_file(file, message, number, "malformed-line")


def _foreign(text: str) -> list[str]:
    """The first words of a text that are not ASCII."""
    return [quoted(word) for word in dict.fromkeys(text.split()) if not word.isascii()][:3]


def _split_oddly(line: str, fields: list[str]) -> tuple[str, list[float], bool] | str:
    """The class, the numbers, and whether the class comes last, of a line that is not `class number …`; or its fault.

    Understood are commas between fields, decimal commas, class names with blanks, and the class behind the numbers.
    """
    if "_" not in line and (separated := _separated(line)):
        fields = separated
    if all(_DECIMAL_COMMA.fullmatch(value) or _is_number(value) for value in fields[1:]):
        fields = [fields[0], *(value.replace(",", ".") for value in fields[1:])]
    kinds = [_is_number(value) for value in fields]
    if len(fields) >= 5 and all(kinds):
        return fields[0], [float(value) for value in fields[1:]], False
    words = kinds.index(True) if True in kinds else len(kinds)
    if words and len(fields) - words >= 4 and all(kinds[words:]):
        return " ".join(fields[:words]), [float(value) for value in fields[words:]], False
    leading = kinds.index(False) if False in kinds else len(kinds)
    if leading in (4, _DOTA_NUMBERS) and 0 < len(fields) - leading <= (1 if leading == 4 else 2):
        return fields[leading], [float(value) for value in fields[:leading]], True
    if len(fields) < 5:
        return f"{len(fields)} fields, expected 5 (class and four numbers)."
    wrong = next(value for value, is_number in zip(fields[1:], kinds[1:], strict=True) if not is_number)
    return f"{quoted(wrong)} is not a number."


def _separated(line: str) -> list[str] | None:
    """The fields between semicolons, or between commas if no decimal comma explains them."""
    for mark in (";", "\t", ","):
        fields = [value.strip() for value in line.split(mark)]
        if len(fields) >= 5 and all(_is_number(value.replace(",", ".")) for value in fields[1:]):
            return fields
    return None


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return "_" not in word
