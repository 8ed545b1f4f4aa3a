"""A run's files as one document, as the command line prints it and the pages show it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict, TypeVar

from core.errors import DamagedFileError
from core.evaluation.thresholds.stored import read_thresholds
from core.evaluation.validation_samples import kept_steps
from core.files import bytes_below
from core.records import Damage, read_as
from core.shapes import Count
from core.training.launch.liveness import Observation
from core.training.observation import observe_run
from core.training.recipe import recipe as recipes
from core.training.recipe.recipe import Recipe, model_of
from core.training.run.checkpoints import Checkpoint, list_checkpoints
from core.training.run.folder import RunFolder
from core.training.run.job import JobFile, read_job_file
from core.training.run.notes import RunNotes, read_notes
from core.training.run.status import ENDED
from core.workspace.layout import Layout
from core.workspace.registry import Entry, read_description

_T = TypeVar("_T")


class _RepairedFrom(TypedDict):
    run: str
    cause: str
    iteration: Count


class _RepairedBy(TypedDict):
    run: str


class _WeightsPart(TypedDict):
    group: str
    loaded: Count
    resized: Count
    reinitialised: Count
    missing: Count
    ignored: Count
    note: str


class _StartWeights(TypedDict):
    source: str
    groups: NotRequired[list[_WeightsPart]]


class _Start(TypedDict):
    iteration: Count
    device: str
    seed: int
    data_hash: str
    git: str
    python: str
    platform: str
    cuda: str | None
    threads: Count
    packages: dict[str, str]


class _Environment(TypedDict):
    starts: list[_Start]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """What the files of a run say that its line in a list is made of; None for what was not written yet."""

    seen: Observation
    job: JobFile | None
    recipe: Recipe | None
    notes: RunNotes


def read_files(folder: RunFolder) -> RunFiles:
    """All of them. Raises DamagedFileError for the first that is damaged; core.services.runs.damaged goes on without
    it."""
    return RunFiles(
        seen=observe_run(folder), job=read_job_part(folder), recipe=read_recipe(folder), notes=read_notes(folder)
    )


def summary(layout: Layout, files: RunFiles, entry: Entry, queue: list[str]) -> dict[str, Any]:
    """The run in one flat document of JSON values: the command line contract's keys first, then what else is known.

    `queue` holds the ids that wait for a device, next first.
    """
    seen, notes, recipe, job = files.seen, files.notes, files.recipe, files.job
    status, group = seen.status, job.get("group") if job else None
    dataset = job["dataset"] if job else ""
    return {
        "run": entry.id,
        "name": entry.name,
        "dataset": dataset,
        "phase": str(seen.phase),
        "reason": status.reason,
        "iteration": status.iteration,
        "of_iterations": status.of_iterations,
        "eta_s": status.eta_s,
        "best": status.best,
        "metrics": status.metrics,
        "turned": status.turned,
        "remedy": status.remedy,
        "exception": status.exception,
        "failure": status.failure,
        "retries": status.retries,
        "activity": status.activity,
        "pictures": status.pictures,
        "iterations_per_epoch": status.pictures / recipe.batch if recipe else 0.0,
        "ended": seen.phase in ENDED,
        "queue_position": queue.index(entry.id) + 1 if entry.id in queue else None,
        "device": status.device,
        "dataset_name": _dataset_name(layout, dataset),
        "version": job["version"] if job else "",
        "preset": recipe.preset if recipe else "",
        "model": recipe.model if recipe else "",
        "model_title": model_of(recipe).title if recipe else "",
        "created": entry.created,
        "started": status.started,
        "updated": status.updated,
        "note": notes.note,
        "note_revision": notes.revision,
        "tags": list(notes.tags),
        "archived": notes.archived is not None,
        "group": group.as_dict() if group else None,
        "notes": [note for note in [job.get("splits_note") if job else ""] if note],
        "damaged": entry.damage.to_json() if entry.damage else None,
    }


def details(folder: RunFolder) -> dict[str, Any]:
    """What only the page of one run shows: threshold, recipe, classes, weights, checkpoints, times of the samples.

    A run stands without most of these files: where one is damaged, its keys are null and `damaged` says which it is.
    """
    first: list[Damage] = []

    def part(read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except FileNotFoundError:
            return otherwise
        except DamagedFileError as error:
            first.append(Damage.of(error))
            return otherwise

    recipe = read_recipe(folder)
    stored = part(lambda: read_thresholds(folder.root), None)
    job = read_job_part(folder)
    origin = part(lambda: read_as(folder.repaired_from, _RepairedFrom), None)
    by = part(lambda: read_as(folder.repaired_by, _RepairedBy), None)
    weights = part(lambda: read_as(folder.weights, _StartWeights), None)
    environment = part(lambda: read_as(folder.environment, _Environment), None)
    checkpoints: list[Checkpoint] = part(lambda: list_checkpoints(folder), [])
    return {
        "threshold": stored.to_json() if stored else None,
        "samples": kept_steps(folder.samples),
        "repaired_from": origin,
        "repaired_by": by["run"] if by else None,
        # Through Recipe: one of an earlier version has the settings that came later too, as they were then.
        "recipe": json.loads(json.dumps(recipe.to_json())) if recipe else {},
        "classes": job["classes"] if job else [],
        "weights": {"source": weights["source"], "groups": weights.get("groups", [])} if weights else None,
        "environment": environment["starts"] if environment else [],
        "bytes": bytes_below(folder.root),
        "checkpoints": [
            {
                "kind": checkpoint.kind,
                "iteration": checkpoint.iteration,
                "ap": checkpoint.ap,
                "ap50": checkpoint.ap50,
                "bytes": checkpoint.path.stat().st_size,
            }
            for checkpoint in checkpoints
        ],
        **({"damaged": first[0].to_json()} if first else {}),
    }


def read_recipe(folder: RunFolder) -> Recipe | None:
    """The run's recipe; None where its start was cut off before it was written. Raises DamagedFileError."""
    try:
        return recipes.read_recipe(folder.recipe)
    except FileNotFoundError:
        return None


def read_job_part(folder: RunFolder) -> JobFile | None:
    """The run's job; None where its start was cut off before it was written. Raises DamagedFileError."""
    try:
        return read_job_file(folder)
    except FileNotFoundError:
        return None


def read_entry(folder: Path, kind: str) -> Entry:
    """The registry's description of one item, without the registry; of a damaged file as much as can be told."""
    return read_description(folder, kind)


def _dataset_name(layout: Layout, dataset: str) -> str:
    """The data set's name; its id where it has been removed since."""
    description = layout.description("dataset", dataset)
    return read_entry(description.parent, "dataset").name if dataset and description.is_file() else dataset
