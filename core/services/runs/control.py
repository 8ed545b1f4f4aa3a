"""Lists, describes, stops, kills, resumes and awaits runs, and reads their metrics and logs."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.actor import Actor
from core.errors import DamagedFileError, NotFoundError
from core.progress import Progress
from core.records import damaged
from core.services.runs import damaged as damaged_run
from core.services.runs import summary as run_state
from core.services.runs.compute import ClusterState, cluster_state, gpu_problem
from core.services.runs.description import RunDescription, describe
from core.services.runs.summary import RunSummary
from core.settings import Settings
from core.training.launch import launcher as launch
from core.training.launch.devices import find_devices
from core.training.launch.launcher_choice import launcher_for
from core.training.launch.queue import slot_states, waiting
from core.training.metrics import log as metrics_log
from core.training.metrics import log_search
from core.training.metrics.curve_reader import CurveReader
from core.training.metrics.curves import Curve
from core.training.metrics.log_search import LogQuery, LogView
from core.training.observation import log_tail
from core.training.run.folder import RunFolder
from core.training.run.status import ENDED
from core.workspace.history import note_change
from core.workspace.layout import Layout
from core.workspace.registry import Entry, Registry
from core.workspace.trash import find_trashed, name_of

_WAIT_POLL_S: Final = 0.5
_RUN_ID: Final = re.compile(r"r-[0-9a-z]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """One device slot. `run` is the id of the run on it, "" if it is free or used by an evaluation."""

    key: str  # "cpu", "gpu0", …
    title: str
    is_gpu: bool
    busy: bool
    run: str
    run_name: str
    memory_mib: int | None = None  # a GPU's; None if unknown


@dataclass(frozen=True, slots=True)
class Devices:
    """The device slots of this machine, and the ids that wait for one, next first."""

    slots: tuple[DeviceState, ...]
    waiting: tuple[str, ...]
    cluster: ClusterState | None = None  # where runs go instead of these slots
    problem: str = ""  # why the GPU of this machine is not used


def run_folder(settings: Settings, ref: str) -> RunFolder:
    """The folder of the run with this id or name. Raises NotFoundError."""
    layout = Layout(settings.workspace)
    # Pages ask every second with an id: do not synchronise the whole index for that.
    if _RUN_ID.fullmatch(ref) and layout.description("run", ref).exists():
        return RunFolder(layout.folder("run", ref))
    try:
        return RunFolder(layout.folder("run", Registry(settings).find("run", ref).id))
    except NotFoundError as error:
        if (deleted := find_trashed(layout, ref)) is None:
            raise
        message = f"Run {name_of(deleted)!r} was deleted and is in the trash."
        raise NotFoundError(message, "Restore it: the trash is below the list of runs.") from error


def list_runs(settings: Settings, archived: bool = False) -> list[RunSummary]:
    """All runs, newest first, those with damaged files too.

    `archived` includes archived runs (core.services.runs.notes). An archived run that is active again is always listed.
    """
    registry = Registry(settings)
    layout = registry.layout
    queue = [ticket.key for ticket in waiting(layout.slots)]
    summaries = (_summary(layout, entry, queue) for entry in registry.all("run"))
    return [run for run in summaries if archived or not (run.archived and run.ended)]


def _summary(layout: Layout, entry: Entry, queue: list[str]) -> RunSummary:
    """The summary of a run. A damaged file empties only the fields that it holds."""
    folder = RunFolder(layout.folder("run", entry.id))
    try:
        return run_state.summary(layout, run_state.read_files(folder), entry, queue)
    except DamagedFileError:
        return damaged_run.summary(layout, folder, entry, queue)


def describe_run(settings: Settings, ref: str) -> RunDescription:
    """Describe a run: summary, recipe, classes, checkpoints, weights.

    Raises NotFoundError, and DamagedFileError for a damaged file that the run cannot be described without.
    """
    folder = run_folder(settings, ref)
    layout = Layout(settings.workspace)
    queue = [ticket.key for ticket in waiting(layout.slots)]
    entry = run_state.read_entry(folder.root, "run")
    try:
        row = run_state.summary(layout, run_state.read_files(folder), entry, queue)
    except DamagedFileError as error:
        if error.file != folder.notes.name:
            raise
        row = damaged_run.summary(layout, folder, entry, queue)
    return describe(row, folder)


def read_metrics(settings: Settings, ref: str, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The metric records after byte `offset` (docs/workspace.md, *Metrics*), and the offset to continue from."""
    return metrics_log.read_metrics(run_folder(settings, ref).metrics, offset)


