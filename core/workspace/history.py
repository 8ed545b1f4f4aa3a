"""The changes of a run, an evaluation, a data set or a model, and their actors: history.jsonl in its folder.

Each line is a change that no other document records: resumed, extended, stopped, renamed, … Changes of a whole folder
(deleted, restored, removed for good) are in the workspace's history.jsonl, so that a run returns unchanged from the
trash. Services write the files, and only append to them.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.actor import Actor, KnownActor, actor_json
from core.errors import AppError
from core.files import append_json_line, read_json_lines
from core.shapes import Moment, ShapeError, built

HISTORY_FILE: Final = "history.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change by `actor` at `time` (Unix seconds); `did` is a verb in the past tense, such as `stopped`.

    `about` is the id of the run, only in the workspace's history.
    """

    time: Moment
    did: str
    actor: KnownActor = None
    about: str = ""

    def to_json(self) -> dict[str, Any]:
        """The object for files and `--json`."""
        about = {"about": self.about} if self.about else {}
        return {"time": self.time, "did": self.did, **about, "actor": actor_json(self.actor)}


def note_change(folder: Path, did: str, actor: Actor, about: str = "") -> None:
    """Appends a line, after the change. A full disk is ignored, so that runs can still be stopped and deleted."""
    with suppress(AppError, OSError):
        append_json_line(folder / HISTORY_FILE, Change(time=time.time(), did=did, actor=actor, about=about).to_json())


def read_history(folder: Path) -> list[Change]:
    """All changes, oldest first; any other line is skipped. Raises DamagedFileError if the file is a folder."""
    records, _ = read_json_lines(folder / HISTORY_FILE)
    return [change for row in records if (change := _change(row))]


def _change(row: dict[str, Any]) -> Change | None:
    try:
        return built(Change, row)
    except ShapeError:
        return None
