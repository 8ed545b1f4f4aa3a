"""Groups of runs with one recipe and several seeds or folds, which show how much of a result is chance."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.actor import Actor
from core.errors import NotFoundError, RecipeError
from core.labels.imports.folds import assign_folds, groups_of, images_to_fold
from core.progress import Progress
from core.services.runs import control as runs
from core.services.runs.summary import RunSummary
from core.services.training.create_run import NewRun, free_run_name, make_run
from core.services.training.start import TrainRequest, new_run, plan_run
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.groups import IMAGES, SWEEP, GroupPart, Spread, spread
from core.training.run.splits import RunSplits
from core.workspace.datasets import VersionFolder, load_facts, load_labels
from core.workspace.registry import new_id

MOST_RUNS = 20
_FIGURES = ("ap", "ap50")


def start_seeds(
    settings: Settings,
    request: TrainRequest,
    seeds: Sequence[int],
    launcher: LocalLauncher | None = None,
    *,
    actor: Actor,
) -> str:
    """Start one run per seed and return the group's id. Raises AppError for one seed or a blocked plan."""
    if not 2 <= len(set(seeds)) == len(seeds) <= MOST_RUNS:
        raise RecipeError(f"{list(seeds)} are no seeds of a group.", f"Give 2 to {MOST_RUNS} different ones.")
    chosen = _new_run(settings, request)
    # Plan all runs first: a seed out of range is refused before the first run starts.
    variants = [
        replace(new_run(plan_run(settings, _with_seed(replace(request, name=chosen.name), seed))), name=f"seed {seed}")
        for seed in seeds
    ]
    return _start(settings, "seeds", chosen.name, variants, launcher, actor)


def start_folds(
    settings: Settings,
    request: TrainRequest,
    folds: int,
    progress: Progress,
    launcher: LocalLauncher | None = None,
    *,
    actor: Actor,
) -> str:
    """Start `folds` runs, each validated on another part of the training and validation images.

    Each run trains on the other parts, for as many iterations as the plan says. Parts are stratified over classes, and
    images stay together as the import grouped them. Returns the group's id. Raises AppError for a blocked plan, or for
    data that cannot be divided into so many parts.
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
    return _start(settings, "folds", chosen.name, variants, launcher, actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunGroup:
    """Runs of one recipe with several seeds, or on several folds. AP 0 to 1, by figure: `ap` and `ap50`."""

    group: str  # id
    name: str
    kind: str  # "seeds", "folds", "images" (a learning curve) or "sweep"
    of: int  # how many runs were planned
    origin: str  # the run that a learning curve or a sweep began with; "" for other kinds
    dataset: str
    created: float  # Unix seconds
    runs: tuple[RunSummary, ...]  # in the group's order; of a failed run and its repair the newer one
    best: dict[str, Spread]
    last: dict[str, Spread]  # at the last evaluation
    notes: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Whether all runs of the group have ended."""
        return all(run.ended for run in self.runs)

    def to_json(self) -> dict[str, Any]:
        """The document of `group` (docs/cli.md)."""
        return {
            "group": self.group,
            "name": self.name,
            "kind": self.kind,
            "of": self.of,
            "origin": self.origin,
            "dataset": self.dataset,
            "created": self.created,
            "ended": self.ended,
            "runs": [_row(run.to_json()) for run in self.runs],
            "best": {name: asdict(spread) for name, spread in self.best.items()},
            "last": {name: asdict(spread) for name, spread in self.last.items()},
            "notes": list(self.notes),
        }


def list_groups(settings: Settings) -> list[RunGroup]:
    """All groups with their runs and spread, newest first."""
    return groups_among(runs.list_runs(settings, archived=True))


def describe_group(settings: Settings, ref: str) -> RunGroup:
    """The group with this id or name. Raises NotFoundError."""
    groups = list_groups(settings)
    by_id = [group for group in groups if group.group == ref]
    for group in [*by_id, *(group for group in groups if group.name == ref)]:
        return group
    names = ", ".join(group.name for group in groups[:8]) or "none yet"
    raise NotFoundError(f"There is no group {ref!r}.", f"Known: {names}.")


