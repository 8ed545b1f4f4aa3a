"""GPUs -> the device slots that CUDA_VISIBLE_DEVICES leaves, each with the value that shows a process this one only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.training.launch.nvml import Card, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A slot. `visible` is the CUDA_VISIBLE_DEVICES of a process that runs on it ("" hides every GPU)."""

    key: str  # "cpu", "gpu0", …; the lock's file name
    title: str
    visible: str = ""
    memory_mib: int | None = None  # a GPU's own; None if unknown
    is_slice: bool = False  # of a GPU that MIG divides

    @property
    def is_gpu(self) -> bool:
        """Whether the slot is a GPU."""
        return self.key != "cpu"


def visible_devices(cards: Sequence[Card | None], wanted: str | None) -> list[Device]:
    """The slots of `cards` that `wanted` names, up to its first entry that does not exist, as CUDA reads it.

    Args: cards, all of the machine in CUDA's order, None where this process may not use it; wanted, the value of
    CUDA_VISIBLE_DEVICES, None if it is not set. A divided GPU's number stands for all its slices.
    """
    machine = _slots(cards)
    if wanted is None:
        return [device for slots in machine for device in slots]
    chosen: list[Device] = []
    # Cards of device nodes have no UUIDs, so every well-formed one is believed.
    by_uuid = {card.whole.uuid: slots for card, slots in zip(filter(None, cards), machine, strict=True)}
    by_uuid |= {device.visible: [device] for slots in machine for device in slots if device.is_slice}
    for entry in (part.strip() for part in wanted.split(",")):
        if entry.isdecimal():
            devices = machine[int(entry)] if int(entry) < len(machine) else None
        elif "" in by_uuid:
            devices = _believed(entry)
        else:
            devices = _by_uuid(entry, by_uuid)
        if devices is None or any(device in chosen for device in devices):  # CUDA stops at a repeated one, too
            break
        chosen += devices
    return chosen


def _slots(cards: Sequence[Card | None]) -> list[list[Device]]:
    """The slots of each GPU that this process may use."""
    usable = [card for card in cards if card is not None]
    # CUDA leaves divided GPUs out of its numbers, and maybe those that this process may not use.
    has_numbers = len(usable) == len(cards) and all(card.slices is None for card in usable)
    return [_slots_of(card, number, len(usable) > 1, has_numbers) for number, card in enumerate(usable)]


def _slots_of(card: Card, number: int, is_one_of_several: bool, has_numbers: bool) -> list[Device]:
    if card.slices is not None:
        slices = [_slice(part, number, place) for place, part in enumerate(card.slices, start=1)]
        return slices if is_one_of_several or len(slices) > 1 else [_plain_title(device, card) for device in slices]
    name, part = card.whole.name, card.whole
    return [
        Device(
            key=f"gpu{number}",
            title=f"{name} {number}" if is_one_of_several else name,
            visible=str(number) if has_numbers else part.uuid,
            memory_mib=part.memory_mib,
        )
    ]


def _slice(part: Part, number: int, place: int) -> Device:
    return Device(
        key=_uuid_key(part.uuid),
        title=f"{part.name}, slice {place} of GPU {number}",
        visible=part.uuid,
        memory_mib=part.memory_mib,
        is_slice=True,
    )


def _plain_title(device: Device, card: Card) -> Device:
    """A machine's only slot is told by its name."""
    (only,) = card.slices or ()
    return replace(device, title=only.name)


def _believed(entry: str) -> list[Device] | None:
    """The slot of a UUID that nobody can look up."""
    if not re.fullmatch(r"(GPU|MIG)-[0-9A-Za-z-]+", entry):
        return None
    return [Device(key=_uuid_key(entry), title=entry, visible=entry, is_slice=entry.startswith("MIG"))]


def _by_uuid(entry: str, by_uuid: dict[str, list[Device]]) -> list[Device] | None:
    """The slots with this UUID or, as for CUDA, with the only UUID that begins so."""
    if not re.match(r"(GPU|MIG)-", entry):
        return None
    uuids = [entry] if entry in by_uuid else [uuid for uuid in by_uuid if uuid.startswith(entry)]
    return by_uuid[uuids[0]] if len(uuids) == 1 else None


def _uuid_key(uuid: str) -> str:
    return "gpu-" + re.sub(r"[^0-9A-Za-z-]", "-", uuid)
