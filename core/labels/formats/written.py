"""What label files say, as written: before images are found, and before classes and coordinates are settled.

A reader of a format fills a `Written`. core.labels.reading applies the same rules to all formats after that.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from core.labels.findings import Finding, Severity


class Layout(StrEnum):
    """What the four numbers of a box are: two corners, centre and size, or the first corner and size.

    Two corners are x1 y1 x2 y2; XXYY means x1 x2 y1 y2, and YXYX y1 x1 y2 x2, in the order of the numbers as written.
    """

    CORNERS = "corners"
    CORNERS_XXYY = "corners-xxyy"
    CORNERS_YXYX = "corners-yxyx"
    CENTRE = "centre"
    CORNER_SIZE = "corner-size"


class Unit(StrEnum):
    """The unit of the numbers: px, shares of the image's sides (0 to 1), or per cent of them."""

    PX = "px"
    SHARE = "share"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How four numbers become a box."""

    layout: Layout
    unit: Unit


CORNERS_PX: Final = Frame(layout=Layout.CORNERS, unit=Unit.PX)
CORNERS_SHARE: Final = Frame(layout=Layout.CORNERS, unit=Unit.SHARE)
CORNERS_XXYY_PX: Final = Frame(layout=Layout.CORNERS_XXYY, unit=Unit.PX)
CORNERS_XXYY_SHARE: Final = Frame(layout=Layout.CORNERS_XXYY, unit=Unit.SHARE)
CORNERS_YXYX_PX: Final = Frame(layout=Layout.CORNERS_YXYX, unit=Unit.PX)
CORNERS_YXYX_SHARE: Final = Frame(layout=Layout.CORNERS_YXYX, unit=Unit.SHARE)
CENTRE_PX: Final = Frame(layout=Layout.CENTRE, unit=Unit.PX)
CENTRE_SHARE: Final = Frame(layout=Layout.CENTRE, unit=Unit.SHARE)
CORNER_SIZE_PX: Final = Frame(layout=Layout.CORNER_SIZE, unit=Unit.PX)
CORNER_SIZE_SHARE: Final = Frame(layout=Layout.CORNER_SIZE, unit=Unit.SHARE)
CORNERS_PERCENT: Final = Frame(layout=Layout.CORNERS, unit=Unit.PERCENT)
CORNER_SIZE_PERCENT: Final = Frame(layout=Layout.CORNER_SIZE, unit=Unit.PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Objects that are read the same way, because they were written the same way.

    `key` names the group in documents and options (a folder or file, and for text rows the number of columns). `frame`
    is what the format says. `rivals` are what else such numbers may mean, the likeliest first. A format that leaves the
    frame open has `frame` None: then the values decide among the rivals. `what` describes the rows in words.
    """

    key: str
    frame: Frame | None
    rivals: tuple[Frame, ...] = ()
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An image that a label file speaks of.

    `file` and `line` say where (line 0: the whole file). `image` is the image's path or name as written; "" means that
    the label file belongs to the image of its path. `other_images` are further names to try if `image` names
    nothing. `width`, `height` in px as the file states them, 0 if it does not. `split` as the file states it, "" if it
    does not. `is_annotated` is False for an image that the file only lists: one without an object is then unlabelled,
    not background. `has_embedded_image` says that the file holds the image, too. `image_bytes` is the size of the image
    file as stated, 0 if it is not; it tells two images of one name apart.
    """

    file: str
    line: int = 0
    image: str = ""
    other_images: tuple[str, ...] = ()
    width: int = 0
    height: int = 0
    split: str = ""
    is_annotated: bool = True
    has_embedded_image: bool = False
    image_bytes: int = 0
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredRegion:
    """A region without a class in which nothing is to be learned or counted: four numbers in the group's frame."""

    entry: int
    group: int
    values: tuple[float, float, float, float]
    reason: str


@dataclass(slots=True, kw_only=True)
class UnclearGroup:
    """Objects that can be read as more than one kind of row, and so are not read: they are counted as unreadable.

    Row n has `entry[n]`, `line[n]`, `token[n]`. `values` are (N, 4) numbers of its box under each kind, whose frame is
    in `frames`. `key` and `what` are as in Group.
    """

    key: str
    what: str
    frames: dict[str, Frame]
    entry: "array[int]"
    line: "array[int]"
    token: list[str]
    values: dict[str, npt.NDArray[np.float64]]


