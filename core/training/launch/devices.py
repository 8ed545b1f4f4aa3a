"""The device slots of this machine: one per GPU or MIG slice, or one for the CPU. Does not import torch."""

import functools
import os
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from core.errors import RecipeError
from core.training.launch.device_nodes import DRIVER, NODES, cards_of_nodes
from core.training.launch.nvml import Answer, ask_driver
from core.training.launch.visible_devices import Device, visible_devices

__all__ = [
    "CORES_VARIABLE",
    "Device",
    "cpu_title",
    "driver_answer",
    "find_devices",
    "slots_for",
    "together",
    "usable_cores",
    "usable_for",
    "why_no_gpu",
]

# The cores of a worker that shares a machine with others.
CORES_VARIABLE: Final = "DETDESK_CORES"
_HIDDEN: Final = ("", "-1")
_APPLE: Final = "Apple's GPU is not used: whether training is right on it has not been tested (docs/gpu.md)."


@functools.cache
def driver_answer() -> Answer:
    """What the driver says of this machine's GPUs, asked once a process: on a laptop each question wakes the GPU."""
    return ask_driver()


def find_devices(
    environment: Mapping[str, str] = os.environ,
    nodes: Path = NODES,
    driver: Path = DRIVER,
    ask: Callable[[], Answer] = driver_answer,
) -> tuple[Device, ...]:
    """The slots of this machine: the GPUs in CUDA_VISIBLE_DEVICES, else the CPU.

    The driver's library names them. Where it is missing, device nodes are counted. Both are in CUDA's order under
    CUDA_DEVICE_ORDER=PCI_BUS_ID.
    """
    answer = ask()
    cards = answer.cards if answer.is_final else cards_of_nodes(nodes, driver)
    devices = visible_devices(cards, environment.get("CUDA_VISIBLE_DEVICES"))
    return tuple(devices) or (Device(key="cpu", title=cpu_title(usable_cores())),)


def why_no_gpu(
    environment: Mapping[str, str] = os.environ,
    ask: Callable[[], Answer] = driver_answer,
    system: tuple[str, str] = (sys.platform, platform.machine()),
) -> str:
    """Why `find_devices` gives the CPU on a machine with a GPU; "" if it has none, or if the user hid it."""
    wanted = environment.get("CUDA_VISIBLE_DEVICES")
    if wanted in _HIDDEN:
        return ""
    if system == ("darwin", "arm64"):
        return _APPLE
    answer = ask()
    if answer.problem or wanted is None or not answer.cards:
        return answer.problem
    return "CUDA_VISIBLE_DEVICES names no GPU of this machine."


def slots_for(processes: int, devices: Sequence[Device]) -> int:
    """The number of slots for a training in `processes` processes: a GPU each, or the CPU for all.

    Raises RecipeError if the machine has too few.
    """
    if not devices[0].is_gpu:
        return 1
    if processes > (have := len(usable_for(processes, devices))):
        gpus = "one GPU" if have == 1 else f"{have} GPUs"
        slices = any(device.is_slice for device in devices)
        raise RecipeError(
            f"The run wants {processes} GPUs, and this machine has {gpus}{' beside MIG slices' if slices else ''}.",
            "Ask for fewer GPUs." + (" A MIG slice trains alone." if slices else ""),
        )
    return processes


def usable_for(processes: int, devices: Sequence[Device]) -> list[Device]:
    """The devices that a training in `processes` processes can use: CUDA shows a process one MIG slice at most."""
    return [device for device in devices if processes == 1 or not device.is_slice]


def together(devices: Sequence[Device]) -> Device:
    """Several slots as one device, for a run that holds all of them."""
    first, *rest = devices
    if not rest:
        return first
    names = {re.sub(r" \d+$", "", device.title) for device in devices}
    title = f"{len(devices)} × {names.pop()}" if len(names) == 1 else " and ".join(device.title for device in devices)
    return Device(
        key="+".join(device.key for device in devices),
        title=title,
        visible=",".join(device.visible for device in devices),
        memory_mib=first.memory_mib,
    )


def cpu_title(cores: int) -> str:
    """The name of a CPU of which so many cores may be used, e.g. "CPU, 2 cores"."""
    return f"CPU, {cores} core{'' if cores == 1 else 's'}"


def usable_cores() -> int:
    """The cores that this process may use; a container or a cluster may grant fewer than the machine has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    granted = os.environ.get(CORES_VARIABLE, "")
    return max(1, min(cores, int(granted))) if granted.isdecimal() else cores
