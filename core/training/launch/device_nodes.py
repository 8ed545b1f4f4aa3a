"""Counts the device nodes of NVIDIA GPUs: the second source, where the driver's library is missing.

A container may get the nodes and CUDA without the library. Nodes do not tell whether a GPU is divided.
"""

import re
from pathlib import Path
from typing import Final

from core.training.launch.nvml import Card, Part

DRIVER: Final = Path("/proc/driver/nvidia/gpus")
NODES: Final = Path("/dev")


def cards_of_nodes(nodes: Path = NODES, driver: Path = DRIVER) -> tuple[Card, ...]:
    """The GPUs that have a device node, by rising minor number, with their names from the driver's files."""
    minors = sorted(
        int(path.name.removeprefix("nvidia"))
        for path in nodes.glob("nvidia[0-9]*")
        if re.fullmatch(r"nvidia\d+", path.name)
    )
    names = _names(driver)
    return tuple(Card(whole=Part(uuid="", name=names.get(minor, "GPU"), memory_mib=None)) for minor in minors)


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
