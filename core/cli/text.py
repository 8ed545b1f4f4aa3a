"""A result document as short readable text."""

import json
import sys
from typing import Any

from tabulate import tabulate

from core.terminal import printable_json, printable_line


def as_json(document: Any) -> str:
    """One line of JSON without control characters; in ASCII if standard output is not UTF-8."""
    is_utf8 = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    return printable_json(json.dumps(document, ensure_ascii=not is_utf8, allow_nan=False))


def as_text(document: Any, columns: tuple[str, ...] | None = None) -> str:
    """Scalars as `name value` lines, lists of objects as tables below them, a bare list as one table of `columns`."""
    if isinstance(document, list):
        rows = [{name: row[name] for name in columns or row} for row in document]
        return _table(rows) if rows else "None yet."
    tables = {name: _table(value) for name, value in document.items() if _is_table(value)}
    tables |= {name: _matrix(**value) for name, value in document.items() if _is_matrix(value)}
    scalars = [(name, _value(value)) for name, value in document.items() if name not in tables]
    blocks = [tabulate(scalars, tablefmt="plain", disable_numparse=True)]
    blocks += [f"{name}\n{table}" for name, table in tables.items()]
    return "\n\n".join(blocks)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _is_matrix(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"labels", "matrix"}


def _matrix(labels: list[str], matrix: list[list[int]]) -> str:
    """Counts with their row and column names: rows truth, columns prediction."""
    names = [printable_line(label) for label in labels]
    return tabulate(matrix, headers=["truth \\ found", *names], showindex=names, tablefmt="simple")


def _table(rows: list[dict[str, Any]]) -> str:
    # A row shows the length of a nested table (examples, versions); --json has the table.
    flat = [{name: len(value) if _is_table(value) else _cell(value) for name, value in row.items()} for row in rows]
    return tabulate(flat, headers="keys", tablefmt="simple", disable_numparse=True)


def _cell(value: Any) -> str:
    # A line end in a name would look like another row.
    return printable_line(_value(value))


def _value(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict) and value.keys() == {"file", "reason", "remedy"}:
        return f"{value['file']}: {value['reason']}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_value(inner) for inner in value)
    return str(value)
