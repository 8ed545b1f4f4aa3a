"""The verbs about runs that have ended: notes, tags, names, the archive and the trash."""

from typing import Any

import click

from core.cli.actor import actor_of
from core.cli.declaring import verb
from core.errors import AppError
from core.services import runs
from core.settings import Settings


@verb("note")
@click.argument("run", metavar="RUN")
@click.argument("text", metavar="TEXT", help='Markdown; `""` removes the note')
def note_verb(settings: Settings, run: str, text: str) -> Any:
    """as `run`"""
    runs.write_note(settings, run, text, actor=actor_of(settings))
    return runs.describe_run(settings, run).to_json()


# `is_free`, because `-bad` is not an option.
@verb("tag", is_free=True)
@click.argument("run", metavar="RUN")
@click.argument("changes", metavar="+good -bad", nargs=-1, help="any number of each")
def tag_verb(settings: Settings, run: str, changes: tuple[str, ...]) -> Any:
    """as `run`"""
    if not changes or any(change[:1] not in ("+", "-") for change in changes):
        raise AppError("tag needs the changes as +TAG or -TAG.", "Write for example: tag RUN +good -bad.")
    added, removed = ([change[1:] for change in changes if change[0] == sign] for sign in "+-")
    runs.change_tags(settings, run, added, removed, actor=actor_of(settings))
    return runs.describe_run(settings, run).to_json()


@verb("rename")
@click.argument("run", metavar="RUN")
@click.argument("name", metavar="NAME")
def rename_verb(settings: Settings, run: str, name: str) -> Any:
    """as `run`"""
    key = runs.describe_run(settings, run).run
    runs.rename(settings, key, name, actor=actor_of(settings))
    return runs.describe_run(settings, key).to_json()


@verb("archive")
@click.argument("run", metavar="ID")
def archive_verb(settings: Settings, run: str) -> Any:
    """as `run`"""
    runs.archive(settings, run, actor=actor_of(settings))
    return runs.describe_run(settings, run).to_json()


@verb("unarchive")
@click.argument("run", metavar="ID")
def unarchive_verb(settings: Settings, run: str) -> Any:
    """as `run`"""
    runs.unarchive(settings, run, actor=actor_of(settings))
    return runs.describe_run(settings, run).to_json()


@verb("delete")
@click.argument("run", metavar="ID")
def delete_verb(settings: Settings, run: str) -> Any:
    """as an entry of `trash`"""
    return runs.delete(settings, run, actor=actor_of(settings)).to_json()


@verb("restore")
@click.argument("run", metavar="ID")
def restore_verb(settings: Settings, run: str) -> Any:
    """as `run`"""
    return runs.describe_run(settings, runs.restore(settings, run, actor=actor_of(settings))).to_json()


@verb("trash")
@click.option("--purge", multiple=True, metavar="ID", help="a run to remove for good; may be repeated")
def trash_verb(settings: Settings, purge: tuple[str, ...]) -> Any:
    """
    list of `run, name, dataset, deleted, bytes, days_left` (null: kept until purged)`, damaged, actor` (who deleted it)
    """
    for run in purge:
        runs.purge(settings, run, actor=actor_of(settings))
    return [run.to_json() for run in runs.list_trash(settings)]
