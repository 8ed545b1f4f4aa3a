"""The title and the remedy of each check, for pages and documents."""

from dataclasses import dataclass
from typing import Final

from core.labels.checks.check_table import CHECK_TABLE, canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckText:
    """A title for headings, and a remedy, which is a sentence."""

    title: str
    remedy: str


_LOOK: Final = "Look at the finding, and correct the source if it is wrong."
CHECK_TEXTS: Final[dict[str, CheckText]] = {
    check: CheckText(title=entry.title, remedy=entry.remedy) for check, entry in CHECK_TABLE.items()
}


def check_text(check: str) -> CheckText:
    """The title and remedy for a check by any of its names; for an unknown one, the title is made from the name."""
    return CHECK_TEXTS.get(canonical(check)) or CheckText(title=check.replace("-", " ").capitalize(), remedy=_LOOK)
