"""Resolves an evaluation request to a run or model, a checkpoint, data and images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from core.errors import AppError, NotFoundError
from core.evaluation.matching.matching import IOU_FLOOR
from core.evaluation.predictions import Truth, choose_images, join_classes, truth_of
from core.services.models import find_custom_model
from core.settings import Settings
from core.training.observation import observe_run
from core.training.recipe.blockers import augmentation_blockers
from core.training.recipe.model_catalogue import Model
from core.training.recipe.recipe import model_of, read_recipe
from core.training.run.checkpoints import find_checkpoint, list_checkpoints
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.splits import as_the_run_has_it
from core.training.run.status import ENDED
from core.workspace.bit_ranges import range_warning
from core.workspace.datasets import VersionFolder, load_labels, versions_of
from core.workspace.registry import Entry, Registry

_SPLITS: Final = ("train", "val", "test", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """What to evaluate. `run` and `dataset` are ids or names; an empty `dataset` takes the run's data set and version.

    `model`, instead of `run`: a custom model by id or name, with its own weights; it needs a `dataset`.
    `split` is train, val, test or all ("": test, or val if there is no test); `checkpoint` is best, last, or the
    iteration of a checkpoint. `score` (None: 0.5) affects counts and images, never AP. `mirrored` evaluates with
    test-time augmentation (each image plain and mirrored), whether the recipe has it or not.
    """

    run: str = ""
    split: str = ""
    dataset: str = ""
    version: str = ""
    checkpoint: str = "best"
    score: float | None = None
    iou: float = 0.5
    model: str = ""
    mirrored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A resolved request; `images` is the number of images to evaluate.

    `holds_test`: whether some of them are of the test split. `subject` is a run or a custom model (by its `kind`),
    `folder` is its folder. `notes` say why the result may mislead.
    """

    subject: Entry
    folder: Path
    dataset: Entry
    data: VersionFolder
    split: str
    images: int
    holds_test: bool
    notes: tuple[str, ...] = ()


def resolve(settings: Settings, request: EvaluationRequest) -> Resolved:
    """Resolve a request. Raises AppError if something does not exist or there is nothing to evaluate."""
    check_thresholds(request.score, request.iou)
    registry = Registry(settings)
    if request.model:
        return _of_model(settings, registry, request)
    run = registry.find("run", request.run)
    run_folder = RunFolder(registry.layout.folder("run", run.id))
    _check_checkpoint(run_folder, run, request.checkpoint)
    _check_augmentation(request, model_of(read_recipe(run_folder.recipe)))
    job = read_job(run_folder)
    dataset, data, truth = _truth(registry, request, (job.dataset, job.version))
    if job.data.resolve() == data.root.resolve():
        truth = replace(truth, images=as_the_run_has_it(truth.images, run_folder))
    split, images, holds_test = _images(truth, request.split, job.classes)
    return Resolved(
        subject=run,
        folder=run_folder.root,
        dataset=dataset,
        data=data,
        split=split,
        images=images,
        holds_test=holds_test,
        notes=_notes(job.data, data, dataset),
    )


def request_notes(settings: Settings, request: EvaluationRequest) -> tuple[str, ...]:
    """Why the result of a request may mislead; empty also for one that cannot be resolved. Reads no labels."""
    registry = Registry(settings)
    try:
        if request.model:
            return ()
        job = read_job(RunFolder(registry.layout.folder("run", registry.find("run", request.run).id)))
        dataset, data = _version(registry, request, (job.dataset, job.version))
    except (AppError, OSError):
        return ()
    return _notes(job.data, data, dataset)


def _notes(trained: Path, data: VersionFolder, dataset: Entry) -> tuple[str, ...]:
    warning = range_warning(VersionFolder(trained), data, dataset.name)
    return (warning,) if warning else ()


