"""A run's files as one document, as the command line prints it and the pages show it."""

import json
from pathlib import Path
from typing import Any

from core.evaluation.thresholds.stored import read_thresholds
from core.evaluation.validation_samples import kept_steps
from core.files import bytes_below, read_json
from core.training.observation import look
from core.training.recipe.recipe import Recipe, model_of, recipe_from_json
from core.training.run.checkpoints import list_checkpoints
from core.training.run.folder import RunFolder
from core.training.run.notes import read_notes
from core.training.run.status import ENDED
from core.workspace.layout import Layout
from core.workspace.registry import Entry


def summary(layout: Layout, folder: RunFolder, entry: Entry, queue: list[str]) -> dict[str, Any]:
    """The run in one flat document of JSON values: the command line contract's keys first, then what else is known.

    `queue` holds the ids that wait for a device, next first.
    """
    seen = look(folder)
    status, notes = seen.status, read_notes(folder)
    job = _read_or_empty(folder.job)
    recipe = read_recipe(folder)
    dataset = str(job.get("dataset", ""))
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
        "version": str(job.get("version", "")),
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
        "group": job.get("group"),
        "notes": [note for note in [job.get("splits_note")] if note],
    }


def details(folder: RunFolder) -> dict[str, Any]:
    """What only the page of one run shows: threshold, recipe, classes, weights, checkpoints, times of the samples."""
    recipe = read_recipe(folder)
    stored = read_thresholds(folder.root)
    return {
        "threshold": stored.to_json() if stored else None,
        "samples": kept_steps(folder.samples),
        "repaired_from": _read_or_empty(folder.repaired_from) or None,
        "repaired_by": _read_or_empty(folder.repaired_by).get("run"),
        # Through Recipe: one of an earlier version has the knobs that came later too, as they were then.
        "recipe": json.loads(json.dumps(recipe.to_json())) if recipe else {},
        "classes": _read_or_empty(folder.job).get("classes", []),
        "weights": _start_weights(folder),
        "environment": _read_or_empty(folder.environment).get("starts", []),
        "bytes": bytes_below(folder.root),
        "checkpoints": [
            {
                "kind": checkpoint.kind,
                "iteration": checkpoint.iteration,
                "ap": checkpoint.ap,
                "ap50": checkpoint.ap50,
                "bytes": checkpoint.path.stat().st_size,
            }
            for checkpoint in list_checkpoints(folder)
        ],
    }


def _start_weights(folder: RunFolder) -> dict[str, Any] | None:
    """What became of the weights that the run started from, by part of the model; None before they were loaded."""
    document = _read_or_empty(folder.weights)
    return {"source": document["source"], "groups": document.get("groups", [])} if document else None


def read_recipe(folder: RunFolder) -> Recipe | None:
    """The run's recipe; None where its start was cut off before it was written."""
    document = _read_or_empty(folder.recipe)
    return recipe_from_json(document) if document else None


def read_entry(folder: Path, kind: str) -> Entry:
    """The registry's description file of one item, without the registry. Raises FileNotFoundError."""
    document = read_json(folder / f"{kind}.json")
    return Entry(kind, folder.name, str(document["name"]), float(document["created"]))


def _dataset_name(layout: Layout, dataset: str) -> str:
    """The data set's name; its id where it has been removed since."""
    description = layout.description("dataset", dataset)
    return read_entry(description.parent, "dataset").name if dataset and description.is_file() else dataset


def _read_or_empty(path: Path) -> dict[str, Any]:
    try:
        document = read_json(path)
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return document if isinstance(document, dict) else {}
