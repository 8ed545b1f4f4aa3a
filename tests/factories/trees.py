"""The content of a folder, to compare it before and after."""

import hashlib
from pathlib import Path


def tree_of(folder: Path) -> dict[str, str]:
    """Every file and folder below, with the hash of its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }
