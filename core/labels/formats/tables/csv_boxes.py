"""Tables of boxes: a row for each box, in a CSV file with or without a header.

Columns go by their names in any order and spelling (TensorFlow, keras-retinanet, make-sense, VoTT, Roboflow, …), or by
what they hold. Further columns are kept as attributes. A row with an image and nothing else is an image without
objects.
"""

import re
from pathlib import PurePosixPath
from typing import Final

from core.labels.formats.base import quoted
from core.labels.formats.tables import openimages
from core.labels.formats.tables.class_table import read_class_table
from core.labels.formats.tables.entries import Entries
from core.labels.formats.tables.find_plan import find_plan, head_of, is_strict_table
from core.labels.formats.tables.frames import Numbers, frames_of, words_of
from core.labels.formats.tables.plan import TURNED_COLUMNS, Plan
from core.labels.formats.tables.spaced_lists import is_spaced_list, read_spaced_list
from core.labels.formats.tables.table_files import Table, read_table, read_text
from core.labels.formats.tables.values import SPLITS
from core.labels.formats.written import Group, Written
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree

__all__ = ["FORMAT_ID", "SUFFIXES", "claim", "read", "read_class_table"]

FORMAT_ID: Final = "csv"
SUFFIXES: Final = (".csv", ".tsv", ".txt")


def claim(sample: Sample) -> bool:
    """Whether a file is a table of boxes. A .txt file, which other formats have as well, must be one in each row."""
    head = head_of(sample.head if sample.is_whole else sample.head[: sample.head.rfind("\n") + 1])
    if sample.path.lower().endswith(".txt"):
        line = head.lstrip().partition("\n")[0]
        return any(mark in line for mark in ",;\t") and (is_strict_table(head) or is_spaced_list(head))
    return not openimages.claim(sample) and (find_plan(head) is not None or is_spaced_list(head))


def read(tree: SourceTree, files: list[str]) -> Written:
    """Reads tables of boxes; faults become findings."""
    written = Written(format=FORMAT_ID, files=list(files))
    groups: dict[tuple[str, ...], _Group] = {}
    for file in files:
        _read_file(tree, file, written, groups)
    for group in groups.values():
        group.close(written)
    written.evidence = _evidence(written)
    return written


class _Group:
    """The rows that are read the same way: those of a table, or of all tables of a folder that hold an image each."""

    def __init__(self, written: Written, key: str, plan: Plan) -> None:
        self.key, self.plan, self.numbers = key, plan, Numbers()
        self.index = written.add_group(Group(key=key, frame=None))

    def close(self, written: Written) -> None:
        """Settles what the rows' numbers are."""
        plan = self.plan
        frame, rivals = frames_of(plan.layouts, self.numbers, unit=plan.unit, is_stated=plan.is_stated)
        if len(plan.box) == TURNED_COLUMNS:
            # The mask's corners can be nothing else.
            rivals = tuple(rival for rival in rivals if rival.layout is plan.layouts[0])
        header = "" if plan.has_header else "no header; "
        what = f"{header}box in {plan.box_names}; {words_of(self.numbers)}"
        written.groups[self.index] = Group(key=self.key, frame=frame, rivals=rivals, what=what)


def _read_file(tree: SourceTree, file: str, written: Written, groups: dict[tuple[str, ...], _Group]) -> None:
    text = read_text(tree, file, written)
    if text is None:
        return
    head = head_of(text.text)
    plan = find_plan(head)
    if plan is None and is_spaced_list(head):
        read_spaced_list(text.text, file, written, split_of_name(file))
        written.is_indexed |= all(token.isdecimal() for token in written.token)
        return
    if plan is None or (fault := _fault(plan, tree.limits.csv_columns)):
        written.refuse_file(file, f"{file}: {'no columns of boxes' if plan is None else fault}.", 1)
        return
    group = _group_of(written, file, plan, groups)
    split = split_of_name(file) if plan.image is not None else ""
    table = Table(file=file, text=text, plan=plan, entries=Entries(written, file, plan, split=split))
    classes = read_table(written, table, group.index, group.numbers)
    written.is_indexed |= bool(classes) and all(map(_is_id, classes))


def _group_of(written: Written, file: str, plan: Plan, groups: dict[tuple[str, ...], _Group]) -> _Group:
    path = PurePosixPath(file)
    key = file if plan.image is not None else f"{path.parent}/*{path.suffix}"
    if (key, *plan.names) not in groups:
        groups[key, *plan.names] = _Group(written, key, plan)
    return groups[key, *plan.names]


def split_of_name(file: str) -> str:
    """The split that a file's name says: `train` for train_labels.csv; "" if it says none, or several."""
    words = set(re.split(r"[^a-z]+", PurePosixPath(file).stem.lower())) & SPLITS
    return words.pop() if len(words) == 1 else ""


def _fault(plan: Plan, most_columns: int) -> str:
    if len(plan.names) > most_columns:
        return f"{len(plan.names):,} columns; {most_columns:,} are allowed"
    return f"two columns are called {quoted(plan.repeated)}" if plan.repeated else ""


def _is_id(token: str) -> bool:
    """Whether a class is a number of a list of names; pandas writes 3.0 where a column has gaps."""
    return token.removesuffix(".0").isdecimal()


def _evidence(written: Written) -> str:
    if not written.groups:
        return ""
    more = f" and {len(written.groups) - 1:,} more" if len(written.groups) > 1 else ""
    return f"Table of boxes: {written.groups[0].key}{more} ({written.groups[0].what})."
