"""Reads lines of `class number number number number` as numbers with their file and line.

core.labels.formats.coordinates decides what the numbers mean. A line that cannot be read becomes a finding, and reading
continues with the next one.
"""

from dataclasses import dataclass, field
from typing import Final

from core.coco.values import LARGEST_PX
from core.labels.findings import Finding, Severity
from core.labels.formats.base import quoted

# A text label file holds one image's objects: 10,000 polygons of 50 points are about 10 MiB.
FILE_BYTES: Final = 16 * 2**20
# A file of only bad lines must not fill the memory with findings.
BAD_LINES_PER_FILE: Final = 10_000


@dataclass(slots=True)
class Row:
    """An object as written: its file and 1-based line, the class token, four numbers, and a polygon's numbers."""

    file: str
    line: int
    token: str
    values: tuple[float, float, float, float]
    polygon: tuple[float, ...] = ()


@dataclass(slots=True)
class Lines:
    """The content of all label files: readable rows and findings.

    `unreadable` is (file, class token or "") of each unreadable line, `refused` the files without a readable line.
    """

    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def parse(self, data: bytes, file: str, image: str = "") -> None:
        """Adds the lines of a file."""
        text = _decode(data)
        if text is None:
            message = f"{file}: binary data, expected lines of text (class x1 y1 x2 y2)."
            self.findings.append(
                Finding(
                    check="malformed-line", severity=Severity.BLOCKS, message=message, file=file, line=1, image=image
                )
            )
            self.refused.append(file)
            return
        faults = 0
        for number, line in enumerate(text.split("\n"), 1):
            fields = line.split()
            if not fields:
                continue
            fault = self._parse_line(fields, file, number)
            if fault is None:
                continue
            check, what = fault
            token = fields[0] if len(fields) > 1 and len(fields[0]) <= 100 else ""
            self.unreadable.append((file, token))
            message = f"{file}, line {number}: {what}"
            self.findings.append(
                Finding(check=check, severity=Severity.BLOCKS, message=message, file=file, line=number, image=image)
            )
            faults += 1
            if faults == BAD_LINES_PER_FILE:
                message = f"{file}: {faults:,} unreadable lines; the rest of the file was not read."
                self.findings.append(
                    Finding(
                        check="malformed-line",
                        severity=Severity.BLOCKS,
                        message=message,
                        file=file,
                        line=number,
                        image=image,
                    )
                )
                return

    def refuse(self, file: str, image: str, why: str) -> None:
        """Adds the finding that a whole file could not be read."""
        self.findings.append(
            Finding(
                check="malformed-file",
                severity=Severity.BLOCKS,
                message=f"{file}: {why}.",
                file=file,
                line=0,
                image=image,
            )
        )
        self.refused.append(file)

    def _parse_line(self, fields: list[str], file: str, number: int) -> tuple[str, str] | None:
        """Adds the line's row and returns None, or returns the check's id and what is wrong."""
        numbers = fields[1:]
        token = fields[0]
        if len(fields) != 5 and (len(fields) < 7 or len(fields) % 2 == 0 or not _is_number(fields[1])):
            # A class name may hold blanks; the last four fields are the box.
            words = fields[:-4]
            if len(fields) < 5 or any(_is_number(word) for word in words):
                return "malformed-line", f"{len(fields)} fields, expected 5 (class and four numbers)."
            token, numbers = " ".join(words), fields[-4:]
        try:
            values = [float(value) for value in numbers]
        except ValueError:
            wrong = next(value for value in numbers if not _is_number(value))
            return "malformed-line", f"{quoted(wrong)} is not a number."
        for value, written in zip(values, numbers, strict=True):
            # Not `> LARGEST_PX`: a NaN must fail too.
            if not -LARGEST_PX <= value <= LARGEST_PX:
                what = "not a finite number" if "n" in written.lower() else "too large for an image"
                return "non-finite", f"{quoted(written)} is {what}."
            if "_" in written:
                return "malformed-line", f"{quoted(written)} is not a number."
        if len(values) == 4:
            self.rows.append(Row(file, number, token, (values[0], values[1], values[2], values[3])))
        else:
            xs, ys = values[0::2], values[1::2]
            self.rows.append(Row(file, number, token, (min(xs), min(ys), max(xs), max(ys)), tuple(values)))
        return None


def _decode(data: bytes) -> str | None:
    """The text, or None for binary data (NUL bytes, other control characters, or not UTF-8)."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if any(ord(character) < 9 or 14 <= ord(character) < 32 for character in set(text)):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
