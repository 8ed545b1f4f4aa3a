"""Which checkpoints a run has, from the index that the worker writes beside them. Light; no torch."""

from dataclasses import dataclass
from pathlib import Path

from core.files import read_json
from core.training.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One weights file. `kind` is `best` or `last`; AP 0 to 1, None where it was not evaluated."""

    kind: str
    iteration: int  # finished iterations
    path: Path
    ap: float | None = None
    ap50: float | None = None


def list_checkpoints(folder: RunFolder) -> list[Checkpoint]:
    """The checkpoints that are there, best first; none for a run that has not written one yet."""
    try:
        index = read_json(folder.checkpoints / "index.json")
    except FileNotFoundError:
        return []
    found = []
    for kind in ("best", "last"):
        entry = index.get(kind)
        path = folder.checkpoints / f"{kind}.pth"
        if entry and path.is_file():
            found.append(Checkpoint(kind, int(entry["iteration"]), path, entry.get("ap"), entry.get("ap50")))
    return found


def find_checkpoint(folder: RunFolder, kind: str = "best") -> Checkpoint | None:
    """The checkpoint of a kind; the last one stands in for a best one that no evaluation has chosen yet."""
    by_kind = {checkpoint.kind: checkpoint for checkpoint in list_checkpoints(folder)}
    return by_kind.get(kind) or (by_kind.get("last") if kind == "best" else None)
