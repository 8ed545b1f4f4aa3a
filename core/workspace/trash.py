"""What lies in the trash of a workspace: deleted runs, each a whole folder."""

import re
from pathlib import Path
from typing import Final

from core.files import read_json
from core.workspace.layout import Layout

# `<Unix time of the deletion>-<run id>`: the time is in the name, because a full disk holds no more files.
_TRASHED: Final = re.compile(r"(\d{1,12})-([a-z0-9][a-z0-9._-]*)")


def trashed(layout: Layout) -> list[Path]:
    """The folders of the deleted runs, last one first."""
    there = [path for path in layout.trash.iterdir() if _TRASHED.fullmatch(path.name)] if layout.trash.is_dir() else []
    return sorted(there, key=lambda path: parts_of(path)[0], reverse=True)


def parts_of(path: Path) -> tuple[float, str]:
    """When a folder of the trash was deleted (Unix time in seconds), and the run's id."""
    deleted, _, run = path.name.partition("-")
    return float(deleted), run


def name_of(path: Path) -> str:
    """The run's name; its id where run.json was spoilt."""
    try:
        return str(read_json(path / "run.json")["name"])
    except (OSError, ValueError, TypeError, KeyError):
        return parts_of(path)[1]


def find_trashed(layout: Layout, reference: str) -> Path | None:
    """The folder with this name or of the run with this id, else the last deleted run of this name."""
    there = trashed(layout)
    for path in there:
        if reference in (path.name, parts_of(path)[1]):
            return path
    return next((path for path in there if name_of(path) == reference), None)
