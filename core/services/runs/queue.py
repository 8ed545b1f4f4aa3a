"""What a user can do with the queue: look, reorder, prioritise, cancel."""

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
    """One that waits for a device slot. `starts_in_s` is None where nobody can know.

    `damaged`: its ticket cannot be read, so that it is not served; its position is 0 then, and null in JSON.
    """

    key: str  # the run's or evaluation's id
    kind: str  # "run", "evaluation", or "check" for one that is not started yet
    name: str
    position: int  # 1: served next
    priority: int
    starts_in_s: float | None
    damaged: Damage | None = None

    def to_json(self) -> dict[str, Any]:
        """One entry of the document of `queue` (docs/cli.md)."""
        return {**asdict(self), "position": self.position or None}


def list_queue(settings: Settings) -> list[Waiting]:
    """All that waits for a device slot, next first, with the expected start of each; then damaged tickets."""
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
    """Where a run or evaluation stands in the queue; None where it does not wait."""
    return next((one for one in list_queue(settings) if one.key == key and not one.damaged), None)


def move_to(settings: Settings, ref: str, position: int, *, actor: Actor) -> None:
    """Put what waits at this position, 1 for the next one. Raises AppError where it does not wait, or there is none."""
    queue_order.move_to(Layout(settings.workspace).slots, _key(settings, ref), position, actor)


def move_by(settings: Settings, ref: str, places: int, *, actor: Actor) -> None:
    """Move what waits back by so many places, forward where negative. Raises ConflictError where it does not wait."""
    queue_order.move_by(Layout(settings.workspace).slots, _key(settings, ref), places, actor)


def prioritise(settings: Settings, ref: str, priority: int, *, actor: Actor) -> None:
    """Serve it before all of a lower priority; 0 is usual. Raises AppError where it does not wait, or out of bounds."""
    queue_order.prioritise(Layout(settings.workspace).slots, _key(settings, ref), priority, actor)


def cancel_waiting(settings: Settings, ref: str, *, actor: Actor) -> None:
    """Take a run or an evaluation out of the queue. Raises ConflictError for one whose turn has come."""
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
    """What kind of thing waits under this key, and its name."""
    for kind in ("run", "evaluation"):
        description = layout.description(kind, key)
        if description.exists():
            return kind, run_state.read_entry(description.parent, kind).name
    return "check", key


def _starts(layout: Layout, tickets: list[Ticket]) -> list[float | None]:
    """In how many seconds each starts."""
    devices = find_devices()
    on_gpu, earlier = devices[0].is_gpu, timing_history(layout)

    def left(key: str) -> float | None:
        return _left_s(RunFolder(layout.folder("run", key)), on_gpu, earlier) if key else None

    busy = [left(state.key) if state.busy else 0.0 for state in slot_states(layout.slots, devices)]
    return expected_starts(busy, [Wait(slots=ticket.slots, seconds=left(ticket.key)) for ticket in tickets])


def _left_s(folder: RunFolder, on_gpu: bool, earlier: list[Measured]) -> float | None:
    """The seconds that a run still needs once it runs; None where nothing comparable was measured."""
    try:
        status, recipe = run_state.observe_run(folder).status, run_state.read_recipe(folder)
    except DamagedFileError:
        return None
    if recipe is None:
        return None  # an evaluation, which says nothing of its length
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
