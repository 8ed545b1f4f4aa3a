"""Who did what to a run, an evaluation, a data set or a model: history.jsonl in its folder, one line a change.

For what has no document of its own to keep the actor in: resumed, extended, stopped, renamed, … What is done to a folder
as a whole (deleted, restored, removed for good) is in the workspace's own history.jsonl, so that a run comes back from
the trash as it was. Written by services, appended to only.
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
    """At `time` (Unix seconds) `actor` did this: `did` is a verb in the past, as `stopped`.

    `about`, in the workspace's history alone: the id of the run.
    """

    time: Moment
    did: str
    actor: KnownActor = None
    about: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the command line has it."""
        about = {"about": self.about} if self.about else {}
        return {"time": self.time, "did": self.did, **about, "actor": actor_json(self.actor)}


def note_change(folder: Path, did: str, actor: Actor, about: str = "") -> None:
    """Add a line, after the change. A disk without room for it keeps nobody from stopping or deleting a run."""
    with suppress(AppError, OSError):
        append_json_line(folder / HISTORY_FILE, Change(time=time.time(), did=did, actor=actor, about=about).to_json())


def read_history(folder: Path) -> list[Change]:
    """All changes, oldest first; a line that is none is passed over. Raises DamagedFileError for a folder there."""
    records, _ = read_json_lines(folder / HISTORY_FILE)
    return [change for row in records if (change := _change(row))]


def _change(row: dict[str, Any]) -> Change | None:
    try:
        return built(Change, row)
    except ShapeError:
        return None
