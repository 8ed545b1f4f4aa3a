"""Summarises a run with damaged files from its other files."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from core.errors import DamagedFileError
from core.records import Damage
from core.services.runs import summary as run_state
from core.services.runs.summary import RunFiles, RunSummary
from core.training.launch.liveness import Observation
from core.training.observation import is_alive
from core.training.run.folder import RunFolder
from core.training.run.notes import RunNotes, read_notes
from core.training.run.status import Phase, Status
from core.workspace.layout import Layout
from core.workspace.registry import Entry

_T = TypeVar("_T")
# Damaged file -> the fields of RunSummary that it holds. Lists become empty, other fields null in JSON.
SAID_BY: Final = {
    "status.json": (
        *("phase", "reason", "iteration", "of_iterations", "eta_s", "best", "metrics", "turned", "remedy", "exception"),
        *("failure", "activity", "pictures", "device", "started", "updated", "iterations_per_epoch"),
    ),
    "job.json": ("dataset", "dataset_name", "version", "group", "actor"),
    "recipe.json": ("preset", "model", "model_title", "iterations_per_epoch"),
    "notes.json": ("note", "note_revision", "note_author"),
}


def summary(layout: Layout, folder: RunFolder, entry: Entry, queue: list[str]) -> RunSummary:
    """The summary of a run without the fields of damaged files. `damaged` is the first damage."""
    damages: dict[str, Damage] = {}

    def part(file: str, read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except DamagedFileError as error:
            damages[file] = Damage.of(error)
            return otherwise

    lives = is_alive(folder)
    unknown = Status(phase=Phase.RUNNING if lives else Phase.LOST)
    files = RunFiles(
        seen=part("status.json", lambda: run_state.observe_run(folder), Observation(unknown, unknown.phase, 0)),
        job=part("job.json", lambda: run_state.read_job_part(folder), None),
        recipe=part("recipe.json", lambda: run_state.read_recipe(folder), None),
        notes=part("notes.json", lambda: read_notes(folder), RunNotes()),
    )
    row = run_state.summary(layout, files, entry, queue)
    unknown_fields = frozenset(name for file in damages for name in SAID_BY[file])
    return replace(
        row,
        phase=None if "phase" in unknown_fields else row.phase,
        note=None if "note" in unknown_fields else row.note,
        damaged=next(iter(damages.values()), row.damaged),
        unknown=unknown_fields,
    )
