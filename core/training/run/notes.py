"""What people have added to a run, as notes.json in its folder: note, tags, put away or not. Light; no torch.

The worker never touches it. Who may change it when: core.services.runs.notes.
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
    """`revision` counts the changes of the note; `tags` are lower case, in alphabetical order.

    `archived` is a Unix time, None for a run that is in view. `author` wrote the note, `actor` made the last change.
    """

    note: str = ""
    revision: Count = 0
    tags: tuple[str, ...] = ()
    archived: Moment | None = None
    author: KnownActor = None
    actor: KnownActor = None


def read_notes(folder: RunFolder) -> RunNotes:
    """What has been added to the run; nothing where the file is missing. Raises DamagedFileError."""
    try:
        return read_as(folder.notes, RunNotes)
    except FileNotFoundError:
        return RunNotes()


def write_notes(folder: RunFolder, notes: RunNotes) -> RunNotes:
    """Replace notes.json, inside of `changing_notes`; the notes."""
    write_json(folder.notes, asdict(notes))
    return notes


def changing_notes(folder: RunFolder) -> AbstractContextManager[None]:
    """One change at a time, of notes or of whether the run is there at all. Raises NotFoundError where it is gone."""
    return only_one(folder.notes.with_suffix(".lock"), f"Run {folder.root.name}")
