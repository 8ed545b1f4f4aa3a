"""Where people want waiting processes in the queue: slots/order.json. Written by pages, read by workers.

A ticket belongs to its worker; this file only says otherwise about its order, so nothing that is done to it can lose
one. A wish is about one wait: the same run, resumed later, waits anew and is not meant.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import DamagedFileError
from core.files import write_json
from core.records import damage_of, put_aside, read_value
from core.shapes import Moment, fit_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Another place in the queue for the ticket of `key` that was enqueued then (Unix seconds)."""

    key: str
    enqueued: Moment
    priority: int
    place: float  # ruled by it as by `enqueued`: the smaller one is served first


def read_wishes(slots: Path) -> dict[str, Wish]:
    """The wishes by key; none where nobody has any, or where the file is damaged: the next change replaces it."""
    try:
        with damage_of(order_path(slots)):
            wishes = fit_for(list[Wish])(read_value(order_path(slots)), "")
    except (FileNotFoundError, DamagedFileError):
        return {}
    return {wish.key: wish for wish in wishes}


def write_wishes(slots: Path, wishes: Iterable[Wish]) -> None:
    """Replace the file. The caller holds `order_lock`."""
    if order_path(slots).is_dir():
        put_aside(order_path(slots))
    write_json(order_path(slots), [asdict(wish) for wish in wishes])


def order_path(slots: Path) -> Path:
    """The file of the wishes."""
    return slots / "order.json"


def order_lock(slots: Path) -> Path:
    """Held by flock while somebody changes the order: two pages at once never lose each other's change."""
    return slots / "order.lock"
