"""Open Images: tables of boxes with class codes, and the tables that come with them.

Boxes are shares of the image's sides in the columns XMin, XMax, YMin, YMax. Images are named by their id, without a
suffix. Class descriptions give the codes their names. A row with IsGroupOf is a crowd region. Tables of other things
(labels of whole images, masks, relationships, points) are left out and named.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from core.csv_files import split_line
from core.labels.formats.base import quoted
from core.labels.formats.tables.entries import Entries
from core.labels.formats.tables.find_plan import find_plan, head_of
from core.labels.formats.tables.frames import Numbers, frames_of, words_of
from core.labels.formats.tables.records import BrokenFileError, records
from core.labels.formats.tables.table_files import Table, read_table, read_text
from core.labels.formats.written import Entry, Group, Unit, Written
from core.labels.sources.sample import Sample, take_sample
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "openimages"
SUFFIXES: Final = (".csv",)


class Kind(StrEnum):
    """What a table of Open Images holds."""

    BOXES = "boxes"
    NAMES = "class names"
    IMAGES = "images"
    LABELS = "labels of whole images"
    MASKS = "segmentation masks"
    RELATIONSHIPS = "relationships"
    POINTS = "points"


# Kind -> columns that its header has, as Open Images spells them. The first kind that fits counts.
_HEADERS: Final = (
    (Kind.MASKS, {"MaskPath", "ImageID", "LabelName"}),
    (Kind.RELATIONSHIPS, {"ImageID", "LabelName1", "LabelName2"}),
    (Kind.BOXES, {"ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax"}),
    (Kind.POINTS, {"ImageId", "Label", "X", "Y", "EstimatedYesNo"}),
    (Kind.LABELS, {"ImageID", "Source", "LabelName", "Confidence"}),
    (Kind.IMAGES, {"ImageID", "Subset", "OriginalURL"}),
    (Kind.NAMES, {"LabelName", "DisplayName"}),
)
_CODE: Final = re.compile(r"/[mtg]/[0-9a-z_]{2,20}")
_NAMES_FILE: Final = "class-descriptions"
_SPLIT: Final = re.compile(r"(?:^|[-_])(train|validation|val|test)(?:[-_]|$)")


def claim(sample: Sample) -> bool:
    """Whether a file is one of Open Images' tables, by its header or its class codes."""
    return kind_of(sample) is not None


def kind_of(sample: Sample) -> Kind | None:
    """What a table holds, by its first lines; None if it is none of Open Images'."""
    lines = [line for line in sample.head[:8192].split("\n")[:6] if line.strip()]
    if not lines:
        return None
    names = set(split_line(lines[0], ","))
    for kind, columns in _HEADERS:
        if columns <= names:
            return kind
    rows = [split_line(line, ",") for line in lines[: -1 if len(lines) > 1 else None]]
    # Programs that write this format of other classes have other codes, under the file's name.
    is_named_so = _NAMES_FILE in sample.path.lower()
    is_names = all(len(row) == 2 and (is_named_so or _CODE.fullmatch(row[0])) for row in rows)
    return Kind.NAMES if is_names else None


@dataclass(slots=True, kw_only=True)
class _Beside:
    """What the tables beside the boxes say: the names of codes, and the splits of the source's images."""

    names: dict[str, str] = field(default_factory=dict)
    split_of: dict[str, str] = field(default_factory=dict)
    list_of: dict[str, tuple[str, int]] = field(default_factory=dict)  # image -> the list that names it, and the line


def read(tree: SourceTree, files: list[str]) -> Written:
    """Reads tables of boxes with what comes with them; faults become findings."""
    written = Written(format=FORMAT_ID, files=list(files))
    kinds = {file: _kind(tree, file) for file in files}
    beside = _Beside()
    for file, kind in kinds.items():
        if kind is Kind.NAMES:
            _read_names(tree, file, written, beside)
        elif kind is Kind.IMAGES:
            _read_images(tree, file, written, beside)
    codes: set[str] = set()
    for file, kind in kinds.items():
        if kind is Kind.BOXES:
            codes |= _read_boxes(tree, file, written, beside)
        elif kind is None:
            written.refuse_file(file, f"{file}: no table of Open Images.")
        elif kind not in (Kind.NAMES, Kind.IMAGES):
            _leave_out(tree, file, kind, written)
    _add_listed(written, beside)
    _settle_classes(written, codes, beside.names)
    written.evidence = _evidence(kinds)
    return written


def _kind(tree: SourceTree, file: str) -> Kind | None:
    return kind_of(take_sample(tree, file))


