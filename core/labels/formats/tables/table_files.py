"""Reads the text of table files, and words what is found in them as a whole."""

from dataclasses import dataclass, field
from typing import Final

from core.labels.formats.base import quoted
from core.labels.formats.tables.entries import Entries
from core.labels.formats.tables.frames import Numbers
from core.labels.formats.tables.plan import Plan
from core.labels.formats.tables.records import BrokenFileError
from core.labels.formats.tables.refusals import Refusals
from core.labels.formats.tables.rows import Rows
from core.labels.formats.written import Written
from core.labels.sources.source_tree import SourceTree
from core.labels.sources.text import Text, decode

_NAMED: Final = 3


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table and how it is read; `names` translates its classes."""

    file: str
    text: Text
    plan: Plan
    entries: Entries
    names: dict[str, str] = field(default_factory=dict)


def read_text(tree: SourceTree, file: str, written: Written) -> Text | None:
    """The text of a file; None, with a finding, for one that cannot be read or is too large."""
    size, most = tree.sizes[file], tree.limits.label_file_bytes
    if size > most:
        written.refuse_file(file, f"{file}: {size:,} bytes; {most:,} are allowed. Split the file.")
        return None
    try:
        data = tree.read(file)
    except OSError as error:
        written.refuse_file(file, f"{file} cannot be read: {error.strerror}.")
        return None
    text = decode(data)
    if text is None:
        written.refuse_file(file, f"{file}: binary data, expected a table as text.")
    elif (lines := text.text.count("\n")) > tree.limits.csv_lines + 1:
        written.refuse_file(file, f"{file}: {lines:,} lines; {tree.limits.csv_lines:,} are allowed. Split the file.")
        return None
    return text


def read_table(written: Written, table: Table, group: int, numbers: Numbers) -> set[str]:
    """Adds the rows of a table to a group, and returns its classes as written."""
    rows = Rows(
        written=written,
        plan=table.plan,
        entries=table.entries,
        group=group,
        numbers=numbers,
        refusals=Refusals(written, table.file),
        names=table.names,
        is_guessed=bool(table.text.rivals),
    )
    try:
        rows.read(table.text.text)
    except BrokenFileError as error:
        message = f"{table.file}: too many quotes that do not end; {error} and the rest were not read."
        written.refuse_file(table.file, message)
    rows.refusals.close()
    _look_at(rows, table.file, table.text)
    return rows.tokens


def _look_at(rows: Rows, file: str, text: Text) -> None:
    """Adds what the user should know about a table that was read."""
    written, plan = rows.written, rows.plan
    if rows.guesses:
        _block_guesses(rows, file, text)
    if plan.taken:
        message = f"{file}: the column {quoted(plan.taken)} was taken for the class, by what it holds."
        written.look("class-column", message, file)
    elif plan.class_name is None and rows.tokens:
        written.look("class-column", f"{file}: no column names a class; all objects are 'object'.", file)
    if rows.low_scores and rows.low_scores * 2 >= rows.scores and plan.score is not None:
        message = (
            f"{file}: {rows.low_scores:,} of {rows.scores:,} values in {quoted(plan.names[plan.score])} lie between 0 "
            "and 1. These may be predictions of a model, not labels."
        )
        written.look("scored-labels", message, file)
    if rows.turned:
        message = f"{file}: {rows.turned:,} boxes of four corners; the upright box round each was taken."
        written.look("rotated-box", message, file)


def _block_guesses(rows: Rows, file: str, text: Text) -> None:
    """Refuses the rows whose names depend on the encoding, with their two likeliest readings."""
    names = list(rows.guesses)[:_NAMED]
    readings = [f"{encoding}: {', '.join(_reread(name, text, encoding) for name in names)}" for encoding in text.rivals]
    message = (
        f"{file}: names are not in UTF-8, and nothing says in which encoding they are ({'; '.join(readings)}). "
        "Save the file in UTF-8."
    )
    rows.written.refuse_file(file, message, check="encoding-guessed")


def _reread(name: str, text: Text, encoding: str) -> str:
    return quoted(name.encode(text.encoding, errors="replace").decode(encoding, errors="replace"))
