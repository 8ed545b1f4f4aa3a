"""Writes the list of checks in docs/checks.md from their table: `python -m core.labels.checks.docs`.

Only the text between the marks is replaced.
"""

import sys
from dataclasses import fields
from typing import Final

from core.labels.checks.check_table import CHECK_TABLE
from core.labels.checks.entries.entry import Entry, Scope
from core.labels.checks.thresholds import Thresholds, option_name
from core.settings import REPOSITORY

PAGE: Final = REPOSITORY / "docs" / "checks.md"
_BEGIN: Final = "<!-- checks: written by python -m core.labels.checks.docs -->"
_END: Final = "<!-- end of checks -->"
_HEADINGS: Final = {
    Scope.READING: "Label files",
    Scope.IMAGES: "Images",
    Scope.OBJECTS: "Objects",
    Scope.CLASSES: "Classes and splits",
}


def main() -> int:
    """Write the page."""
    PAGE.write_text(with_checks(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def with_checks(page: str) -> str:
    """The page with the checks of the table. Raises ValueError if the marks are missing."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no marks {_BEGIN} and {_END}")
    return "\n".join([before + begin, "", *_summary(), *_parts(), end + after])


def _summary() -> list[str]:
    rows = [
        f"| [`{entry.id}`](#{entry.id}) | {_severities(entry)} | {entry.title} | {_names(entry.aliases)} |"
        for scope in Scope
        for entry in CHECK_TABLE.values()
        if entry.scope is scope
    ]
    return ["| check | severity | title | also read as |", "|---|---|---|---|", *rows, ""]


def _parts() -> list[str]:
    lines = []
    for scope in Scope:
        lines += [f"## {_HEADINGS[scope]}", ""]
        for entry in CHECK_TABLE.values():
            if entry.scope is scope:
                lines += _part(entry)
    return lines


def _part(entry: Entry) -> list[str]:
    also = f" (also `{'`, `'.join(entry.aliases)}`)" if entry.aliases else ""
    return [
        f"### {entry.id}",
        "",
        f"*{_severities(entry)}*: {entry.title}{also}.",
        "",
        f"- What: {entry.what}",
        f"- Why it matters: {entry.why}",
        *(_threshold(name) for name in entry.thresholds),
        f"- Remedy: {entry.remedy}",
        "",
    ]


def _threshold(name: str) -> str:
    field = next(each for each in fields(Thresholds) if option_name(each.name) == name)
    return f"- Threshold `{name}`: {field.default:g} {field.metadata['unit']}. {field.metadata['reason']}"


def _severities(entry: Entry) -> str:
    return " or ".join(str(severity) for severity in entry.severities)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.exit(main())
