"""The order of the queue that users want: slots/order.json. Written by pages, read by workers.

A ticket belongs to its worker. This file only overrides its order, so no change of it can lose a ticket. A wish is for
one wait: it does not apply to the same run after a resume.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from core.actor import KnownActor
from core.errors import DamagedFileError
from core.files import write_json
from core.records import damage_of, put_aside, read_value
from core.shapes import Moment, fit_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Another place in the queue for the ticket of `key` enqueued at `enqueued` (Unix seconds), set by `actor`."""

    key: str
    enqueued: Moment
    priority: int
    place: float  # compared like `enqueued`: the smaller one is served first
    actor: KnownActor = None


def read_wishes(slots: Path) -> dict[str, Wish]:
    """The wishes by key; none if the file is missing or damaged. The next change replaces a damaged file."""
    try:
        with damage_of(order_path(slots)):
            wishes = fit_for(list[Wish])(read_value(order_path(slots)), "")
    except (FileNotFoundError, DamagedFileError):
        return {}
    return {wish.key: wish for wish in wishes}


def write_wishes(slots: Path, wishes: Iterable[Wish]) -> None:
    """Replaces the file. The caller must hold `order_lock`."""
    if order_path(slots).is_dir():
        put_aside(order_path(slots))
    write_json(order_path(slots), [asdict(wish) for wish in wishes])


def order_path(slots: Path) -> Path:
    """The file of the wishes."""
    return slots / "order.json"


def order_lock(slots: Path) -> Path:
    """The lock of changes, held by flock, so that two pages never lose each other's change."""
    return slots / "order.lock"
