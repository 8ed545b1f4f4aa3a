"""What a verb gives back: the document, its form as text, and the exit code."""

from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What goes to standard output, and the exit code.

    `columns` are those that a list shows as text; None: all. `text` is printed without --json instead of the document.
    """

    document: Any
    exit_code: int = 0
    columns: tuple[str, ...] | None = None
    text: str | None = None


def listed(rows: list[Document], *columns: str) -> Outcome:
    """A list that shows these columns as text, and what is damaged where a row says so."""
    is_damaged = any(row.get("damaged") for row in rows)
    return Outcome(document=rows, columns=(*columns, "damaged") if is_damaged else columns)
