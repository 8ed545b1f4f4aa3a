"""Where people want waiting processes in the queue: slots/order.json. Written by pages, read by workers. No torch.

A ticket belongs to its worker; this file only says otherwise about its order, so nothing that is done to it can lose
one. A wish is about one wait: the same run, resumed later, waits anew and is not meant.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from core.files import read_json, write_json


@dataclass(frozen=True, slots=True)
class Wish:
    """Another place in the queue for the ticket of `key` that was enqueued then (Unix seconds)."""

    key: str
    enqueued: float
    priority: int
    place: float  # ruled by it as by `enqueued`: the smaller one is served first


def read_wishes(slots: Path) -> dict[str, Wish]:
    """The wishes by key; none where nobody has any, or where the file is not one of ours."""
    try:
        wishes = [Wish(**entry) for entry in read_json(order_path(slots))]
    except (FileNotFoundError, ValueError, TypeError):
        return {}
    return {wish.key: wish for wish in wishes}


def write_wishes(slots: Path, wishes: Iterable[Wish]) -> None:
    """Replace the file. The caller holds `order_lock`."""
    write_json(order_path(slots), [asdict(wish) for wish in wishes])


def order_path(slots: Path) -> Path:
    """The file of the wishes."""
    return slots / "order.json"


def order_lock(slots: Path) -> Path:
    """Held by flock while somebody changes the order: two pages at once never lose each other's change."""
    return slots / "order.lock"
