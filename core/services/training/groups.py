"""Several runs of one recipe, to see how much of a result is luck."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from core.errors import NotFoundError, RecipeError
from core.labels.imports.folds import assign_folds, groups_of, images_to_fold
from core.progress import Progress
from core.services.runs import control as runs
from core.services.training.create_run import NewRun, free_run_name, make_run
from core.services.training.start import TrainRequest, new_run, plan_run
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.groups import GroupPart, spread
from core.training.run.splits import RunSplits
from core.workspace.datasets import VersionFolder, load_facts, load_labels
from core.workspace.registry import new_id

MOST_RUNS = 20
_FIGURES = ("ap", "ap50")


def start_seeds(
    settings: Settings, request: TrainRequest, seeds: Sequence[int], launcher: LocalLauncher | None = None
) -> str:
    """Start one run for each seed; the group's id. Raises AppError for fewer than two, and for an unfit plan."""
    if not 2 <= len(set(seeds)) == len(seeds) <= MOST_RUNS:
        raise RecipeError(f"{list(seeds)} are no seeds of a group.", f"Give 2 to {MOST_RUNS} different ones.")
    chosen = _new_run(settings, request)
    # Each by its own plan, which refuses a seed out of range before the first is started.
    variants = [
        replace(new_run(plan_run(settings, _with_seed(replace(request, name=chosen.name), seed))), name=f"seed {seed}")
        for seed in seeds
    ]
    return _start(settings, "seeds", chosen.name, variants, launcher)


def start_folds(
    settings: Settings,
    request: TrainRequest,
    folds: int,
    progress: Progress,
    launcher: LocalLauncher | None = None,
) -> str:
    """Start one run for each of `folds` parts of the training and validation images, which it validates on.

    It trains on the other parts, as long as the plan says. Parts are stratified over classes, and images stay
    together as the import grouped them. Returns the group's id. Raises AppError for an unfit plan, or for data that
    cannot be divided so.
    """
    chosen = _new_run(settings, request)
    version = VersionFolder(chosen.data.folder)
    labels = images_to_fold(load_labels(version))
    grouping = str(load_facts(version).get("options", {}).get("group", "none"))
    groups = groups_of(labels, grouping, version.images, progress)
    fold_of = assign_folds(labels, groups, folds, chosen.recipe.seed)
    ids = labels.images["image_id"].to_numpy(dtype=np.int64)
    variants = []
    for fold in range(folds):
        splits = RunSplits(train=tuple(ids[fold_of != fold].tolist()), val=tuple(ids[fold_of == fold].tolist()))
        note = f"Fold {fold + 1} of {folds}: validated on {len(splits.val)} images, trained on {len(splits.train)}."
        variants.append(replace(chosen, name=f"fold {fold + 1}", splits=splits, splits_note=note))
    return _start(settings, "folds", chosen.name, variants, launcher)


def list_groups(settings: Settings) -> list[dict[str, Any]]:
    """All groups with their runs and spread, newest first."""
    return groups_among(runs.list_runs(settings, archived=True))


def describe_group(settings: Settings, ref: str) -> dict[str, Any]:
    """One group by id or name (docs/cli.md). Raises NotFoundError."""
    groups = list_groups(settings)
    for key in ("group", "name"):
        for group in groups:
            if group[key] == ref:
                return group
    names = ", ".join(group["name"] for group in groups[:8]) or "none yet"
    raise NotFoundError(f"There is no group {ref!r}.", f"Known: {names}.")


def groups_among(known: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The groups of these runs (newest first, as `list_runs` has them), newest first."""
    members: dict[str, dict[int, dict[str, Any]]] = {}
    for run in known:
        if part := run["group"]:
            # Of a failed run and the one that repairs it, the newer counts, which comes first.
            members.setdefault(part["group"], {}).setdefault(part["place"], run)
    return [_describe([group[place] for place in sorted(group)]) for group in members.values()]


def wait_for_group(settings: Settings, ref: str, progress: Progress) -> dict[str, Any]:
    """Wait until every run of a group has ended; the group then."""
    members = describe_group(settings, ref)["runs"]
    for place, run in enumerate(members):
        runs.wait(settings, run["run"], _part_of(progress, place, len(members)))
    return describe_group(settings, ref)


def _part_of(progress: Progress, place: int, of: int) -> Progress:
    """The progress of one of several things done after each other."""
    return lambda share, doing: progress((place + share) / of, doing)


def _with_seed(request: TrainRequest, seed: int) -> TrainRequest:
    return replace(request, changes=replace(request.changes, seed=seed))


def _new_run(settings: Settings, request: TrainRequest) -> NewRun:
    chosen = new_run(plan_run(settings, request))
    if request.name.strip():
        return chosen
    # Runs of a group bear its name and more, so the plan takes the group's name for free.
    taken = {group["name"] for group in list_groups(settings)}
    return replace(chosen, name=free_run_name(settings, chosen.name, taken))


def _start(settings: Settings, kind: str, name: str, variants: list[NewRun], launcher: LocalLauncher | None) -> str:
    """Make the runs, each queued at once; a variant's name is what sets it apart."""
    key = new_id("g")
    for place, variant in enumerate(variants, 1):
        part = GroupPart(group=key, name=name, kind=kind, place=place, of=len(variants), label=variant.name)
        make_run(settings, replace(variant, name=f"{name}, {variant.name}", group=part), launcher)
    return key


def _describe(members: list[dict[str, Any]]) -> dict[str, Any]:
    part = members[0]["group"]
    rows = [
        {
            "run": run["run"],
            "name": run["name"],
            "label": run["group"]["label"],
            "phase": run["phase"],
            "iteration": run["iteration"],
            "of_iterations": run["of_iterations"],
            "best": run["best"],
            "last": {name: (run["metrics"] or {}).get(name) for name in _FIGURES},
        }
        for run in members
    ]
    return {
        "group": part["group"],
        "name": part["name"],
        "kind": part["kind"],
        "of": part["of"],
        "dataset": members[0]["dataset"],
        "created": members[0]["created"],
        "ended": all(run["ended"] for run in members),
        "runs": rows,
        "best": {name: asdict(spread((row["best"] or {}).get(name) for row in rows)) for name in _FIGURES},
        "last": {name: asdict(spread(row["last"][name] for row in rows)) for name in _FIGURES},
        "notes": _notes(part, rows),
    }


def _notes(part: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    notes = []
    if part["kind"] == "folds":
        notes.append("Each run is validated on other images, so the spread is that of the images too.")
    if len(rows) < part["of"]:
        notes.append(f"{part['of'] - len(rows)} of {part['of']} runs were not started, or have been deleted.")
    if without := [row["label"] for row in rows if not row["best"]]:
        notes.append(f"No AP yet of {', '.join(without)}: not evaluated, or nothing to evaluate.")
    return notes
