"""The result of a verb: its document, its form as text, and the exit code."""

from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The document for standard output, and the exit code.

    `columns` are shown when a list is printed as text; None: all. `text` replaces the document without --json.
    """

    document: Any
    exit_code: int = 0
    columns: tuple[str, ...] | None = None
    text: str | None = None


def listed(rows: list[Document], *columns: str) -> Outcome:
    """A list that shows these columns as text, and `damaged` if a row is damaged."""
    is_damaged = any(row.get("damaged") for row in rows)
    return Outcome(document=rows, columns=(*columns, "damaged") if is_damaged else columns)