def groups_among(summaries: Sequence[RunSummary]) -> list[RunGroup]:
    """The groups among these runs, newest first. The runs are sorted newest first, as `list_runs` returns them."""
    members: dict[str, dict[int, tuple[GroupPart, RunSummary]]] = {}
    for run in summaries:
        if part := run.group:
            # Of a failed run and its repair only the newer counts, which comes first.
            members.setdefault(part.group, {}).setdefault(part.place, (part, run))
    return [_describe([group[index] for index in sorted(group)]) for group in members.values()]


def wait_for_group(settings: Settings, ref: str, progress: Progress) -> RunGroup:
    """Wait until every run of a group has ended and return the group."""
    members = describe_group(settings, ref).runs
    for index, run in enumerate(members):
        runs.wait(settings, run.run, _part_of(progress, index, len(members)))
    return describe_group(settings, ref)


def _part_of(progress: Progress, index: int, of: int) -> Progress:
    """The progress of step `index` of `of` equal steps."""
    return lambda share, doing: progress((index + share) / of, doing)


def _with_seed(request: TrainRequest, seed: int) -> TrainRequest:
    return replace(request, changes=replace(request.changes, seed=seed))


def _new_run(settings: Settings, request: TrainRequest) -> NewRun:
    chosen = new_run(plan_run(settings, request))
    if request.name.strip():
        return chosen
    # The plan compares run names only, and a group's runs have longer names than the group.
    taken = {group.name for group in list_groups(settings)}
    return replace(chosen, name=free_run_name(settings, chosen.name, taken))


def _start(
    settings: Settings, kind: str, name: str, variants: list[NewRun], launcher: LocalLauncher | None, actor: Actor
) -> str:
    """Start all runs at once; a variant's name is its label in the group."""
    key = new_id("g")
    for position, variant in enumerate(variants, 1):
        part = GroupPart(group=key, name=name, kind=kind, place=position, of=len(variants), label=variant.name)
        make_run(settings, replace(variant, name=f"{name}, {variant.name}", group=part), launcher, actor=actor)
    return key


def _describe(members: list[tuple[GroupPart, RunSummary]]) -> RunGroup:
    summaries = tuple(run for _, run in members)
    part, first = members[0]
    return RunGroup(
        group=part.group,
        name=part.name,
        kind=part.kind,
        of=max(part.of, len(members)),
        origin=part.origin,
        dataset=first.dataset,
        created=first.created,
        runs=summaries,
        best={name: spread(getattr(run.best, name, None) for run in summaries) for name in _FIGURES},
        last={name: spread(run.metrics.get(name) for run in summaries) for name in _FIGURES},
        notes=tuple(_notes(members)),
    )


def _row(run: dict[str, Any]) -> dict[str, Any]:
    """A run in the document of `group`, from the run's document."""
    same = ("phase", "iteration", "of_iterations", "best")
    return {
        "run": run["run"],
        "name": run["name"],
        "label": run["group"]["label"],
        **{name: run[name] for name in same},
        "last": {name: (run["metrics"] or {}).get(name) for name in _FIGURES},
    }


def _notes(members: list[tuple[GroupPart, RunSummary]]) -> list[str]:
    notes, part = [], members[0][0]
    if part.kind == "folds":
        notes.append("Each run is validated on other images, so the spread is also that of the images.")
    if part.kind in (IMAGES, SWEEP):
        notes.append("These runs differ on purpose, so their spread is no measure of chance.")
    elif len(members) < part.of:
        notes.append(f"{part.of - len(members)} of {part.of} runs were not started, or have been deleted.")
    if without := [member.label for member, run in members if not run.best]:
        notes.append(f"No AP yet of {', '.join(without)}: not evaluated, or nothing to evaluate.")
    return notes
