"""The note, the tags and the archived state of a run, as notes.json in its folder.

The worker never writes it. core.services.runs.notes has the rules for changes.
"""

from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass

from core.actor import KnownActor
from core.files import only_one, write_json
from core.records import read_as
from core.shapes import Count, Moment
from core.training.run.folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNotes:
    """Notes on a run. `revision` counts the changes of the note; `tags` are lower case, in alphabetical order.

    `archived` is a Unix time, None for a run that is not archived. `author` wrote the note, `actor` made the last
    change.
    """

    note: str = ""
    revision: Count = 0
    tags: tuple[str, ...] = ()
    archived: Moment | None = None
    author: KnownActor = None
    actor: KnownActor = None


def read_notes(folder: RunFolder) -> RunNotes:
    """The notes on the run; empty if the file is missing. Raises DamagedFileError."""
    try:
        return read_as(folder.notes, RunNotes)
    except FileNotFoundError:
        return RunNotes()


def write_notes(folder: RunFolder, notes: RunNotes) -> RunNotes:
    """Replaces notes.json, inside `changing_notes`, and returns the notes."""
    write_json(folder.notes, asdict(notes))
    return notes


def changing_notes(folder: RunFolder) -> AbstractContextManager[None]:
    """Allows one change at a time, of notes or a removal of the run. Raises NotFoundError if the run is gone."""
    return only_one(folder.notes.with_suffix(".lock"), f"Run {folder.root.name}")
