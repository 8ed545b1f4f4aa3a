"""Waits for device slots and makes them the only devices that torch sees. Does not import torch."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.training.launch.devices import Device, find_devices, slots_for, together, usable_for
from core.training.launch.queue import Ticket, wait_for_slots
from core.training.launch.ray_launcher import JOB_VARIABLE
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.run.folder import RunFolder
from core.training.run.status import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRequest:
    """A worker's request to the queue. `folder` is the slots folder, `key` the id that the queue shows.

    `processes`: training processes; each needs a GPU if the machine has any.
    """

    folder: Path
    key: str
    priority: int = 0
    processes: int = 1


def wait_for_device(folder: RunFolder, request: SlotRequest, reporter: Reporter, stop: StopSwitch) -> Device | None:
    """The device, or the GPUs, that this process holds until it ends; None if it was stopped while it waited.

    Raises RecipeError if this machine has too few GPUs for the training processes.
    """
    devices = find_devices()
    wanted = slots_for(request.processes, devices)
    devices = tuple(usable_for(wanted, devices))
    if JOB_VARIABLE in os.environ:  # the cluster has its own queue, and granted these devices
        return _use(devices[:wanted], reporter)

    def tell(ahead: int) -> None:
        before = f"{ahead} before it" if ahead > 1 else "one before it"
        reporter.update(reason=f"Waits for its turn on {devices[0].title}: {before}." if ahead else "")

    ticket = Ticket(
        key=request.key,
        lock=str(folder.lock.resolve()),
        enqueued=reporter.queued,
        priority=request.priority,
        slots=wanted,
    )
    held = wait_for_slots(request.folder, ticket, devices, stop, tell)
    if not held:
        reporter.end(Phase.STOPPED, "Cancelled before its turn.")
        return None
    return _use(held, reporter)


def _use(held: Sequence[Device], reporter: Reporter) -> Device:
    """The slots as one device, the only one that torch sees."""
    device = together(held)
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    os.environ["CUDA_VISIBLE_DEVICES"] = device.visible
    reporter.update(phase=Phase.STARTING, reason="", device=device.title, activity="loading PyTorch and Detectron2")
    return device
