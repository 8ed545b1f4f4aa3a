"""Reads a learning curve: validation AP against the number of training images, and what more images would add."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from core.services.runs import control as runs
from core.services.runs.summary import RunSummary
from core.services.runs.working_time import working_seconds
from core.services.training.curve_runs import SHARES, CurveMembers, Place, find_members
from core.settings import Settings
from core.training.metrics.log import curves
from core.training.metrics.more_images import CANNOT_SAY, ClassCurve, Gain, Level, gain_of_more
from core.training.run.job import read_job
from core.training.run.splits import as_the_run_has_it
from core.workspace.datasets import VersionFolder, load_labels

# With fewer objects in validation, a class's AP moves by whole steps from seed to seed.
FEWEST_OBJECTS: Final = 10
# A run that sees each image fewer times than this is limited by its steps, not by its images.
FEWEST_EPOCHS: Final = 5
# With fewer images of a class in the smallest share, chance decides what is learned.
FEWEST_IMAGES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRun:
    """A place of the curve and its run. `phase` is "missing" without a run, and `images` None before its start.

    `aps` is the validation AP at the best checkpoint, 0 to 1: of all classes ("") and of each.
    """

    share: float
    seed: int
    run: str  # id; "" if it was not started, or deleted
    name: str
    phase: str
    is_origin: bool
    images: int | None
    aps: dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """A learning curve as far as its runs have come. `group` is "" before its start."""

    group: str
    origin: str  # id of the run that it began with; "" if it was deleted
    origin_name: str
    dataset: str
    iterations: int
    runs: tuple[CurveRun, ...]
    rows: tuple[ClassCurve, ...]  # all classes first
    seconds_left: float | None  # of work, by the time of the first run; None if that is unknown
    notes: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Whether no run of it waits or trains."""
        return all(run.phase not in ("queued", "starting", "running") for run in self.runs)

    @property
    def finished(self) -> int:
        """How many runs have finished."""
        return sum(run.phase == "finished" for run in self.runs)

    @property
    def share_done(self) -> float:
        """The share of its runs that have finished, 0 to 1."""
        return self.finished / len(self.runs)

    @property
    def is_complete(self) -> bool:
        """Whether every run has finished."""
        return self.finished == len(self.runs)

    def to_json(self) -> dict[str, Any]:
        """The document of `learning-curve` (docs/cli.md)."""
        rows = [asdict(row) for row in self.rows]
        for row in rows:
            del row["index"]
        whole = asdict(self) | {"rows": rows, "ended": self.ended, "complete": self.is_complete}
        return whole


def learning_curve(settings: Settings, ref: str) -> LearningCurve:
    """The curve of a run, by the run that it began with, one of its runs, or the group's id. Raises NotFoundError."""
    members = find_members(settings, ref)
    some = members.origin or next(iter(members.runs.values()))
    labels = load_labels(VersionFolder(read_job(runs.run_folder(settings, some.run)).data))
    names = [str(name) for name in labels.categories.sort_values("category_id")["name"]]
    points = [_point(settings, members, place, names) for place in members.places]
    counts = {
        place.number: _counts(settings, members.runs.get(place.number), labels.images, labels.annotations, len(names))
        for place in members.places
    }
    validation = _validation_objects(settings, some, labels.images, labels.annotations, len(names))
    rows = [
        _row(name, index, members.places, points, counts, int(validation[index + 1]))
        for index, name in enumerate(["", *names], start=-1)
    ]
    return LearningCurve(
        group=members.group,
        origin=members.origin.run if members.origin else "",
        origin_name=members.origin.name if members.origin else some.name,
        dataset=some.dataset,
        iterations=some.of_iterations,
        runs=tuple(points),
        rows=tuple(rows),
        seconds_left=_seconds_left(settings, members, points),
        notes=tuple(_notes(members, points)),
    )


def _seconds_left(settings: Settings, members: CurveMembers, points: Sequence[CurveRun]) -> float | None:
    if members.origin is None:
        return None
    one_run = working_seconds(runs.run_folder(settings, members.origin.run))
    return None if one_run is None else one_run * sum(point.phase != "finished" for point in points)


def _point(settings: Settings, members: CurveMembers, place: Place, names: Sequence[str]) -> CurveRun:
    run = members.runs.get(place.number)
    return CurveRun(
        share=place.share,
        seed=place.seed,
        run=run.run if run else "",
        name=run.name if run else "",
        phase=str(run.phase or "damaged") if run else "missing",
        is_origin=run is not None and members.origin is not None and run.run == members.origin.run,
        images=run.pictures or None if run else None,
        aps=_aps(settings, run, names) if run and run.phase == "finished" else {},
    )


def _aps(settings: Settings, run: RunSummary, names: Sequence[str]) -> dict[str, float | None]:
    """AP of all classes ("") and of each at the best checkpoint; None where the log has no value."""
    if run.best is None:
        return {}
    log = curves(runs.read_metrics(settings, run.run)[0], [f"ap/{name}" for name in names])
    aps: dict[str, float | None] = {"": run.best.ap}
    for name in names:
        curve = log.get(f"ap/{name}")
        at = np.flatnonzero(curve.iterations == run.best.iteration) if curve is not None else np.zeros(0, np.int64)
        aps[name] = float(curve.values[at[0]]) if curve is not None and len(at) else None
    return aps


