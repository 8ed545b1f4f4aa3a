"""All checks by id, and the other names under which an id is read.

An id is stored with every finding of every version, so it never changes. A name that other tools or documents use is an
alias: options, filters and links accept both.
"""

from collections.abc import Iterable
from typing import Final

from core.labels.checks.entries.classes import CLASS_ENTRIES
from core.labels.checks.entries.entry import Entry
from core.labels.checks.entries.images import IMAGE_ENTRIES
from core.labels.checks.entries.left_out import LEFT_OUT_ENTRIES
from core.labels.checks.entries.objects import OBJECT_ENTRIES
from core.labels.checks.entries.reading import READING_ENTRIES
from core.labels.checks.entries.reading_rules import RULE_ENTRIES

CHECK_TABLE: Final[dict[str, Entry]] = {
    entry.id: entry
    for entry in (
        *READING_ENTRIES,
        *RULE_ENTRIES,
        *LEFT_OUT_ENTRIES,
        *IMAGE_ENTRIES,
        *OBJECT_ENTRIES,
        *CLASS_ENTRIES,
    )
}
ALIASES: Final[dict[str, str]] = {alias: entry.id for entry in CHECK_TABLE.values() for alias in entry.aliases}


def canonical(check: str) -> str:
    """The id of a check from any of its names; an unknown name stays as it is."""
    return ALIASES.get(check, check)


def names_of_check(check: str) -> tuple[str, ...]:
    """All names of a check, its id first: findings stored under any of them are of this check."""
    entry = CHECK_TABLE.get(canonical(check))
    return (entry.id, *entry.aliases) if entry else (check,)


def names_as_listed(listed: Iterable[str]) -> dict[str, str]:
    """Each other name of the listed checks -> the name that is listed; for links that use another one."""
    listed = tuple(listed)
    return {name: check for check in listed for name in names_of_check(check) if name not in listed}
