"""The trash of a workspace: deleted runs, each a whole folder."""

import re
from pathlib import Path
from typing import Final

from core.storage_errors import is_full
from core.workspace.layout import Layout
from core.workspace.registry import read_description

# `<Unix time of the deletion>-<run id>`: the time is in the name, because a full disk holds no more files.
_TRASHED: Final = re.compile(r"(?:\.deleted-)?(\d{1,12})-([a-z0-9][a-z0-9._-]*)")
# Prefix of a deleted run that stays beside the others, because the disk was too full for the folder trash/.
_IN_PLACE: Final = ".deleted-"


def path_for(layout: Layout, run: str, deleted: int) -> Path:
    """The path for a run deleted at `deleted` (Unix time): in trash/, or on a full disk a hidden name beside it."""
    try:
        layout.trash.mkdir(exist_ok=True)
    except OSError as error:
        if not is_full(error):
            raise
        return layout.folder("run", f"{_IN_PLACE}{deleted}-{run}")
    return layout.trash / f"{deleted}-{run}"


def trash_folders(layout: Layout) -> list[Path]:
    """The folders that may hold deleted runs."""
    return [folder for folder in (layout.trash, layout.all_of("run")) if folder.is_dir()]


def trashed(layout: Layout) -> list[Path]:
    """The folders of the deleted runs, last deleted first."""
    folders = [
        path
        for folder in trash_folders(layout)
        for path in folder.iterdir()
        if _TRASHED.fullmatch(path.name) and path.name.startswith(_IN_PLACE) == (folder != layout.trash)
    ]
    return sorted(folders, key=lambda path: parts_of(path)[0], reverse=True)


def parts_of(path: Path) -> tuple[float, str]:
    """When a folder of the trash was deleted (Unix time in seconds), and the run's id."""
    deleted, _, run = path.name.removeprefix(_IN_PLACE).partition("-")
    return float(deleted), run


def name_of(path: Path) -> str:
    """The run's name; a recovered one if run.json is damaged or missing."""
    return read_description(path, "run", parts_of(path)[1]).name


def find_trashed(layout: Layout, reference: str) -> Path | None:
    """The folder with this name or of the run with this id, else of the last deleted run of this name."""
    folders = trashed(layout)
    for path in folders:
        if reference in (path.name, parts_of(path)[1]):
            return path
    return next((path for path in folders if name_of(path) == reference), None)
