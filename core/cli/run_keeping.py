"""The verbs about runs that have ended, and what people add to them."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.errors import AppError
from core.services import runs
from core.settings import Settings

_AddVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verbs(verb: _AddVerb) -> None:
    """Declare the verbs of this file."""
    note = verb("note", "Write a note (Markdown) on a run, instead of the one that is there.")
    note.add_argument("run", metavar="RUN")
    note.add_argument("text", metavar="TEXT", help='"" removes it')
    tag = verb("tag", "Put tags on a run (+good) and take others off it (-bad).")
    tag.add_argument("run", metavar="RUN")
    # All that follows: argparse would take -bad for an option.
    tag.add_argument("changes", metavar="+TAG|-TAG", nargs=argparse.REMAINDER)
    rename = verb("rename", "Give a run another name.")
    rename.add_argument("run", metavar="RUN")
    rename.add_argument("name", metavar="NAME")
    for name, help_text in (
        ("archive", "Put an ended run away: lists leave it out."),
        ("unarchive", "Show a run in lists again."),
        ("delete", "Move an ended run to the trash."),
        ("restore", "Bring a run back from the trash."),
    ):
        verb(name, help_text).add_argument("run", metavar="ID")
    trash = verb("trash", "List the deleted runs, or remove some for good.")
    trash.add_argument("--purge", action="append", default=[], metavar="ID", help="remove this run for good")


def _note(settings: Settings, given: Namespace) -> Any:
    runs.write_note(settings, given.run, given.text)
    return runs.describe_run(settings, given.run)


def _tag(settings: Settings, given: Namespace) -> Any:
    # core.__main__ looks for --json wherever it stands.
    changes = [change for change in given.changes if change != "--json"]
    if not changes or any(change[:1] not in ("+", "-") for change in changes):
        raise AppError("tag wants the changes as +TAG or -TAG.", "Write for example: tag RUN +good -bad.")
    added, removed = ([change[1:] for change in changes if change[0] == sign] for sign in "+-")
    runs.change_tags(settings, given.run, added, removed)
    return runs.describe_run(settings, given.run)


def _rename(settings: Settings, given: Namespace) -> Any:
    run = runs.describe_run(settings, given.run)["run"]
    runs.rename(settings, run, given.name)
    return runs.describe_run(settings, run)


def _archive(settings: Settings, given: Namespace) -> Any:
    (runs.archive if given.verb == "archive" else runs.unarchive)(settings, given.run)
    return runs.describe_run(settings, given.run)


def _delete(settings: Settings, given: Namespace) -> Any:
    return runs.delete(settings, given.run).to_json()


def _restore(settings: Settings, given: Namespace) -> Any:
    return runs.describe_run(settings, runs.restore(settings, given.run))


def _trash(settings: Settings, given: Namespace) -> Any:
    for run in given.purge:
        runs.purge(settings, run)
    return [run.to_json() for run in runs.list_trash(settings)]


VERBS: dict[str, Callable[[Settings, Namespace], Any]] = {
    "note": _note,
    "tag": _tag,
    "rename": _rename,
    "archive": _archive,
    "unarchive": _archive,
    "delete": _delete,
    "restore": _restore,
    "trash": _trash,
}
