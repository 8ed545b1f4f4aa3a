"""Removes what a killed worker left half-written."""

import time
from pathlib import Path
from typing import Final

from core.training.run.folder import RunFolder

# Only the worker writes these, so an unfinished file is from a dead worker.
_OWN_FOLDERS: Final = ("checkpoints", "samples")
_OWN_FILES: Final = ("status.json", "curves.npz", "weights.json")
# A page writes its files in milliseconds.
_OLD_S: Final = 3600.0


def clear_left_overs(folder: RunFolder) -> list[Path]:
    """Removes the temporary files (core.files) of workers that were killed while writing; returns their paths."""
    removed = []
    for path in folder.root.rglob(".*.part"):
        if _is_own(folder, path) or _is_old(path):
            path.unlink(missing_ok=True)
            removed.append(path)
    return removed


def _is_own(folder: RunFolder, path: Path) -> bool:
    inside = path.relative_to(folder.root).parts
    return inside[0] in _OWN_FOLDERS or any(path.name.startswith(f".{name}.") for name in _OWN_FILES)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _OLD_S
    except FileNotFoundError:
        return False