def _of_model(settings: Settings, registry: Registry, request: EvaluationRequest) -> Resolved:
    model = find_custom_model(settings, request.model)
    _check_augmentation(request, model.model)
    if not request.dataset:
        raise AppError(f"Model {model.name!r} has no data set.", "Say on which data set to evaluate it.")
    dataset, data, truth = _truth(registry, request, ("", ""))
    subject = Entry(kind="model", id=model.id, name=model.name, created=model.created)
    split, images, holds_test = _images(truth, request.split, model.model.classes)
    return Resolved(
        subject=subject,
        folder=model.folder,
        dataset=dataset,
        data=data,
        split=split,
        images=images,
        holds_test=holds_test,
    )


def check_thresholds(score: float | None, iou: float) -> None:
    """Raise AppError for a score or IoU threshold out of range."""
    if score is not None and not 0 <= score <= 1:
        raise AppError(f"The score threshold is {score:g}.", "Choose one between 0 and 1.")
    if not IOU_FLOOR <= iou <= 1:
        raise AppError(f"The IoU threshold is {iou:g}.", f"Choose one between {IOU_FLOOR:g} and 1.")


def _check_augmentation(request: EvaluationRequest, model: Model) -> None:
    for blocker in augmentation_blockers(model, request.mirrored):
        raise AppError(blocker.message, blocker.remedy)


def _check_checkpoint(folder: RunFolder, run: Entry, wanted: str) -> None:
    checkpoints = list_checkpoints(folder)
    if not checkpoints:
        raise _no_checkpoint(folder, run)
    if not find_checkpoint(folder, wanted) and wanted not in {str(checkpoint.iteration) for checkpoint in checkpoints}:
        names = ", ".join(f"{checkpoint.kind} ({checkpoint.iteration})" for checkpoint in checkpoints)
        raise NotFoundError(f"Run {run.name!r} has no checkpoint {wanted!r}.", f"It has: {names}.")


def _no_checkpoint(folder: RunFolder, run: Entry) -> NotFoundError:
    """The error for a run without a checkpoint: an active run will write one, an ended run must be repaired first."""
    seen = observe_run(folder)
    if seen.phase not in ENDED:
        remedy = "Wait for its first one, or stop it: it saves."
        return NotFoundError(f"Run {run.name!r} has no checkpoint yet.", remedy)
    why = f": {seen.status.reason}" if seen.status.reason else "."
    remedy = seen.status.remedy or "Resume it, or evaluate another run."
    return NotFoundError(f"Run {run.name!r} has no checkpoint; it is {seen.phase}{why}", remedy)


def _truth(
    registry: Registry, request: EvaluationRequest, usual: tuple[str, str]
) -> tuple[Entry, VersionFolder, Truth]:
    """The data set, its version and its truth: `usual` is the default (id, version), else the newest version."""
    entry, data = _version(registry, request, usual)
    return entry, data, truth_of(load_labels(data))


def _version(registry: Registry, request: EvaluationRequest, usual: tuple[str, str]) -> tuple[Entry, VersionFolder]:
    """The data set and its version, as `_truth`."""
    entry = registry.find("dataset", request.dataset or usual[0])
    versions = versions_of(registry.layout, entry.id)
    own = usual[1] if entry.id == usual[0] else ""
    version = request.version or own or (versions[-1] if versions else "")
    if version not in versions:
        raise NotFoundError(
            f"Data set {entry.name!r} has no version {version!r}.", f"It has: {', '.join(versions) or 'none'}."
        )
    return entry, VersionFolder(registry.layout.version(entry.id, version))


def _images(truth: Truth, wanted: str, classes: Sequence[str]) -> tuple[str, int, bool]:
    """The split, the number of its images to evaluate, and whether some of them are of the test split."""
    split = _split(truth, wanted)
    # Raises now rather than in the worker, minutes later.
    join_classes(classes, truth.categories)
    images = choose_images(truth, split).images
    return split, len(images), bool((images["split"] == "test").any())


def _split(truth: Truth, wanted: str) -> str:
    if not wanted:
        return "test" if (truth.images["split"] == "test").any() else "val"
    if wanted not in _SPLITS:
        raise AppError(f"There is no split {wanted!r}.", f"Choose one of {', '.join(_SPLITS)}.")
    return wanted
