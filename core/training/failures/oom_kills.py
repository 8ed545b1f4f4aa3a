"""Whether the kernel killed a worker for want of memory: its control group counts such kills. Linux only; no torch.

The worker notes the count when it starts; a reader who finds it gone compares. Both kinds of control groups count
kills by the group's own limit and by the machine's (Linux, Documentation/admin-guide/cgroup-v2.rst, `memory.events`).
"""

import re
from pathlib import Path
from typing import Any, Final

_CGROUPS: Final = Path("/sys/fs/cgroup")
_COUNT: Final = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)


def note_kills(own: Path = Path("/proc/self/cgroup"), mounted: Path = _CGROUPS) -> dict[str, Any]:
    """The file that counts the kills in this process's control group and its count now; empty where nothing counts."""
    for path in _candidates(own, mounted):
        kills = _count(path)
        if kills is not None:
            return {"file": str(path), "kills": kills}
    return {}


def has_killed_since(noted: dict[str, Any]) -> bool:
    """Whether the count has risen since `note_kills`: some process of the worker's group was killed for memory."""
    kills = _count(Path(noted["file"])) if noted.keys() >= {"file", "kills"} else None
    return kills is not None and kills > int(noted["kills"])


def _candidates(own: Path, mounted: Path) -> list[Path]:
    """The files to look into, the process's own group before what a container sees as its root."""
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return []
    groups = {controllers: path.lstrip("/") for _, controllers, path in lines}
    found = []
    for controllers, base, name in (
        ("memory", mounted / "memory", "memory.oom_control"),
        ("", mounted, "memory.events"),
    ):
        if controllers in groups:
            found += [base / groups[controllers] / name, base / name]
    return found


def _count(path: Path) -> int | None:
    try:
        match = _COUNT.search(path.read_text())
    except OSError:
        return None
    return int(match[1]) if match else None
