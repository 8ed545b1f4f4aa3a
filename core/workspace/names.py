"""What may be the name of a run, a model, or another thing of the workspace."""

import unicodedata
from typing import Final

from core.errors import AppError

# Names stand in tables, breadcrumbs and file names of reports.
LONGEST_NAME: Final = 80


def check_name(name: str, of: str = "run") -> None:
    """Raises AppError for what is no name of a run, or of another thing."""
    if not name or len(name) > LONGEST_NAME or any(unicodedata.category(sign)[0] == "C" for sign in name):
        raise AppError(
            f"{name[:LONGEST_NAME]!r} is no name for a {of}.", f"Give 1 to {LONGEST_NAME} printable characters."
        )