def _read_boxes(tree: SourceTree, file: str, written: Written, beside: _Beside) -> set[str]:
    """Adds the boxes of a table, and returns the class codes."""
    text = read_text(tree, file, written)
    plan = text and find_plan(head_of(text.text))
    if not text or not plan or plan.repeated:
        written.refuse_file(file, f"{file}: its columns cannot be told apart.", 1) if text else None
        return set()
    split = _SPLIT.search(PurePosixPath(file).stem)
    entries = Entries(written, file, plan, split=split[1] if split else "", split_of=beside.split_of)
    table = Table(file=file, text=text, plan=plan, entries=entries, names=beside.names)
    group, numbers = written.add_group(Group(key=file, frame=None)), Numbers()
    codes = read_table(written, table, group, numbers)
    frame, rivals = frames_of(plan.layouts, numbers, unit=Unit.SHARE)
    what = f"Open Images; box in {plan.box_names}; {words_of(numbers)}"
    written.groups[group] = Group(key=file, frame=frame, rivals=rivals, what=what)
    return codes


def _read_names(tree: SourceTree, file: str, written: Written, beside: _Beside) -> None:
    conflicts = []
    for _, fields in _rows(tree, file, written):
        code, name = fields[0].strip(), fields[1].strip() if len(fields) > 1 else ""
        if code and name and beside.names.setdefault(code, name) != name and code != "LabelName":
            conflicts.append(f"{code} is {quoted(name)} and {quoted(beside.names[code])}")
    if conflicts:
        message = f"{file}: {len(conflicts):,} class codes have two names: {'; '.join(conflicts[:3])}."
        written.refuse_file(file, message, check="names-conflict")


def _read_images(tree: SourceTree, file: str, written: Written, beside: _Beside) -> None:
    """Keeps the splits of the images that the source holds: the lists name nine million."""
    listed = held = image = subset = 0
    for line, fields in _rows(tree, file, written):
        if listed == 0 and "ImageID" in fields:
            image, subset = fields.index("ImageID"), fields.index("Subset")
            continue
        listed += 1
        if len(fields) > max(image, subset) and tree.images_of_stem(fields[image].rpartition("/")[2]):
            held += 1
            beside.split_of[fields[image]] = fields[subset].strip()
            beside.list_of[fields[image]] = (file, line)
    written.look("left-out", f"{file}: {listed:,} images are listed; {held:,} of them are in the source.", file)


def _rows(tree: SourceTree, file: str, written: Written) -> Iterator[tuple[int, list[str]]]:
    """Line and fields of the rows that can be read; a finding for a file that cannot."""
    if text := read_text(tree, file, written):
        try:
            yield from ((line, fields) for line, fields in records(text.text, ",") if fields)
        except BrokenFileError as error:
            written.refuse_file(file, f"{file}: too many quotes that do not end; {error} and the rest were not read.")


def _leave_out(tree: SourceTree, file: str, kind: Kind, written: Written) -> None:
    """Counts the rows of a table that holds no boxes, without reading them."""
    try:
        with tree.path(file).open("rb") as handle:
            lines = sum(piece.count(b"\n") for piece in iter(lambda: handle.read(2**20), b""))
            handle.seek(-1, 2)
            lines += handle.read(1) != b"\n"
    except OSError as error:
        written.refuse_file(file, f"{file} cannot be read: {error.strerror}.")
        return
    rows = max(lines - 1, 0)
    written.left_out[kind.value] += rows
    written.look("left-out", f"{file}: {rows:,} rows with {kind.value} were left out.", file)


def _add_listed(written: Written, beside: _Beside) -> None:
    """Adds the listed images without a box: their split counts, but nobody says that they hold nothing."""
    for image in beside.split_of.keys() - {entry.image for entry in written.entries}:
        file, line = beside.list_of[image]
        entry = Entry(file=file, line=line, image=image, split=beside.split_of[image], is_annotated=False)
        written.add_entry(entry)


def _settle_classes(written: Written, codes: set[str], names: dict[str, str]) -> None:
    """Lists the classes that have objects: the tables of names hold all of Open Images'."""
    written.classes = [(name, code) for code, name in names.items() if code in codes]
    if not names and any(map(_CODE.fullmatch, codes)):
        file = next(iter(written.groups)).key
        message = "No table of class names (class-descriptions…csv) lies beside the boxes; classes go by their codes."
        written.look("class-codes", message, file)


def _evidence(kinds: dict[str, Kind | None]) -> str:
    boxes = [file for file, kind in kinds.items() if kind is Kind.BOXES]
    if not boxes:
        return ""
    more = f" and {len(boxes) - 1:,} more" if len(boxes) > 1 else ""
    return f"Open Images' columns in {boxes[0]}{more}."
