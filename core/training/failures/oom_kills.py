"""Detects that the kernel killed a worker for lack of memory: its control group counts such kills. Linux only.

The worker notes the count when it starts. If it vanishes, readers compare. Both versions of control groups count kills
by the group's limit and by the machine's (Linux, Documentation/admin-guide/cgroup-v2.rst, `memory.events`).
"""

import re
from pathlib import Path
from typing import Any, Final

_CGROUPS: Final = Path("/sys/fs/cgroup")
_COUNT: Final = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)


def note_kills(own: Path = Path("/proc/self/cgroup"), mounted: Path = _CGROUPS) -> dict[str, Any]:
    """The file that counts kills in this process's control group, and its count now; empty if there is none."""
    for path in _candidates(own, mounted):
        kills = _count(path)
        if kills is not None:
            return {"file": str(path), "kills": kills}
    return {}


def has_killed_since(noted: dict[str, Any]) -> bool:
    """Whether the count rose since `note_kills`: a process of the worker's group was killed for memory."""
    kills = _count(Path(noted["file"])) if noted.keys() >= {"file", "kills"} else None
    return kills is not None and kills > int(noted["kills"])


def _candidates(own: Path, mounted: Path) -> list[Path]:
    """The files that may count, first of the process's group, then of the root that a container sees."""
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return []
    groups = {controllers: path.lstrip("/") for _, controllers, path in lines}
    files = []
    for controllers, base, name in (
        ("memory", mounted / "memory", "memory.oom_control"),
        ("", mounted, "memory.events"),
    ):
        if controllers in groups:
            files += [base / groups[controllers] / name, base / name]
    return files


def _count(path: Path) -> int | None:
    try:
        match = _COUNT.search(path.read_text())
    except OSError:
        return None
    return int(match[1]) if match else None
