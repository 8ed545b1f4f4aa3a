"""Starts the runs of a learning curve: one recipe on 25, 50 and 100 % of the training images, with several seeds.

All runs have the same number of iterations, so a run on fewer images shows each more often; its best checkpoint counts.
The images of a seed are nested: those of 25 % are among those of 50 %. They keep the classes in proportion, and depend
on the seed alone, so the curve's range holds the chance of the choice too. The run that the curve began with is its
point of all images and that run's seed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from core.actor import Actor
from core.errors import ConflictError, RecipeError
from core.labels.imports.folds import assign_folds, groups_of
from core.labels.imports.splits import classes_in_images
from core.labels.label_set import LabelSet
from core.progress import Progress
from core.services.runs import control as runs
from core.services.runs import summary as run_state
from core.services.runs.summary import RunSummary
from core.services.training.create_run import NewRun, make_run
from core.services.training.rerun import stored_run
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher, launching
from core.training.run.folder import RunFolder
from core.training.run.groups import CURVE_SEEDS, IMAGES, USUAL_CURVE_SEEDS, GroupPart
from core.training.run.splits import RunSplits, as_the_run_has_it
from core.training.run.status import Phase
from core.workspace.datasets import VersionFolder, load_facts, load_labels
from core.workspace.registry import new_id

SHARES: Final = (0.25, 0.5, 1.0)
_PARTS: Final = 4  # quarters, of which a share takes the first one, two or four
_LONGEST_TITLE: Final = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point of the curve: a share of the images and a seed. `number` is from 1, in the order of the queue."""

    number: int
    share: float
    seed: int

    @property
    def label(self) -> str:
        """What differs in its run."""
        return f"{self.share * 100:.0f} % of the images, seed {self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveMembers:
    """The runs of a curve by place; a place without a run was not started, or its run was deleted.

    `group` is "" before the first start, `origin` None if that run was deleted.
    """

    group: str
    origin: RunSummary | None
    places: tuple[Place, ...]
    runs: dict[int, RunSummary]  # by Place.number; of several the newest


def start_learning_curve(
    settings: Settings,
    ref: str,
    progress: Progress,
    seeds: int = USUAL_CURVE_SEEDS,
    launcher: LocalLauncher | None = None,
    *,
    actor: Actor,
) -> str:
    """Start the runs of a run's learning curve that are missing, and return the group's id.

    `ref` is the run that the curve begins with. Runs that exist are kept, stopped and lost ones resumed, failed and
    deleted ones started again. `seeds` counts at the first start only. Raises AppError for a run that cannot be
    repeated, ConflictError for one that is itself a part of such a curve.
    """
    if seeds not in CURVE_SEEDS:
        raise RecipeError(f"{seeds} seeds give no curve.", f"Choose {CURVE_SEEDS[0]} to {CURVE_SEEDS[-1]}.")
    folder = runs.run_folder(settings, ref)
    with launching(folder):
        stored = stored_run(settings, folder.root.name)
        members = find_members(settings, folder.root.name, seeds)
        if members.origin is None or members.origin.run != folder.root.name:
            raise ConflictError(
                f"Run {stored.name!r} is itself a part of a learning curve.",
                "Start the curve from a run on all images.",
            )
        key = members.group or new_id("g")
        chosen = _Chosen(settings, folder, stored, progress)
        for place in members.places:
            run = members.runs.get(place.number)
            if run is not None and run.phase in (Phase.STOPPED, Phase.LOST) and run.run != members.origin.run:
                runs.resume(settings, run.run, launcher, actor=actor)
            elif run is None or run.phase == Phase.FAILED:
                part = _part(key, members, place, stored.name)
                make_run(settings, replace(chosen.variant(place), group=part), launcher, actor=actor)
    return key


def find_members(settings: Settings, ref: str, seeds: int = USUAL_CURVE_SEEDS) -> CurveMembers:
    """The runs of a curve, by the run that it began with, one of its runs, or the group's id.

    Raises NotFoundError. A run without a curve has one that is not started.
    """
    summaries = runs.list_runs(settings, archived=True)
    curves = {run.run: run.group for run in summaries if run.group and run.group.kind == IMAGES}
    key = ref if any(part.group == ref for part in curves.values()) else ""
    run = "" if key else runs.run_folder(settings, ref).root.name
    if run in curves:
        key = curves[run].group
    elif run:
        key = next((part.group for part in curves.values() if part.origin == run), "")
    if not key:
        first = next(summary for summary in summaries if summary.run == run)
        return _members(settings, key, first, _grid(settings, first, seeds), [])
    members = [summary for summary in summaries if summary.run in curves and curves[summary.run].group == key]
    began_with = curves[members[0].run].origin
    origin = next((summary for summary in summaries if summary.run == began_with), None)
    return _members(settings, key, origin, _stored_grid([curves[member.run] for member in members]), members)