def read_curves(settings: Settings, ref: str) -> Mapping[str, Curve]:
    """All metrics of a run by name, at most `CURVE_POINTS` points each. To read again, keep an `open_curves`."""
    return open_curves(settings, ref).curves()


def open_curves(settings: Settings, ref: str) -> CurveReader:
    """A reader of a run's metrics. Each further read costs only what is new."""
    return CurveReader(run_folder(settings, ref))


def read_log(settings: Settings, ref: str, lines: int = 200) -> str:
    """The last lines of the worker's output; "" if there is none yet."""
    return log_tail(run_folder(settings, ref), lines)


def search_log(settings: Settings, ref: str, query: LogQuery) -> LogView:
    """The last lines of the worker's output that match. Raises AppError for an invalid regular expression."""
    return log_search.search_log(run_folder(settings, ref).log, query)


def log_file(settings: Settings, ref: str) -> Path:
    """The file with the worker's output. Raises NotFoundError if there is none yet."""
    log = run_folder(settings, ref).log
    if log.is_dir():
        raise damaged(log, "it is a folder")
    if not log.is_file():
        raise NotFoundError("This run has no log yet.", "Wait until its worker has started.")
    return log


def stop(settings: Settings, ref: str, *, actor: Actor) -> None:
    """Ask a run to write a checkpoint and end. Raises ConflictError if it has ended."""
    folder = run_folder(settings, ref)
    launch.stop(folder)
    note_change(folder.root, "stopped", actor)


def kill(settings: Settings, ref: str, *, actor: Actor) -> None:
    """End a run at once, without a checkpoint. Raises ConflictError if it has ended."""
    folder = run_folder(settings, ref)
    launch.kill(folder)
    note_change(folder.root, "killed", actor)


def resume(settings: Settings, ref: str, launcher: launch.LocalLauncher | None = None, *, actor: Actor) -> None:
    """Continue a run from its last checkpoint. Raises ConflictError if it is active or finished."""
    folder = run_folder(settings, ref)
    launch.resume(folder, launcher or launcher_for(settings))
    note_change(folder.root, "resumed", actor)


def wait(settings: Settings, ref: str, progress: Progress) -> RunDescription:
    """Wait until the run has ended and return its description. `progress` gets the share of iterations done."""
    folder = run_folder(settings, ref)
    while True:
        seen = run_state.observe_run(folder)
        status = seen.status
        share = status.iteration / status.of_iterations if status.of_iterations else 0.0
        progress(min(share, 1.0), status.activity or status.reason or str(seen.phase))
        if seen.phase in ENDED:
            return describe_run(settings, folder.root.name)
        time.sleep(_WAIT_POLL_S)


def devices(settings: Settings) -> Devices:
    """The device slots of this machine with the run on each, and the queue."""
    layout = Layout(settings.workspace)
    slots = tuple(
        DeviceState(
            key=state.device.key,
            title=state.device.title,
            is_gpu=state.device.is_gpu,
            busy=state.busy,
            run=run,
            run_name=run_state.read_entry(layout.folder("run", run), "run").name if run else "",
            memory_mib=state.device.memory_mib,
        )
        for state in slot_states(layout.slots, find_devices())
        for run in [state.key if state.key and layout.description("run", state.key).exists() else ""]
    )
    queue = tuple(ticket.key for ticket in waiting(layout.slots))
    return Devices(slots, queue, cluster_state(settings), gpu_problem(settings))
