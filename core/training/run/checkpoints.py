"""The checkpoints of a run, from the index that the worker writes beside them."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

from core.files import write_json
from core.records import read_as
from core.shapes import Count
from core.training.run.folder import RunFolder

_KEPT: Final = re.compile(r"iteration-(\d{1,12})\.pth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One weights file. `kind` is `best`, `last` or `kept`; AP 0 to 1, None if it was not evaluated."""

    kind: str
    iteration: int  # finished iterations
    path: Path
    ap: float | None = None
    ap50: float | None = None


def write_index(
    checkpoints: Path, *, last: int | None, best: dict[str, Any] | None, evaluated: int = 0, without_gain: int = 0
) -> None:
    """Replaces index.json of a checkpoints folder. Call it after writing the weights.

    Args: last, the iteration of last.pth; best, {iteration, ap, ap50} of best.pth; evaluated, the iteration that was
    evaluated last; without_gain, evaluations since the best one.
    """
    document = {"last": None if last is None else {"iteration": last}, "best": best}
    write_json(checkpoints / "index.json", {**document, "evaluated": evaluated, "without_gain": without_gain})


class _Entry(TypedDict):
    iteration: Count
    ap: NotRequired[float | None]
    ap50: NotRequired[float | None]


class _Index(TypedDict):
    last: NotRequired[_Entry | None]
    best: NotRequired[_Entry | None]


def index_file(folder: RunFolder) -> Path:
    """The path of the index."""
    return folder.checkpoints / "index.json"


def list_checkpoints(folder: RunFolder) -> list[Checkpoint]:
    """The existing checkpoints: best, last, then those kept at intervals, oldest first.

    Raises DamagedFileError for an index that cannot be read.
    """
    try:
        index = read_as(index_file(folder), _Index)
    except FileNotFoundError:
        return []
    checkpoints = []
    for kind, entry in (("best", index.get("best")), ("last", index.get("last"))):
        path = folder.checkpoints / f"{kind}.pth"
        if entry and path.is_file():
            checkpoints.append(
                Checkpoint(
                    kind=kind, iteration=entry["iteration"], path=path, ap=entry.get("ap"), ap50=entry.get("ap50")
                )
            )
    return checkpoints + _kept(folder)


def kept_name(iteration: int) -> str:
    """The file name of a checkpoint that is kept."""
    return f"iteration-{iteration:06d}.pth"


def _kept(folder: RunFolder) -> list[Checkpoint]:
    matches = (_KEPT.fullmatch(path.name) for path in folder.checkpoints.iterdir())
    iterations = sorted(int(match[1]) for match in matches if match)
    return [
        Checkpoint(kind="kept", iteration=iteration, path=folder.checkpoints / kept_name(iteration))
        for iteration in iterations
    ]


def find_checkpoint(folder: RunFolder, kind: str = "best") -> Checkpoint | None:
    """The checkpoint of a kind. The last one replaces a missing best one."""
    by_kind = {checkpoint.kind: checkpoint for checkpoint in list_checkpoints(folder) if checkpoint.kind != "kept"}
    return by_kind.get(kind) or (by_kind.get("last") if kind == "best" else None)
