"""Lists and reorders the queue for device slots, and cancels entries."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from core.actor import Actor
from core.errors import AppError, DamagedFileError
from core.records import Damage
from core.services.runs import summary as run_state
from core.services.runs.control import run_folder
from core.services.runs.timing_history import timing_history
from core.settings import Settings
from core.training.launch import launcher, queue_order
from core.training.launch.devices import find_devices
from core.training.launch.queue import Ticket, damaged_tickets, slot_states, waiting
from core.training.launch.queue_times import Wait, expected_starts
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Status
from core.training.run.time_estimate import Measured, estimate
from core.workspace.datasets import VersionFolder, load_facts
from core.workspace.history import note_change
from core.workspace.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A run, evaluation or check that waits for a device slot. `starts_in_s` is None if it cannot be estimated.

    `damaged`: its ticket cannot be read, so it is never served; its position is 0 here and null in JSON.
    """

    key: str  # the run's or evaluation's id
    kind: str  # "run", "evaluation" or "check" (of a training before its start)
    name: str
    position: int  # 1: served next
    priority: int
    starts_in_s: float | None
    damaged: Damage | None = None

    def to_json(self) -> dict[str, Any]:
        """One entry of the document of `queue` (docs/cli.md)."""
        return {**asdict(self), "position": self.position or None}


def list_queue(settings: Settings) -> list[Waiting]:
    """Everything that waits for a device slot, next first, with expected starts; then damaged tickets."""
    layout = Layout(settings.workspace)
    tickets = waiting(layout.slots)
    starts = _starts(layout, tickets) if tickets else []
    served = [
        _waiting(layout, ticket, position, starts_in_s)
        for position, (ticket, starts_in_s) in enumerate(zip(tickets, starts, strict=True), start=1)
    ]
    return [*served, *(_damaged(layout, key, damage) for key, damage in damaged_tickets(layout.slots).items())]


def _waiting(layout: Layout, ticket: Ticket, position: int, starts_in_s: float | None) -> Waiting:
    kind, name = _title(layout, ticket.key)
    return Waiting(
        key=ticket.key, kind=kind, name=name, position=position, priority=ticket.priority, starts_in_s=starts_in_s
    )


def _damaged(layout: Layout, key: str, damage: Damage) -> Waiting:
    kind, name = _title(layout, key)
    return Waiting(key=key, kind=kind, name=name, position=0, priority=0, starts_in_s=None, damaged=damage)


def queue_position(settings: Settings, key: str) -> Waiting | None:
    """The queue entry of a run or evaluation; None if it does not wait."""
    return next((entry for entry in list_queue(settings) if entry.key == key and not entry.damaged), None)


def move_to(settings: Settings, ref: str, position: int, *, actor: Actor) -> None:
    """Move an entry to this position, 1 for the next. Raises AppError if it does not wait, or for a wrong position."""
    queue_order.move_to(Layout(settings.workspace).slots, _key(settings, ref), position, actor)


def move_by(settings: Settings, ref: str, places: int, *, actor: Actor) -> None:
    """Move an entry back by so many places, forward if negative. Raises ConflictError if it does not wait."""
    queue_order.move_by(Layout(settings.workspace).slots, _key(settings, ref), places, actor)


def prioritise(settings: Settings, ref: str, priority: int, *, actor: Actor) -> None:
    """Serve an entry before all lower priorities; 0 is usual. Raises AppError if it does not wait, or out of bounds."""
    queue_order.prioritise(Layout(settings.workspace).slots, _key(settings, ref), priority, actor)


def cancel_waiting(settings: Settings, ref: str, *, actor: Actor) -> None:
    """Remove a run or evaluation from the queue. Raises ConflictError if it has already got its slot."""
    folder = _folder(settings, ref)
    launcher.cancel(folder)
    note_change(folder.root, "cancelled", actor)


def _key(settings: Settings, ref: str) -> str:
    return _folder(settings, ref).root.name


def _folder(settings: Settings, ref: str) -> RunFolder:
    layout = Layout(settings.workspace)
    if layout.description("evaluation", ref).exists():
        return RunFolder(layout.folder("evaluation", ref))
    return run_folder(settings, ref)


def _title(layout: Layout, key: str) -> tuple[str, str]:
    """Kind and name of the queue entry with this key."""
    for kind in ("run", "evaluation"):
        description = layout.description(kind, key)
        if description.exists():
            return kind, run_state.read_entry(description.parent, kind).name
    return "check", key


def _starts(layout: Layout, tickets: list[Ticket]) -> list[float | None]:
    """The seconds until each ticket starts; None if unknown."""
    devices = find_devices()
    on_gpu, earlier = devices[0].is_gpu, timing_history(layout)

    def left(key: str) -> float | None:
        return _left_s(RunFolder(layout.folder("run", key)), on_gpu, earlier) if key else None

    busy = [left(state.key) if state.busy else 0.0 for state in slot_states(layout.slots, devices)]
    return expected_starts(busy, [Wait(slots=ticket.slots, seconds=left(ticket.key)) for ticket in tickets])


def _left_s(folder: RunFolder, on_gpu: bool, earlier: list[Measured]) -> float | None:
    """The seconds that a run still needs on a device; None if nothing comparable was measured."""
    try:
        status, recipe = run_state.observe_run(folder).status, run_state.read_recipe(folder)
    except DamagedFileError:
        return None
    if recipe is None:
        return None  # an evaluation has no estimate
    if status.eta_s is not None:
        return max(0.0, status.eta_s - (time.time() - status.updated))
    whole = estimate(recipe, on_gpu, _validation_images(folder), earlier)
    return whole.seconds * _share_left(status) if whole else None


def _share_left(status: Status) -> float:
    return 1 - status.iteration / status.of_iterations if status.of_iterations else 1.0


def _validation_images(folder: RunFolder) -> int:
    try:
        return int(load_facts(VersionFolder(read_job(folder).data))["splits"]["val"])
    except (FileNotFoundError, AppError):
        return 0
