"""Rules for names of runs, models and other items of the workspace."""

import itertools
import unicodedata
from collections.abc import Collection
from typing import Final

from core.errors import AppError

# Names stand in tables, breadcrumbs and file names of reports.
LONGEST_NAME: Final = 80


def check_name(name: str, of: str = "run") -> None:
    """Raises AppError unless the name can be that of a run, or of the thing `of`."""
    if not name or len(name) > LONGEST_NAME or any(unicodedata.category(sign)[0] == "C" for sign in name):
        raise AppError(
            f"{name[:LONGEST_NAME]!r} is no name for a {of}.", f"Give 1 to {LONGEST_NAME} printable characters."
        )


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name if it is free, else with the next free number: `a`, `a 2`, `a 3`; `a 1`, `a 2`."""
    stem, _, end = wanted.rpartition(" ")
    is_counted = bool(stem) and end.isdecimal()
    stem, number = (stem, int(end)) if is_counted else (wanted, 1)
    numbered = (f"{stem} {following}" for following in itertools.count(number + 1))
    return next(name for name in itertools.chain([wanted], numbered) if name not in taken)