@dataclass(slots=True, kw_only=True)
class Written:
    """The content of all label files of one format.

    Objects are columns: row n has `entry[n]` and `group[n]` (indices), `token[n]` (the class as written), four numbers
    `values[4 n:4 n + 4]` in the group's frame, and its 1-based `line[n]`. The dictionaries hold what few objects have,
    by row: polygons in the group's unit (each a flat list x, y, …), run lengths (COCO's JSON, px), areas in px^2,
    attributes. `classes` are the classes that the format itself lists, as (name, id in the source), by their order.
    `is_indexed` says that tokens may be numbers of a list of names.

    An object that cannot be read, or that is left out on purpose, is counted: `unreadable` as (entry, token),
    `left_out` by reason. So objects found = rows + unreadable + left_out + ignored. An entry of -1 means that the
    object names no image that the label files know. `left_out_files` gives the reason for each file that holds no
    objects to read. `copied` counts an entry's objects that were left out as copies of another file's. `annotators`
    counts the images of each person, where the format keeps several people's labels.
    `unclear` are groups that the user must decide.
    """

    format: str
    evidence: str = ""
    is_indexed: bool = False
    files: list[str] = field(default_factory=list)
    classes: list[tuple[str, str]] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    entry: "array[int]" = field(default_factory=lambda: array("q"))
    group: "array[int]" = field(default_factory=lambda: array("q"))
    line: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))
    token: list[str] = field(default_factory=list)
    crowd: set[int] = field(default_factory=set)
    polygons: dict[int, list[list[float]]] = field(default_factory=dict)
    run_lengths: dict[int, str] = field(default_factory=dict)
    areas: dict[int, float] = field(default_factory=dict)
    attributes: dict[int, dict[str, str]] = field(default_factory=dict)
    copied: Counter[int] = field(default_factory=Counter)
    left_out_files: dict[str, str] = field(default_factory=dict)
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    ignored: list[IgnoredRegion] = field(default_factory=list)
    unreadable_files: set[str] = field(default_factory=set)
    annotators: Counter[str] = field(default_factory=Counter)
    unclear: list[UnclearGroup] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add_entry(self, entry: Entry) -> int:
        """Adds an image that a label file speaks of, and returns its index."""
        self.entries.append(entry)
        return len(self.entries) - 1

    def add_group(self, group: Group) -> int:
        """Adds a group, and returns its index."""
        self.groups.append(group)
        return len(self.groups) - 1

    def add(
        self, entry: int, token: str, values: Sequence[float], *, group: int, line: int = 0,
        is_crowd: bool = False, polygons: list[list[float]] | None = None, attributes: dict[str, str] | None = None,
    ) -> int:  # fmt: skip
        """Adds an object with four finite numbers, and returns its row."""
        row = len(self.token)
        self.entry.append(entry)
        self.group.append(group)
        self.line.append(line)
        self.values.extend(values)
        self.token.append(token)
        if is_crowd:
            self.crowd.add(row)
        if polygons:
            self.polygons[row] = polygons
        if attributes:
            self.attributes[row] = attributes
        return row

    def add_rows(
        self, entries: Sequence[int], tokens: Sequence[str], values: npt.NDArray[np.float64], *,
        group: int, lines: Sequence[int],
    ) -> int:  # fmt: skip
        """Adds the objects of many rows at once, and returns the first one's row. `values` (N, 4) are finite."""
        row = len(self.token)
        self.entry.extend(entries)
        self.group.frombytes(np.full(len(entries), group, dtype=np.int64).tobytes())
        self.line.extend(lines)
        self.values.frombytes(np.ascontiguousarray(values, dtype=np.float64).tobytes())
        self.token.extend(tokens)
        return row

    def refuse_object(self, entry: int, token: str, check: str, message: str, line: int = 0) -> None:
        """Counts an object that cannot be read, with a finding that blocks it. `message` starts with the place."""
        self.unreadable.append((entry, token))
        place = self.entries[entry]
        self._note(check, Severity.BLOCKS, message, place.file, line)

    def refuse_file(self, file: str, message: str, line: int = 0, check: str = "malformed-file") -> None:
        """Notes that a label file cannot be read. Its image, if it has an entry, is not taken for background."""
        self.unreadable_files.add(file)
        self._note(check, Severity.BLOCKS, message, file, line)

    def refuse_group(self, check: str, message: str, file: str, line: int = 0) -> None:
        """Notes why objects that are already in `unreadable` cannot be read. `message` says which, and where."""
        self._note(check, Severity.BLOCKS, message, file, line)

    def fixed(self, check: str, message: str, file: str, line: int = 0) -> None:
        """Adds a finding about something that the reader put right."""
        self._note(check, Severity.FIXED, message, file, line)

    def look(self, check: str, message: str, file: str, line: int = 0) -> None:
        """Adds a finding that the user should check."""
        self._note(check, Severity.LOOK, message, file, line)

    def add_finding(self, check: str, severity: Severity, message: str, file: str, line: int = 0) -> None:
        """Adds a finding about objects that are counted elsewhere."""
        self._note(check, severity, message, file, line)

    def _note(self, check: str, severity: Severity, message: str, file: str, line: int) -> None:
        self.findings.append(Finding(check=check, severity=severity, message=message, file=file, line=line))
