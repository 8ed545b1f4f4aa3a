"""User data of a run: a note, tags, another name, and whether it is archived.

The data is in the run's folder (notes.json and run.json), so it survives the registry's database and moves with the
run. Several users may write at once: tags are added and removed one by one, and a user can replace only the note or
name that this user has read.
"""

import re
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from core.actor import Actor
from core.errors import AppError, ConflictError
from core.services.runs import summary as run_state
from core.services.runs.control import run_folder
from core.settings import Settings
from core.training.run.notes import RunNotes, changing_notes, read_notes, write_notes
from core.training.run.status import ENDED
from core.workspace.history import note_change
from core.workspace.names import check_name
from core.workspace.registry import Registry

# A few pages of text; more belongs in a document.
LONGEST_NOTE: Final = 10_000
MOST_TAGS: Final = 12
_TAG: Final = re.compile(r"\w[\w./:-]{0,23}")


def write_note(settings: Settings, ref: str, text: str, seen: int | None = None, *, actor: Actor) -> RunNotes:
    """Replace the run's note; an empty one removes it. `seen` is the revision that the writer has read.

    Raises ConflictError with the current text if the note has changed since `seen`; None overwrites.
    """
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise AppError(f"The note has {len(text):,} characters; {LONGEST_NOTE:,} are the most.", "Shorten it.")
    if any(unicodedata.category(sign) == "Cc" and sign not in "\n\r\t" for sign in text):
        raise AppError("The note holds control characters.", "Paste it as plain text.")
    folder = run_folder(settings, ref)
    with changing_notes(folder):
        notes = read_notes(folder)
        if text == notes.note:
            return notes
        if seen is not None and seen != notes.revision:
            raise ConflictError(
                f"Somebody else has changed the note meanwhile. It now says: {notes.note or '(nothing)'}",
                "Take over what you need from it, and save again: that replaces it.",
            )
        return write_notes(folder, replace(notes, note=text, revision=notes.revision + 1, author=actor, actor=actor))


def change_tags(
    settings: Settings, ref: str, add: Iterable[str] = (), remove: Iterable[str] = (), *, actor: Actor
) -> RunNotes:
    """Add and remove tags of a run and keep all others. Raises AppError for an invalid tag or too many."""
    added, removed = {_as_tag(tag) for tag in add}, {tag.strip().lower() for tag in remove}
    folder = run_folder(settings, ref)
    with changing_notes(folder):
        notes = read_notes(folder)
        tags = (set(notes.tags) - removed) | added
        if len(tags) > MOST_TAGS:
            raise AppError(f"A run has {MOST_TAGS} tags at most, and this would be {len(tags)}.", "Take some off it.")
        return write_notes(folder, replace(notes, tags=tuple(sorted(tags)), actor=actor))


def rename(settings: Settings, ref: str, name: str, seen: str | None = None, *, actor: Actor) -> None:
    """Give the run another name. `seen` is the name that the writer has read.

    Raises AppError for an invalid name, ConflictError if the name has changed since `seen`; None overwrites.
    """
    name = name.strip()
    check_name(name)
    folder = run_folder(settings, ref)
    with changing_notes(folder):
        now = run_state.read_entry(folder.root, "run").name
        if seen is not None and now not in (seen, name):
            raise ConflictError(f"Somebody else has named the run {now!r} meanwhile.", "Save again to replace that.")
        Registry(settings).rename("run", folder.root.name, name)
    note_change(folder.root, "renamed", actor)


def archive(settings: Settings, ref: str, *, actor: Actor) -> None:
    """Archive an ended run: lists leave it out by default. Raises ConflictError if the run is active."""
    folder = run_folder(settings, ref)
    with changing_notes(folder):
        phase = run_state.observe_run(folder).phase
        if phase not in ENDED:
            raise ConflictError(f"Run {folder.root.name} is {phase}, so it cannot be archived.", "Stop it first.")
        notes = read_notes(folder)
        write_notes(folder, replace(notes, archived=notes.archived or time.time(), actor=actor))


def unarchive(settings: Settings, ref: str, *, actor: Actor) -> None:
    """Show a run in lists again."""
    folder = run_folder(settings, ref)
    with changing_notes(folder):
        write_notes(folder, replace(read_notes(folder), archived=None, actor=actor))


def _as_tag(text: str) -> str:
    tag = text.strip().lower()
    if not _TAG.fullmatch(tag):
        raise AppError(f"{text[:40]!r} is no tag.", "A tag is one word of up to 24 letters, digits and . / : - _.")
    return tag