def fits(settings: Settings, run: RunSummary) -> bool:
    """Whether a run can be compared with repeats of its recipe: whole, of one length, without a repair's changes."""
    recipe = run_state.read_recipe(runs.run_folder(settings, run.run)) if run.is_readable else None
    is_whole = run.phase == Phase.FINISHED or not run.ended
    return is_whole and recipe is not None and not recipe.extended_at and not recipe.pictures_ahead


def _members(
    settings: Settings, key: str, origin: RunSummary | None, grid: Sequence[Place], members: Sequence[RunSummary]
) -> CurveMembers:
    by_place: dict[int, RunSummary] = {}
    for run in members:  # newest first
        if run.group:
            by_place.setdefault(run.group.place, run)
    own = next(place for place in grid if place.share == 1.0)  # of the first seed, which is the origin's
    if origin is not None and own.number not in by_place and fits(settings, origin):
        by_place[own.number] = origin
    return CurveMembers(group=key, origin=origin, places=tuple(grid), runs=by_place)


def _grid(settings: Settings, origin: RunSummary, seeds: int) -> list[Place]:
    """Seed by seed, so that a curve that is not complete has whole lines."""
    seed = stored_run(settings, origin.run).recipe.seed
    pairs = [((seed + step) % 2**31, share) for step in range(seeds) for share in SHARES]
    return [Place(number=number, share=share, seed=own) for number, (own, share) in enumerate(pairs, start=1)]


def _stored_grid(parts: Sequence[GroupPart]) -> list[Place]:
    """The places of a curve that was started, from what its runs say."""
    step, seed = next(((part.place - 1) // len(SHARES), part.seed) for part in parts if part.seed is not None)
    pairs = [(index, share) for index in range(parts[0].of // len(SHARES)) for share in SHARES]
    return [
        Place(number=number, share=share, seed=(seed - step + index) % 2**31)
        for number, (index, share) in enumerate(pairs, start=1)
    ]


def _part(key: str, members: CurveMembers, place: Place, title: str) -> GroupPart:
    return GroupPart(
        group=key,
        name=f"Learning curve of {title[:_LONGEST_TITLE]}",
        kind=IMAGES,
        place=place.number,
        of=len(members.places),
        label=place.label,
        origin=members.origin.run if members.origin else "",
        share=place.share,
        seed=place.seed,
    )


class _Chosen:
    """The runs of a curve, made from the run that it begins with. Images are read when first needed."""

    def __init__(self, settings: Settings, folder: RunFolder, stored: NewRun, progress: Progress) -> None:
        self._settings, self._folder, self._stored, self._progress = settings, folder, stored, progress
        self._labels: LabelSet | None = None
        self._groups = np.zeros(0, dtype=np.int64)

    def variant(self, place: Place) -> NewRun:
        """The run of a place. Raises AppError for too few images."""
        stored = self._stored
        recipe = replace(stored.recipe, seed=place.seed, extended_at=0, rate_until=0, pictures_ahead=0)
        named = replace(stored, name=f"{stored.name[:_LONGEST_TITLE]}, {place.label}", recipe=recipe)
        if place.share == 1.0:
            return named
        labels = self._training_labels()
        ids = labels.images["image_id"].to_numpy(dtype=np.int64)
        is_in = self._is_in(labels, place)
        before = stored.splits or RunSplits(train=(), val=())
        splits = RunSplits(
            train=tuple(ids[is_in].tolist()),
            val=before.val,
            unused=(*before.unused, *ids[~is_in].tolist()),
        )
        note = f"Trained on {int(is_in.sum())} of {len(ids)} training images, chosen by seed {place.seed}."
        return replace(named, splits=splits, splits_note=" ".join(filter(None, [stored.splits_note, note])))

    def _training_labels(self) -> LabelSet:
        if self._labels is None:
            version = VersionFolder(self._stored.data.folder)
            labels = load_labels(version)
            uses = ("labelled", "background") if self._stored.recipe.keep_background else ("labelled",)
            images = as_the_run_has_it(labels.images, self._folder)
            images = images[(images["split"] == "train") & images["use"].isin(uses)].reset_index(drop=True)
            self._labels = replace(labels, images=images)
            grouping = str(load_facts(version).get("options", {}).get("group", "none"))
            self._groups = groups_of(self._labels, grouping, version.images, self._progress)
        return self._labels

    def _is_in(self, labels: LabelSet, place: Place) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """(N,) whether each image is in the share: quarters by stratification, the one with most classes first."""
        quarter_of = assign_folds(labels, self._groups, _PARTS, place.seed)
        holds = classes_in_images(labels.images, labels.annotations, len(labels.categories))
        order = sorted(range(_PARTS), key=lambda part: (-int(holds[quarter_of == part].any(axis=0).sum()), part))
        return np.isin(quarter_of, order[: math.ceil(place.share * _PARTS)])
