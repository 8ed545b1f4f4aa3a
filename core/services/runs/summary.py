"""The summary of a run as one record, read from its files."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.actor import Actor
from core.records import Damage
from core.training.launch.liveness import Observation
from core.training.observation import observe_run
from core.training.recipe import recipe as recipes
from core.training.recipe.recipe import Recipe, model_of
from core.training.run.folder import RunFolder
from core.training.run.groups import GroupPart
from core.training.run.job import JobFile, read_job_file
from core.training.run.notes import RunNotes, read_notes
from core.training.run.status import ENDED, BestFigures, Overfitting, Phase, Retry
from core.workspace.layout import Layout
from core.workspace.registry import Entry, read_description


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run. Times are Unix seconds, durations seconds, AP 0 to 1.

    `unknown` names the fields of damaged files: they are empty here (`phase` and `note` None) and null in JSON.
    `damaged` is about the first of these files.
    """

    run: str  # id
    name: str
    dataset: str  # id; "" if the start was interrupted before it was written, as version, preset and model
    phase: Phase | None
    reason: str
    iteration: int  # finished iterations
    of_iterations: int
    eta_s: float | None
    best: BestFigures | None
    metrics: dict[str, float | None]  # last value by name
    turned: Overfitting | None
    remedy: str
    exception: str
    failure: str  # a row of core.training.failures.table
    retries: tuple[Retry, ...]
    activity: str
    pictures: int  # in the training split; 0 until they are counted
    iterations_per_epoch: float
    ended: bool
    queue_position: int | None  # 1: served next
    device: str
    dataset_name: str
    version: str
    preset: str
    model: str
    model_title: str
    created: float
    started: float
    updated: float
    actor: Actor | None  # who started it
    note: str | None
    note_revision: int
    note_author: Actor | None
    tags: tuple[str, ...]
    archived: bool
    group: GroupPart | None
    notes: tuple[str, ...]  # about its splits
    damaged: Damage | None
    unknown: frozenset[str] = frozenset()

    @property
    def is_readable(self) -> bool:
        """Whether the run can be opened: its essential files are not damaged."""
        return not self.unknown & {"phase", "dataset", "model"}

    def to_json(self) -> dict[str, Any]:
        """One entry of the document of `runs` (docs/cli.md)."""
        document = asdict(self)
        del document["unknown"]
        plain: dict[str, Any] = json.loads(json.dumps(document | dict.fromkeys(self.unknown)))
        return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """The parsed files that a summary needs; None for a file that is not written yet."""

    seen: Observation
    job: JobFile | None
    recipe: Recipe | None
    notes: RunNotes


def read_files(folder: RunFolder) -> RunFiles:
    """Read the files of a summary. Raises DamagedFileError for a damaged one (see core.services.runs.damaged)."""
    return RunFiles(
        seen=observe_run(folder), job=read_job_part(folder), recipe=read_recipe(folder), notes=read_notes(folder)
    )


def summary(layout: Layout, files: RunFiles, entry: Entry, queue: list[str]) -> RunSummary:
    """Summarise a run from its files. `queue` holds the ids that wait for a device, next first."""
    seen, notes, recipe, job = files.seen, files.notes, files.recipe, files.job
    status, dataset = seen.status, job["dataset"] if job else ""
    return RunSummary(
        run=entry.id,
        name=entry.name,
        dataset=dataset,
        phase=seen.phase,
        reason=status.reason,
        iteration=status.iteration,
        of_iterations=status.of_iterations,
        eta_s=status.eta_s,
        best=status.best,
        metrics=status.metrics,
        turned=status.turned,
        remedy=status.remedy,
        exception=status.exception,
        failure=status.failure,
        retries=status.retries,
        activity=status.activity,
        pictures=status.pictures,
        iterations_per_epoch=status.pictures / recipe.batch if recipe else 0.0,
        ended=seen.phase in ENDED,
        queue_position=queue.index(entry.id) + 1 if entry.id in queue else None,
        device=status.device,
        dataset_name=_dataset_name(layout, dataset),
        version=job["version"] if job else "",
        preset=recipe.preset if recipe else "",
        model=recipe.model if recipe else "",
        model_title=model_of(recipe).title if recipe else "",
        created=entry.created,
        started=status.started,
        updated=status.updated,
        actor=job.get("actor") if job else None,
        note=notes.note,
        note_revision=notes.revision,
        note_author=notes.author,
        tags=notes.tags,
        archived=notes.archived is not None,
        group=job.get("group") if job else None,
        notes=tuple(note for note in [job.get("splits_note") if job else ""] if note),
        damaged=entry.damage,
    )


def read_recipe(folder: RunFolder) -> Recipe | None:
    """The run's recipe; None if its start was interrupted before it was written. Raises DamagedFileError."""
    try:
        return recipes.read_recipe(folder.recipe)
    except FileNotFoundError:
        return None


def read_job_part(folder: RunFolder) -> JobFile | None:
    """The run's job; None if its start was interrupted before it was written. Raises DamagedFileError."""
    try:
        return read_job_file(folder)
    except FileNotFoundError:
        return None


def read_entry(folder: Path, kind: str) -> Entry:
    """Read an item's description file without the registry. A damaged file gives an entry with `damage`."""
    return read_description(folder, kind)


def _dataset_name(layout: Layout, dataset: str) -> str:
    """The data set's name; its id if it has been removed."""
    description = layout.description("dataset", dataset)
    return read_entry(description.parent, "dataset").name if dataset and description.is_file() else dataset
