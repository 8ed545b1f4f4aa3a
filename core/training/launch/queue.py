"""The queue for device slots, without a dispatcher: each waiting worker looks for itself.

    slots/<device>.lock       held by lockf by the process that has the slot, for the rest of its life
    slots/<device>.json       who holds it, written by the holder; true only while the lock's pid is the same
    slots/waiting/<key>.json  one a waiting process: its place in the order
    slots/order.json          where people want it instead (core.training.launch.queue_requests), written by pages

The lock alone keeps two apart; the files only say whose turn it is. So a killed process leaves nothing that needs
repair: its lock is free at once and its file is stale, which the next one sees by the dead worker's own lock.
"""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from core.errors import DamagedFileError
from core.files import write_json
from core.records import put_aside, read_as, read_document
from core.shapes import Moment
from core.training.launch.devices import Device
from core.training.launch.liveness import probe, release, try_hold
from core.training.launch.queue_requests import Wish, read_wishes

POLL_S: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A place in the queue: higher priority first, then who came first. Written by the waiting process only."""

    key: str  # the run's or evaluation's id
    lock: str  # the file that the waiting process holds while it lives; relative to the slots folder, or absolute
    enqueued: Moment  # Unix seconds
    priority: int = 0
    place: float = 0.0  # where somebody has put it, counted like `enqueued`; 0: nobody has
    slots: int = 1  # how many it needs, all at once

    @property
    def order(self) -> tuple[int, float, str]:
        """Sorts first what is served first."""
        return (-self.priority, self.place or self.enqueued, self.key)


@dataclass(frozen=True, slots=True)
class SlotState:
    """One device slot as a reader sees it; `key` is the run or evaluation on it, "" when free or not known."""

    device: Device
    busy: bool
    key: str = ""
    pid: int = 0


def wait_for_slots(
    slots: Path,
    ticket: Ticket,
    devices: Sequence[Device],
    cancelled: Callable[[], bool],
    on_position: Callable[[int], None],
) -> tuple[Device, ...]:
    """Wait for `ticket.slots` device slots and hold them for the rest of this process's life.

    None are held while it waits, so two that want several never wait for each other. Nobody is overtaken: while one
    waits for several slots, those behind it wait too. Empty when `cancelled` said so.

    `on_position` gets the number of processes that are served before this one, whenever it changes. The caller
    already holds `ticket.lock`: without that the others take its ticket for a dead one.
    """
    place = _waiting(slots) / f"{ticket.key}.json"
    told = -1
    try:
        while not cancelled():
            # The first round, or another took it for the ticket of an earlier, dead worker, or it was damaged.
            if _read_ticket(place) is None:
                _put_ticket(place, ticket)
            mine = _as_wished(ticket, read_wishes(slots))
            ahead = [other for other in waiting(slots) if other.key != ticket.key and other.order < mine.order]
            free = [device for device in devices if not probe(lock_path(slots, device)).held]
            wanted = sum(other.slots for other in ahead)
            if wanted + ticket.slots <= len(free) and (held := _hold(slots, free, ticket)):
                return held
            position = len(ahead) + len(devices) - len(free)
            if position != told:
                on_position(position)
                told = position
            time.sleep(POLL_S)
        return ()
    finally:
        place.unlink(missing_ok=True)


def _read_ticket(path: Path) -> Ticket | None:
    """The ticket in a file; None for one that was served in this moment, or that is no ticket of ours."""
    try:
        return read_as(path, Ticket)
    except (FileNotFoundError, DamagedFileError):
        return None


def _put_ticket(path: Path, ticket: Ticket) -> None:
    if path.is_dir():
        put_aside(path)
    write_json(path, asdict(ticket))


def _hold(slots: Path, free: Sequence[Device], ticket: Ticket) -> tuple[Device, ...]:
    """As many of the free slots as the ticket wants, or none of them where others were faster."""
    held: list[Device] = []
    for device in free:
        if len(held) < ticket.slots and try_hold(lock_path(slots, device)):
            held.append(device)
    if len(held) < ticket.slots:
        for device in held:
            release(lock_path(slots, device))
        return ()
    for device in held:
        write_json(_holder_path(slots, device), {"key": ticket.key, "pid": os.getpid()})
    return tuple(held)


def waiting(slots: Path) -> list[Ticket]:
    """The living waiting processes in the order in which they will be served; clears tickets of dead ones away."""
    tickets, wishes = [], read_wishes(slots)
    for path in _waiting(slots).glob("*.json"):
        if (ticket := _read_ticket(path)) is None:
            continue  # a living owner writes a damaged one anew
        if probe(slots / ticket.lock).held:
            tickets.append(_as_wished(ticket, wishes))
        else:
            with suppress(OSError):  # whoever may write here clears it away
                path.unlink(missing_ok=True)
    return sorted(tickets, key=lambda ticket: ticket.order)


def _as_wished(ticket: Ticket, wishes: dict[str, Wish]) -> Ticket:
    """The ticket with the priority and the place that people have given it."""
    wish = wishes.get(ticket.key)
    if wish is None or wish.enqueued != ticket.enqueued:
        return ticket
    return replace(ticket, priority=wish.priority, place=wish.place)


def slot_states(slots: Path, devices: Sequence[Device]) -> list[SlotState]:
    """Each device slot: free, or busy with what. Asks only; takes nothing."""
    return [_slot_state(slots, device) for device in devices]


def lock_path(slots: Path, device: Device) -> Path:
    """The lock file of a device slot."""
    return slots / f"{device.key}.lock"


def _slot_state(slots: Path, device: Device) -> SlotState:
    lock = probe(lock_path(slots, device))
    if not lock.held:
        return SlotState(device, False)
    try:
        holder = read_document(_holder_path(slots, device))
    except (FileNotFoundError, DamagedFileError):
        holder = {}
    # The file of the holder before stays until the new one has written its own.
    key = str(holder.get("key", "")) if holder.get("pid") == lock.pid else ""
    return SlotState(device, True, key, lock.pid)


def _holder_path(slots: Path, device: Device) -> Path:
    return slots / f"{device.key}.json"


def _waiting(slots: Path) -> Path:
    return slots / "waiting"
