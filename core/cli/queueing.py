"""The verbs about the queue and about going further."""

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
    extend = verb("extend", "Give a finished or stopped run more iterations; it goes on from its last checkpoint.")
    extend.add_argument("run", metavar="ID")
    length = extend.add_mutually_exclusive_group(required=True)
    length.add_argument("--iterations", type=int, metavar="N", help="so many more")
    length.add_argument("--epochs", type=float, metavar="E", help="so many more")
    extend.add_argument("--wait", action="store_true")
    queue = verb("queue", "List what waits for a device, next first; change its order, or take something out.")
    act = queue.add_mutually_exclusive_group()
    act.add_argument("--move", default="", metavar="ID", help="with --to or --priority")
    act.add_argument("--cancel", default="", metavar="ID", help="take it out; a run ends as stopped")
    to = queue.add_mutually_exclusive_group()
    to.add_argument("--to", type=int, metavar="N", help="its new place; 1 is next")
    to.add_argument("--priority", type=int, metavar="P", help="-9 to 9; higher is served first, 0 is usual")


def queue(settings: Settings, given: Namespace) -> Any:
    """Do what the options say, then list the queue."""
    is_placed = given.to is not None or given.priority is not None
    if bool(given.move) != is_placed:
        raise AppError("queue wants --move ID together with --to N or --priority P.", "Give both, or neither.")
    if given.to is not None:
        runs.move_to(settings, given.move, given.to)
    if given.priority is not None:
        runs.prioritise(settings, given.move, given.priority)
    if given.cancel:
        runs.cancel_waiting(settings, given.cancel)
    return [one.to_json() for one in runs.list_queue(settings)]
