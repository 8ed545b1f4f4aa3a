"""The device slots of this machine: one per GPU, or one for the CPU. Does not import torch."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import RecipeError

# The cores of a worker that shares a machine with others.
CORES_VARIABLE: Final = "DETDESK_CORES"
_DRIVER: Final = Path("/proc/driver/nvidia/gpus")
_NODES: Final = Path("/dev")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A slot. `visible` is the CUDA_VISIBLE_DEVICES of a process that runs on it ("" hides every GPU)."""

    key: str  # "cpu", "gpu0", …; the lock's file name
    title: str
    visible: str = ""

    @property
    def is_gpu(self) -> bool:
        """Whether the slot is a GPU."""
        return self.key != "cpu"


def find_devices(
    environment: Mapping[str, str] = os.environ, nodes: Path = _NODES, driver: Path = _DRIVER
) -> tuple[Device, ...]:
    """The slots of this machine: the GPUs in CUDA_VISIBLE_DEVICES, else the CPU.

    It counts device nodes, in CUDA's order under CUDA_DEVICE_ORDER=PCI_BUS_ID, so it loads neither torch nor the
    driver's library.
    """
    minors = sorted(int(path.name.removeprefix("nvidia")) for path in nodes.glob("nvidia[0-9]*") if _is_node(path))
    wanted = environment.get("CUDA_VISIBLE_DEVICES")
    visible = [str(index) for index in range(len(minors))] if wanted is None else _visible(wanted, len(minors))
    if not visible:
        return (Device(key="cpu", title=f"CPU, {usable_cores()} cores"),)
    names = _names(driver)
    return tuple(Device(key=_key(entry), title=_title(entry, minors, names), visible=entry) for entry in visible)


def slots_for(processes: int, devices: Sequence[Device]) -> int:
    """The number of slots for a training in `processes` processes: a GPU each, or the CPU for all.

    Raises RecipeError if the machine has too few.
    """
    if not devices[0].is_gpu:
        return 1
    if processes > len(devices):
        have = "one GPU" if len(devices) == 1 else f"{len(devices)} GPUs"
        raise RecipeError(f"The run wants {processes} GPUs, and this machine has {have}.", "Ask for fewer GPUs.")
    return processes


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
    )


def usable_cores() -> int:
    """The cores that this process may use; a container or a cluster may grant fewer than the machine has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    granted = os.environ.get(CORES_VARIABLE, "")
    return max(1, min(cores, int(granted))) if granted.isdecimal() else cores


def _is_node(path: Path) -> bool:
    return re.fullmatch(r"nvidia\d+", path.name) is not None


def _visible(wanted: str, count: int) -> list[str]:
    """The entries of CUDA_VISIBLE_DEVICES up to the first that does not exist, as CUDA reads it."""
    visible: list[str] = []
    for entry in (part.strip() for part in wanted.split(",")):
        by_index = entry.isdecimal() and int(entry) < count
        by_uuid = count > 0 and re.fullmatch(r"(GPU|MIG)-[0-9A-Za-z-]+", entry) is not None
        if not (by_index or by_uuid) or entry in visible:
            break
        visible.append(entry)
    return visible


def _key(visible: str) -> str:
    return f"gpu{visible}" if visible.isdecimal() else "gpu-" + re.sub(r"[^0-9A-Za-z-]", "-", visible)


def _title(visible: str, minors: list[int], names: dict[int, str]) -> str:
    if not visible.isdecimal():
        return visible
    name = names.get(minors[int(visible)], "GPU")
    return f"{name} {visible}" if len(minors) > 1 else name


def _names(driver: Path) -> dict[int, str]:
    """Minor number -> model name, from the driver; empty if it has none."""
    names = {}
    for path in driver.glob("*/information"):
        try:
            fields = dict(re.findall(r"^(Model|Device Minor):\s*(.+?)\s*$", path.read_text(errors="replace"), re.M))
            names[int(fields["Device Minor"])] = fields["Model"]
        except (OSError, KeyError, ValueError):
            continue
    return names
