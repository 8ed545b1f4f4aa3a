"""Which device slots this machine has: one per GPU, or one for the CPU. Found without torch; light."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import RecipeError

# Set for workers that share a machine with others by agreement.
CORES_VARIABLE: Final = "DETDESK_CORES"
_DRIVER: Final = Path("/proc/driver/nvidia/gpus")
_NODES: Final = Path("/dev")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One slot. `visible` is the CUDA_VISIBLE_DEVICES of a process that runs on it ("" hides every GPU)."""

    key: str  # "cpu", "gpu0", …; the lock's file name
    title: str
    visible: str = ""

    @property
    def is_gpu(self) -> bool:
        """Whether the slot stands for a GPU."""
        return self.key != "cpu"


def find_devices(
    environment: Mapping[str, str] = os.environ, nodes: Path = _NODES, driver: Path = _DRIVER
) -> tuple[Device, ...]:
    """The slots of this machine: its GPUs as far as CUDA_VISIBLE_DEVICES shows them, else the CPU.

    The device nodes are counted, in the order in which CUDA numbers them under CUDA_DEVICE_ORDER=PCI_BUS_ID, so that
    neither torch nor the driver's library is loaded.
    """
    minors = sorted(int(path.name.removeprefix("nvidia")) for path in nodes.glob("nvidia[0-9]*") if _is_node(path))
    wanted = environment.get("CUDA_VISIBLE_DEVICES")
    shown = [str(index) for index in range(len(minors))] if wanted is None else _shown(wanted, len(minors))
    if not shown:
        return (Device(key="cpu", title=f"CPU, {usable_cores()} cores"),)
    names = _names(driver)
    return tuple(Device(key=_key(one), title=_title(one, minors, names), visible=one) for one in shown)


def slots_for(processes: int, devices: Sequence[Device]) -> int:
    """How many slots a training in so many processes needs: a GPU each, or the one CPU for all.

    Raises RecipeError where the machine has too few.
    """
    if not devices[0].is_gpu:
        return 1
    if processes > len(devices):
        have = "one GPU" if len(devices) == 1 else f"{len(devices)} GPUs"
        raise RecipeError(f"The run wants {processes} GPUs, and this machine has {have}.", "Ask for fewer GPUs.")
    return processes


def together(devices: Sequence[Device]) -> Device:
    """Several slots as one device, for a run that has them all."""
    first, *rest = devices
    if not rest:
        return first
    names = {re.sub(r" \d+$", "", device.title) for device in devices}
    title = f"{len(devices)} × {names.pop()}" if len(names) == 1 else " and ".join(one.title for one in devices)
    return Device(
        key="+".join(one.key for one in devices), title=title, visible=",".join(one.visible for one in devices)
    )


def usable_cores() -> int:
    """The cores this process may use: a container may have fewer than the machine, and a cluster may grant fewer."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    granted = os.environ.get(CORES_VARIABLE, "")
    return max(1, min(cores, int(granted))) if granted.isdecimal() else cores


def _is_node(path: Path) -> bool:
    return re.fullmatch(r"nvidia\d+", path.name) is not None


def _shown(wanted: str, count: int) -> list[str]:
    """The entries of CUDA_VISIBLE_DEVICES up to the first that does not exist, as CUDA itself reads it."""
    shown: list[str] = []
    for entry in (part.strip() for part in wanted.split(",")):
        by_index = entry.isdecimal() and int(entry) < count
        by_uuid = count > 0 and re.fullmatch(r"(GPU|MIG)-[0-9A-Za-z-]+", entry) is not None
        if not (by_index or by_uuid) or entry in shown:
            break
        shown.append(entry)
    return shown


def _key(visible: str) -> str:
    return f"gpu{visible}" if visible.isdecimal() else "gpu-" + re.sub(r"[^0-9A-Za-z-]", "-", visible)


def _title(visible: str, minors: list[int], names: dict[int, str]) -> str:
    if not visible.isdecimal():
        return visible
    name = names.get(minors[int(visible)], "GPU")
    return f"{name} {visible}" if len(minors) > 1 else name


def _names(driver: Path) -> dict[int, str]:
    """Minor number -> model name, as the driver tells; empty where it tells nothing."""
    names = {}
    for path in driver.glob("*/information"):
        try:
            fields = dict(re.findall(r"^(Model|Device Minor):\s*(.+?)\s*$", path.read_text(errors="replace"), re.M))
            names[int(fields["Device Minor"])] = fields["Model"]
        except (OSError, KeyError, ValueError):
            continue
    return names
