"""Finds how a table of boxes is to be read from its first rows: delimiter, header, columns."""

import re
from dataclasses import replace
from typing import Final

from core.csv_files import DELIMITERS
from core.labels.formats.tables.header import Record, plan_of_header
from core.labels.formats.tables.headerless import plan_without_header
from core.labels.formats.tables.plan import Plan
from core.labels.formats.tables.records import head_records
from core.labels.formats.tables.values import is_blank, is_image_name, is_number

# Enough to see columns that are mostly empty.
_ROWS: Final = 200
_HEAD_CHARACTERS: Final = 2**16
# Titles and comments above the header.
_TITLES: Final = 5
# Excel's way to declare a delimiter in the first line.
_DECLARED: Final = re.compile(r"sep=(.)\n", re.IGNORECASE)
# path,x1,y1,x2,y2,class: what a text file must hold in each row to be a table.
_RETINANET_FIELDS: Final = 6


def head_of(text: str) -> str:
    """The first whole lines of a text, at most 64 Ki characters."""
    if len(text) <= _HEAD_CHARACTERS:
        return text
    head = text[:_HEAD_CHARACTERS]
    return head[: head.rfind("\n") + 1] or head


def find_plan(head: str) -> Plan | None:
    """How the table that begins with these lines is read; None if it is no table of boxes.

    The delimiter is the one with which a table of boxes is found, of several the one that gives the most columns.
    """
    declared = _DECLARED.match(head)
    if declared:
        return _shifted(_plan(head[declared.end() :], declared[1]), declared.end())
    first_lines = head[:4096]
    plans = [plan for delimiter in DELIMITERS if delimiter in first_lines and (plan := _plan(head, delimiter))]
    return max(plans, key=lambda plan: len(plan.names), default=None)


def is_strict_table(head: str) -> bool:
    """Whether each row is path,x1,y1,x2,y2,class or an image without objects: path,,,,,."""
    return any(
        delimiter in head[:4096] and _all_rows_are_boxes(head_records(head, delimiter, _ROWS))
        for delimiter in DELIMITERS
    )


def _all_rows_are_boxes(records: list[Record]) -> bool:
    if not records or any(len(fields) != _RETINANET_FIELDS for _, _, fields in records):
        return False
    return all(_is_box(fields) for _, _, fields in records)


def _is_box(fields: list[str]) -> bool:
    path, *numbers, name = fields
    if not is_image_name(path):
        return False
    return all(map(is_blank, fields[1:])) or (all(map(is_number, numbers)) and not is_blank(name))


def _plan(head: str, delimiter: str) -> Plan | None:
    records = head_records(head, delimiter, _ROWS)
    for index in range(min(_TITLES, len(records))):
        if plan := plan_of_header(records[index:], delimiter):
            return plan
        if sum(not is_blank(text) for text in records[index][2]) > 1:
            break
    return plan_without_header(records, delimiter)


def _shifted(plan: Plan | None, characters: int) -> Plan | None:
    return plan and replace(plan, start=plan.start + characters, line=plan.line + 1)
