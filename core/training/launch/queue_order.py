"""Changes a waiting process's place or priority in the queue."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from core.actor import Actor
from core.errors import AppError, ConflictError
from core.files import only_one
from core.training.launch.queue import Ticket, waiting
from core.training.launch.queue_requests import Wish, order_lock, read_wishes, write_wishes

PRIORITIES: Final = range(-9, 10)
# Seconds between two places that would otherwise be equal; far above the resolution of a float of that size.
_STEP_S: Final = 1e-3


def move_to(slots: Path, key: str, position: int, actor: Actor | None = None) -> None:
    """Moves a waiting process to a position. 1 is the next one served; a position beyond the end is the last.

    Raises ConflictError if it does not wait, AppError for an invalid position.
    """
    if position < 1:
        raise AppError(f"There is no place {position} in the queue.", "Place 1 is the next one served.")
    _reorder(slots, key, lambda _: position - 1, actor)


def move_by(slots: Path, key: str, places: int, actor: Actor | None = None) -> None:
    """Moves a waiting process back by `places`, or forward if negative. Raises ConflictError if it does not wait."""
    _reorder(slots, key, lambda index: max(0, index + places), actor)


def prioritise(slots: Path, key: str, priority: int, actor: Actor | None = None) -> None:
    """Serves a waiting process before all of a lower priority, and after earlier ones of the same priority.

    Raises ConflictError if it does not wait, AppError for an invalid priority.
    """
    if priority not in PRIORITIES:
        lowest, highest = PRIORITIES[0], PRIORITIES[-1]
        raise AppError(f"There is no priority {priority}.", f"Choose one from {lowest} to {highest}; higher is first.")
    with _ticket_of(slots, key) as (queue, ticket):
        _keep(slots, queue, [replace(ticket, priority=priority, place=ticket.enqueued)], actor)


def _reorder(slots: Path, key: str, target: Callable[[int], int], actor: Actor | None) -> None:
    with _ticket_of(slots, key) as (queue, ticket):
        others = [other for other in queue if other.key != key]
        index = min(target(queue.index(ticket)), len(others))
        _keep(slots, queue, _placed(ticket, others[:index], others[index:]), actor)


def _placed(ticket: Ticket, ahead: list[Ticket], behind: list[Ticket]) -> list[Ticket]:
    """The tickets of the moved ticket's priority, with places in the new order.

    The ticket keeps its priority if that fits between its neighbours, else it takes that of the nearer one.
    """
    priority = ticket.priority
    if ahead:
        priority = min(priority, ahead[-1].priority)
    if behind:
        priority = max(priority, behind[0].priority)
    moved = replace(ticket, priority=priority)
    group = [other for other in [*ahead, moved, *behind] if other.priority == priority]
    places = sorted(other.order[1] for other in group)
    for index, (before, place) in enumerate(pairwise(places), start=1):
        places[index] = place if place - before >= _STEP_S else places[index - 1] + _STEP_S
    return [replace(other, place=place) for other, place in zip(group, places, strict=True)]


def _keep(slots: Path, queue: list[Ticket], changed: list[Ticket], actor: Actor | None) -> None:
    """Writes the wishes, without those for processes that no longer wait."""
    still = {ticket.key: ticket.enqueued for ticket in queue}
    wishes = {key: wish for key, wish in read_wishes(slots).items() if still.get(key) == wish.enqueued}
    for ticket in changed:
        wish = Wish(
            key=ticket.key, enqueued=ticket.enqueued, priority=ticket.priority, place=ticket.order[1], actor=actor
        )
        before = wishes.get(ticket.key)
        # The neighbours of the one that moved are written down too: who moved them stays.
        wishes[ticket.key] = wish if before is None or replace(before, actor=actor) != wish else before
    write_wishes(slots, wishes.values())


@contextmanager
def _ticket_of(slots: Path, key: str) -> Iterator[tuple[list[Ticket], Ticket]]:
    """The queue and one of its tickets, with the order locked. Raises ConflictError if the ticket is gone."""
    is_gone = ConflictError(f"{key} does not wait in the queue.", "It has begun, or it has ended.")
    if not slots.is_dir():
        raise is_gone
    with only_one(order_lock(slots), "The queue"):
        queue = waiting(slots)
        ticket = next((ticket for ticket in queue if ticket.key == key), None)
        if ticket is None:
            raise is_gone
        yield queue, ticket
