"""The queue for device slots. It has no dispatcher: each waiting worker checks whether it is its turn.

    slots/<device>.lock       held by lockf by the process that has the slot, until it ends
    slots/<device>.json       the holder, which writes it; valid only while the lock's pid is the same
    slots/waiting/<key>.json  one per waiting process: its place in the order
    slots/order.json          the order that users want (core.training.launch.queue_requests), written by pages

Only the lock excludes others; the files only give the order. So a killed process leaves nothing to repair: its slot is
free at once, and the next process sees by the dead worker's lock that its ticket is stale.
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
from core.records import Damage, put_aside, read_as, read_document
from core.shapes import Moment
from core.training.launch.devices import Device
from core.training.launch.liveness import probe, release, try_hold
from core.training.launch.queue_requests import Wish, read_wishes

POLL_S: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A place in the queue: higher priority first, then the earlier one. Only the waiting process writes it."""

    key: str  # the run's or evaluation's id
    lock: str  # the file that the waiting process holds while it lives; relative to the slots folder, or absolute
    enqueued: Moment  # Unix seconds
    priority: int = 0
    place: float = 0.0  # a user's choice, compared like `enqueued`; 0: none
    slots: int = 1  # the number of slots, all at once

    @property
    def order(self) -> tuple[int, float, str]:
        """The sort key: the smallest is served first."""
        return (-self.priority, self.place or self.enqueued, self.key)


@dataclass(frozen=True, slots=True)
class SlotState:
    """The state of a device slot; `key` is the run or evaluation on it, "" if it is free or unknown."""

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
    """Waits for `ticket.slots` device slots and holds them until this process ends.

    It holds none while it waits, so two processes that need several never block each other. None is overtaken: while a
    process waits for several slots, later ones wait too. Returns () if `cancelled` became true.

    `on_position` gets the number of processes that are served before this one, whenever it changes. The caller must
    hold `ticket.lock`, because otherwise others take its ticket for a dead one.
    """
    path = _waiting(slots) / f"{ticket.key}.json"
    told = -1
    try:
        while not cancelled():
            # The first round, or it was damaged, or another process removed it as the ticket of a dead worker.
            if _read_ticket(path) is None:
                _put_ticket(path, ticket)
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
        path.unlink(missing_ok=True)


def _read_ticket(path: Path) -> Ticket | None:
    """The ticket in a file; None if it was just served or is no valid ticket."""
    try:
        return read_as(path, Ticket)
    except (FileNotFoundError, DamagedFileError):
        return None


def _put_ticket(path: Path, ticket: Ticket) -> None:
    if path.is_dir():
        put_aside(path)
    write_json(path, asdict(ticket))


def _hold(slots: Path, free: Sequence[Device], ticket: Ticket) -> tuple[Device, ...]:
    """Holds as many of the free slots as the ticket needs, or none if other processes were faster."""
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
    """The waiting processes in the order of service. Removes tickets of dead ones."""
    tickets, wishes = [], read_wishes(slots)
    for path in _waiting(slots).glob("*.json"):
        if (ticket := _read_ticket(path)) is None:
            continue  # a living owner rewrites a damaged one
        if probe(slots / ticket.lock).held:
            tickets.append(_as_wished(ticket, wishes))
        else:
            with suppress(OSError):  # a process with the right to write removes it
                path.unlink(missing_ok=True)
    return sorted(tickets, key=lambda ticket: ticket.order)


def damaged_tickets(slots: Path) -> dict[str, Damage]:
    """The damage of unreadable tickets, by key. A living owner writes its ticket anew within seconds."""
    damages = {}
    for path in sorted(_waiting(slots).glob("*.json")):
        try:
            read_as(path, Ticket)
        except FileNotFoundError:
            continue
        except DamagedFileError as error:
            damages[path.stem] = Damage.of(error)
    return damages


def _as_wished(ticket: Ticket, wishes: dict[str, Wish]) -> Ticket:
    """The ticket with the priority and the place that a user chose."""
    wish = wishes.get(ticket.key)
    if wish is None or wish.enqueued != ticket.enqueued:
        return ticket
    return replace(ticket, priority=wish.priority, place=wish.place)


def slot_states(slots: Path, devices: Sequence[Device]) -> list[SlotState]:
    """The state of each device slot. It takes no lock."""
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
    # The earlier holder's file stays until the new one writes its own.
    key = str(holder.get("key", "")) if holder.get("pid") == lock.pid else ""
    return SlotState(device, True, key, lock.pid)


def _holder_path(slots: Path, device: Device) -> Path:
    return slots / f"{device.key}.json"


def _waiting(slots: Path) -> Path:
    return slots / "waiting"
