"""Asks NVIDIA's driver for its GPUs, through NVML. Does not import torch.

NVML is the driver's own library, so it also answers where there are no device nodes (WSL 2), and it names the slices of
a GPU that is divided by MIG.
"""

import importlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

_MIB: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A GPU or a MIG slice, as the driver describes it."""

    uuid: str  # "GPU-…" or "MIG-…", as CUDA_VISIBLE_DEVICES takes it
    name: str
    memory_mib: int | None  # None where the driver does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A GPU; `slices` is None if it is not divided. A divided one can be used through its slices only."""

    whole: Part
    slices: tuple[Part, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the driver said. A GPU that this process may not use is None in `cards`, which keep the driver's order.

    `is_final` is False if another source may know more. `problem` says why there is no GPU, "" if nothing is wrong.
    """

    cards: tuple[Card | None, ...] = ()
    is_final: bool = True
    problem: str = ""


_OTHER_SOURCE: Final = Answer(is_final=False)
# Without the kernel's part of the driver, or with that of another version, CUDA cannot work either.
_BROKEN: Final = {
    "NVMLError_DriverNotLoaded": "NVIDIA's driver is installed but not running. If this machine has a GPU, "
    "restart it, or install the driver again.",
    "NVMLError_LibRmVersionMismatch": "NVIDIA's driver was updated while it ran. Restart the machine.",
}


def ask_driver(nvml: ModuleType | None = None) -> Answer:
    """The GPUs of this machine. `nvml` stands in for the module `pynvml`."""
    if nvml is None:
        try:
            nvml = importlib.import_module("pynvml")  # late, because reading it takes a tenth of a second
        except ImportError:
            return _OTHER_SOURCE
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        problem = _BROKEN.get(type(error).__name__)
        return Answer(problem=problem) if problem else _OTHER_SOURCE
    try:
        cards = tuple(_cards(nvml))
        return Answer(cards=cards, problem=_why_none(cards))
    except nvml.NVMLError:
        return _OTHER_SOURCE
    finally:
        # An open library keeps the driver awake, and MIG cannot be switched meanwhile.
        with suppress(nvml.NVMLError):
            nvml.nvmlShutdown()


def _why_none(cards: tuple[Card | None, ...]) -> str:
    """Why none of the GPUs can be used; "" if one can, or if there is none."""
    usable = [card for card in cards if card is not None]
    if cards and not usable:
        return "NVIDIA's driver shows a GPU that this process may not use, or that does not answer."
    if usable and all(card.slices == () for card in usable):
        return "MIG is switched on and no slice is made. Make one with `nvidia-smi mig`, or switch MIG off."
    return ""


def _cards(nvml: ModuleType) -> Iterator[Card | None]:
    for index in range(nvml.nvmlDeviceGetCount()):
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            yield Card(whole=_part(nvml, handle), slices=_slices(nvml, handle))
        except nvml.NVMLError:  # another container's, or fallen off the bus
            yield None


def _slices(nvml: ModuleType, handle: Any) -> tuple[Part, ...] | None:
    try:
        now, _after_restart = nvml.nvmlDeviceGetMigMode(handle)
    except nvml.NVMLError:  # it cannot be divided
        return None
    if now != nvml.NVML_DEVICE_MIG_ENABLE:
        return None
    slices = []
    for place in range(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
        with suppress(nvml.NVMLError):  # an empty place, or not this process's
            slices.append(_part(nvml, nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, place)))
    return tuple(slices)


def _part(nvml: ModuleType, handle: Any) -> Part:
    try:
        memory_mib = int(nvml.nvmlDeviceGetMemoryInfo(handle).total) // _MIB
    except nvml.NVMLError:
        memory_mib = None
    uuid, name = _text(nvml.nvmlDeviceGetUUID(handle)), _text(nvml.nvmlDeviceGetName(handle))
    return Part(uuid=uuid, name=name, memory_mib=memory_mib)


def _text(value: str | bytes) -> str:
    """A string of NVML's, which older versions of its module return as bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