_Counts = tuple[list[float], list[float]]  # images and objects, of all classes first, then by class index


def _counts(
    settings: Settings, run: RunSummary | None, images: pd.DataFrame, objects: pd.DataFrame, classes: int
) -> _Counts | None:
    """The training images and objects of a run; None without a run. "All classes" counts images without objects too."""
    if run is None:
        return None
    folder = runs.run_folder(settings, run.run)
    mine = as_the_run_has_it(images, folder)
    mine = mine[(mine["split"] == "train") & (mine["use"] != "unlabelled")]
    held = objects[objects["image_id"].isin(mine["image_id"])].groupby("category_id")["image_id"]
    with_class = held.nunique().reindex(range(classes), fill_value=0)
    of_class = held.size().reindex(range(classes), fill_value=0)
    return [float(len(mine)), *with_class.astype(float)], [float(of_class.sum()), *of_class.astype(float)]


def _validation_objects(
    settings: Settings, run: RunSummary, images: pd.DataFrame, objects: pd.DataFrame, classes: int
) -> list[int]:
    mine = as_the_run_has_it(images, runs.run_folder(settings, run.run))
    mine = mine[(mine["split"] == "val") & (mine["use"] != "unlabelled")]
    counted = objects[objects["image_id"].isin(mine["image_id"])].groupby("category_id").size()
    of_class = counted.reindex(range(classes), fill_value=0).tolist()
    return [sum(of_class), *of_class]


def _row(
    name: str,
    index: int,
    places: Sequence[Place],
    points: Sequence[CurveRun],
    counts: dict[int, _Counts | None],
    validation_objects: int,
) -> ClassCurve:
    levels = tuple(_level(name, index, share, places, points, counts) for share in SHARES)
    pairs = [
        (number_of[0][index + 1], ap)
        for place, point in zip(places, points, strict=True)
        if (ap := point.aps.get(name)) is not None and (number_of := counts[place.number])
    ]
    return ClassCurve(
        name=name,
        index=index,
        levels=levels,
        validation_objects=validation_objects,
        gain=_gain(pairs, validation_objects, is_class=index >= 0),
    )


def _gain(pairs: Sequence[tuple[float, float]], validation_objects: int, *, is_class: bool) -> Gain:
    """The gain from (images, AP) of the runs that have ended; refused for too few objects."""
    if is_class and validation_objects < FEWEST_OBJECTS:
        return Gain(verdict=CANNOT_SAY, reason=f"validation holds only {validation_objects} objects of it")
    fewest = min((images for images, _ in pairs), default=0.0)
    if is_class and pairs and fewest < FEWEST_IMAGES:
        return Gain(verdict=CANNOT_SAY, reason=f"a quarter of the images holds it only {fewest:.0f} times")
    return gain_of_more([images for images, _ in pairs], [ap for _, ap in pairs])


def _level(
    name: str,
    index: int,
    share: float,
    places: Sequence[Place],
    points: Sequence[CurveRun],
    counts: dict[int, _Counts | None],
) -> Level:
    mine = [(place, point) for place, point in zip(places, points, strict=True) if place.share == share]
    numbers = [count for place, _ in mine if (count := counts[place.number])]
    values = tuple(point.aps.get(name) for _, point in mine)
    present = [value for value in values if value is not None]
    return Level(
        share=share,
        images=float(np.mean([images[index + 1] for images, _ in numbers])) if numbers else 0.0,
        objects=float(np.mean([objects[index + 1] for _, objects in numbers])) if numbers else 0.0,
        mean=float(np.mean(present)) if present else None,
        low=min(present, default=None),
        high=max(present, default=None),
        values=values,
    )


def _on_length(origin: RunSummary | None) -> list[str]:
    """A sentence if the runs are so short that they hardly see the images that they have."""
    if origin is None or not origin.iterations_per_epoch:
        return []
    epochs = origin.of_iterations / origin.iterations_per_epoch
    if epochs >= FEWEST_EPOCHS:
        return []
    return [
        f"With {origin.of_iterations} iterations each training image is seen only {epochs:.1f} times, so more of "
        "them may seem to bring less than they would. A longer run gives a fairer curve."
    ]


def _notes(members: CurveMembers, points: Sequence[CurveRun]) -> list[str]:
    """What is missing and what misleads, in sentences."""
    notes = _on_length(members.origin)
    if not members.group:
        return notes
    if members.origin is None:
        notes.append("The run that the curve began with was deleted: it can be read, and not continued.")
    places = [place.label for place, point in zip(members.places, points, strict=True) if point.phase == "missing"]
    if places:
        notes.append(f"Not started, or deleted: {'; '.join(places)}.")
    for phase in ("failed", "stopped", "lost"):
        if labels := [f"{place.label}" for place, point in zip(members.places, points, strict=True)
                      if point.phase == phase]:  # fmt: skip
            notes.append(f"{phase.capitalize()}: {'; '.join(labels)}.")
    return notes
