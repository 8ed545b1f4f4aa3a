"""Lists as keras-yolo3 reads them: an image's path, then its boxes as x1,y1,x2,y2,class, with blanks between."""

import re
from typing import Final

import numpy as np

from core.labels.formats.base import quoted
from core.labels.formats.numbers import NumberFaultError, read_number
from core.labels.formats.tables.frames import Numbers, frames_of, words_of
from core.labels.formats.tables.refusals import Refusals
from core.labels.formats.tables.values import is_image_name
from core.labels.formats.written import Entry, Group, Layout, Written

_NUMBER: Final = r"-?[0-9.eE+-]{1,40}"
_BOX: Final = re.compile(rf"{_NUMBER}(?:,{_NUMBER}){{3}},[^\s,]{{1,200}}")
_LINES: Final = 200


def is_spaced_list(head: str) -> bool:
    """Whether all lines are a path with boxes behind it, and at least one has a box."""
    lines = [_split(line) for line in head.split("\n")[:_LINES] if line.strip()]
    return all(path and all(map(_BOX.fullmatch, boxes)) for path, boxes in lines) and any(boxes for _, boxes in lines)


def read_spaced_list(text: str, file: str, written: Written, split: str = "") -> None:
    """Reads all lines. A line of a path alone is an image without objects."""
    refusals, entries = Refusals(written, file), dict[str, int]()
    group = written.add_group(Group(key=file, frame=None))
    first = len(written.token)
    for line, words in enumerate(text.split("\n"), 1):
        if not words.strip():
            continue
        path, boxes = _split(words)
        if path not in entries:
            entry = Entry(file=file, line=line, image=path, split=split, is_annotated=bool(path))
            entries[path] = written.add_entry(entry)
        for box in boxes:
            _add_box(written, entries[path], group, box, line, refusals)
    refusals.close()
    numbers = Numbers()
    numbers.add(np.array(written.values[4 * first :], dtype=np.float64).reshape(-1, 4))
    frame, rivals = frames_of((Layout.CORNERS,), numbers)
    what = f"a path and x1,y1,x2,y2,class for each box; {words_of(numbers)}"
    written.groups[group] = Group(key=file, frame=frame, rivals=rivals, what=what)


def _split(line: str) -> tuple[str, list[str]]:
    """Path and boxes of a line. A path may hold blanks."""
    words = line.split()
    last = max((index for index, word in enumerate(words) if is_image_name(word)), default=-1)
    boxes = words[last + 1 :]
    # The path as written, with all its blanks.
    end = line.rfind(words[last]) + len(words[last]) if last >= 0 else 0
    return line[:end].strip(), boxes


def _add_box(written: Written, entry: int, group: int, box: str, line: int, refusals: Refusals) -> None:
    *fields, token = box.split(",")
    if len(fields) != 4 or not token:
        what = f"{quoted(box)}, expected x1,y1,x2,y2,class."
        refusals.add(entry, "", "malformed-line", "another number of fields", line, what)
        return
    try:
        values = [read_number(text) for text in fields]
    except NumberFaultError as fault:
        refusals.add(entry, token, fault.check, "no box of numbers", line, f"{fault}.")
        return
    written.add(entry, token, values, group=group, line=line)
