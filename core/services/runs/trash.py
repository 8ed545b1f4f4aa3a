"""Deletes, restores and purges runs. Deleting moves a run's folder to the workspace's trash.

Each step is one rename, so a process killed at any moment leaves the run in one place or the other. A rename needs no
space, and a full disk is why people delete. Evaluations of a deleted run stay: they hold copies of everything they
show. Runs that started from its weights hold a copy (`start.pth`).
"""

import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from core.actor import Actor
from core.errors import AppError, ConflictError, DamagedFileError, NotFoundError, StorageError
from core.files import bytes_below
from core.records import Damage
from core.services.evaluation.listing import list_evaluations
from core.services.runs import damaged as damaged_run
from core.services.runs import summary as run_state
from core.services.runs.control import run_folder
from core.settings import Settings
from core.storage_errors import writing
from core.training.launch.launcher import launching
from core.training.run.folder import RunFolder
from core.training.run.job import read_job_file
from core.training.run.notes import changing_notes
from core.training.run.status import ENDED, Phase
from core.workspace.history import note_change, read_history
from core.workspace.layout import Layout
from core.workspace.registry import Registry, read_description
from core.workspace.trash import find_trashed, name_of, parts_of, path_for, trash_folders, trashed

_DAY_S: Final = 86_400
# Prefix while a run is purged. The next start removes what a killed process left.
_GOING: Final = ".going-"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashedRun:
    """A run in the trash. `deleted` is Unix seconds, by `actor`; `days_left` until it is purged, None: never."""

    run: str
    name: str
    dataset: str
    deleted: float
    bytes: int  # on disk
    days_left: float | None
    damaged: Damage | None = None
    actor: Actor | None = None

    def to_json(self) -> dict[str, Any]:
        """One entry of the document of `trash` (docs/cli.md)."""
        return asdict(self)


def delete(settings: Settings, ref: str, *, actor: Actor) -> TrashedRun:
    """Move an ended run to the trash. Raises ConflictError if it is active or being evaluated."""
    folder = run_folder(settings, ref)
    layout, run = Layout(settings.workspace), folder.root.name
    with launching(folder), changing_notes(folder):
        phase = _phase(folder)
        if phase not in ENDED:
            raise ConflictError(f"Run {run} is {phase}, so it cannot be deleted.", "Stop it first.")
        _refuse_while_evaluated(settings, run)
        with writing(layout.trash):
            target = path_for(layout, run, int(time.time()))
        _move(folder.root, target)
    note_change(settings.workspace, "deleted", actor, run)
    Registry(settings).refresh()
    return _describe(settings, target, {run: actor})


def list_trash(settings: Settings) -> list[TrashedRun]:
    """The deleted runs, latest first."""
    deleters = _deleters(settings)
    return [_describe(settings, path, deleters) for path in trashed(Layout(settings.workspace))]


def restore(settings: Settings, ref: str, *, actor: Actor) -> str:
    """Restore a deleted run by id or name and return its id. Raises NotFoundError if it is not in the trash."""
    path = _find(settings, ref)
    run = parts_of(path)[1]
    target = Layout(settings.workspace).folder("run", run)
    if target.exists():
        raise ConflictError(f"There is already a run {run}.", "Rename or delete that one first.")
    _move(path, target)
    note_change(settings.workspace, "restored", actor, run)
    Registry(settings).refresh()
    return run


def purge(settings: Settings, ref: str, *, actor: Actor) -> None:
    """Remove a deleted run for good. Raises NotFoundError if it is not in the trash."""
    path = _find(settings, ref)
    going = path.with_name(_GOING + path.name)
    _move(path, going)
    shutil.rmtree(going, ignore_errors=True)
    # After the removal, because the disk may have been full.
    note_change(settings.workspace, "removed for good", actor, parts_of(path)[1])


def empty_old(settings: Settings, now: float | None = None, *, actor: Actor) -> int:
    """Purge runs that have been in the trash longer than `trash_days` and return their number."""
    now = time.time() if now is None else now
    for folder in trash_folders(Layout(settings.workspace)):
        for left_over in folder.glob(f"{_GOING}*"):
            shutil.rmtree(left_over, ignore_errors=True)
    old = [
        path
        for path in trashed(Layout(settings.workspace))
        if (left := _days_left(settings, path, now)) is not None and left <= 0
    ]
    for path in old:
        purge(settings, path.name, actor=actor)
    return len(old)


def _phase(folder: RunFolder) -> Phase:
    """The run's phase. With a damaged status its lock alone decides, so that the run can be deleted.

    Raises DamagedFileError if a cluster run's state cannot be determined.
    """
    try:
        return run_state.observe_run(folder).phase
    except DamagedFileError as error:
        if error.file == folder.cluster.name:
            raise
        return Phase.RUNNING if damaged_run.is_alive(folder) else Phase.LOST


def _refuse_while_evaluated(settings: Settings, run: str) -> None:
    for row in list_evaluations(settings):
        if row.run == run and row.phase not in ENDED:
            raise ConflictError(
                f"Run {run} is being evaluated ({row.name}), so it cannot be deleted.", "Wait until that has ended."
            )


def _find(settings: Settings, ref: str) -> Path:
    layout = Layout(settings.workspace)
    path = find_trashed(layout, ref)
    if path is None:
        names = ", ".join(name_of(folder) for folder in trashed(layout)[:8]) or "nothing"
        raise NotFoundError(f"There is no deleted run {ref!r}.", f"The trash holds: {names}.")
    return path


def _describe(settings: Settings, path: Path, deleters: Mapping[str, Actor | None]) -> TrashedRun:
    deleted, run = parts_of(path)
    entry = read_description(path, "run", run)
    dataset, damage = "", entry.damage
    try:
        dataset = read_job_file(RunFolder(path))["dataset"]
    except FileNotFoundError:
        pass  # its start was interrupted
    except DamagedFileError as error:
        damage = damage or Damage.of(error)
    left = _days_left(settings, path, time.time())
    return TrashedRun(
        run=run,
        name=entry.name,
        dataset=dataset,
        deleted=deleted,
        bytes=bytes_below(path),
        days_left=left,
        damaged=damage,
        actor=deleters.get(run),
    )


def _deleters(settings: Settings) -> dict[str, Actor | None]:
    """Run id -> who deleted it last."""
    try:
        changes = read_history(settings.workspace)
    except DamagedFileError:
        return {}
    return {change.about: change.actor for change in changes if change.did == "deleted"}


def _days_left(settings: Settings, path: Path, now: float) -> float | None:
    return settings.trash_days - (now - parts_of(path)[0]) / _DAY_S if settings.trash_days else None


def _move(source: Path, target: Path) -> None:
    try:
        with writing(target):
            source.rename(target)
    except FileNotFoundError as error:
        raise NotFoundError(f"{source.name} is gone: somebody else has moved it.", "Reload the list.") from error
    except StorageError:
        raise
    except OSError as error:
        raise AppError(
            f"{source} could not be moved to {target}: {error.strerror}.", "Check the permissions of the workspace."
        ) from error
