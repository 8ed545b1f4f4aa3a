"""The verb that lists and changes the queue."""

import click

from core.cli.actor import actor_of
from core.cli.declaring import verb
from core.cli.outcome import Outcome, listed
from core.errors import AppError
from core.services import runs
from core.settings import Settings


@verb("queue", one_of=(("--move", "--cancel"), ("--to", "--priority")))
@click.option("--move", default="", metavar="ID", help="with `--to` or `--priority`")
@click.option("--to", type=int, metavar="N", help="its new position; 1 is next")
@click.option("--priority", type=int, metavar="P", help="-9 to 9; higher is served first, 0 is usual")
@click.option("--cancel", default="", metavar="ID", help="remove it from the queue; a run ends as stopped")
def queue_verb(settings: Settings, move: str, to: int | None, priority: int | None, cancel: str) -> Outcome:
    """
    list of `key, kind (run, evaluation or check), name, position` (null if its ticket is damaged)`, priority,
    starts_in_s` (null: unknown)`, damaged`
    """
    is_placed = to is not None or priority is not None
    if bool(move) != is_placed:
        raise AppError("queue needs --move ID together with --to N or --priority P.", "Give both, or neither.")
    if to is not None:
        runs.move_to(settings, move, to, actor=actor_of(settings))
    if priority is not None:
        runs.prioritise(settings, move, priority, actor=actor_of(settings))
    if cancel:
        runs.cancel_waiting(settings, cancel, actor=actor_of(settings))
    rows = [entry.to_json() for entry in runs.list_queue(settings)]
    return listed(rows, "key", "kind", "name", "position", "priority", "starts_in_s")
