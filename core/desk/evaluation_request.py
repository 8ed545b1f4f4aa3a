"""What is asked of an evaluation: which run, checkpoint, data and pictures that means. Used by core.desk.evaluating."""

from dataclasses import dataclass
from typing import Final

from core.errors import AppError, NotFoundError
from core.evaluation.matching import IOU_FLOOR
from core.evaluation.predictions import Truth, choose_pictures, join_classes
from core.training.checkpoints import find_checkpoint, list_checkpoints
from core.training.job import read_job
from core.training.run_folder import RunFolder
from core.training.run_splits import as_the_run_has_it
from core.workspace.datasets import VersionFolder, load_labels, versions_of
from core.workspace.registry import Entry, Registry

_SPLITS: Final = ("train", "val", "test", "all")


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What to judge. `run` and `dataset` are ids or names; an empty one takes the run's own data set and version.

    `split` is train, val, test or all ("": test, or val where there is no test); `checkpoint` best, last, or the
    iteration of one of the two. `score` (None: 0.5) rules counts and pictures, never AP.
    """

    run: str = ""
    split: str = ""
    dataset: str = ""
    version: str = ""
    checkpoint: str = "best"
    score: float | None = None
    iou: float = 0.5


@dataclass(frozen=True, slots=True)
class Resolved:
    """A request with everything found; `pictures` is how many will be judged."""

    run: Entry
    run_folder: RunFolder
    dataset: Entry
    data: VersionFolder
    split: str
    pictures: int


def resolve(registry: Registry, request: EvaluationRequest) -> Resolved:
    """What the request means. Raises AppError where that does not exist or leaves nothing to judge."""
    check_thresholds(request.score, request.iou)
    run = registry.find("run", request.run)
    run_folder = RunFolder(registry.layout.one("run", run.id))
    _check_checkpoint(run_folder, run, request.checkpoint)
    dataset, version = _data(registry, run_folder, request)
    data = VersionFolder(registry.layout.version(dataset.id, version))
    labels = load_labels(data)
    own = read_job(run_folder).data.resolve() == data.root.resolve()
    images = as_the_run_has_it(labels.images, run_folder) if own else labels.images
    truth = Truth(images, labels.annotations, labels.categories)
    split = _split(truth, request.split)
    pictures = len(choose_pictures(truth, split).images)
    # Said now rather than by the worker, minutes later.
    join_classes(read_job(run_folder).classes, truth.categories)
    return Resolved(run, run_folder, dataset, data, split, pictures)


def check_thresholds(score: float | None, iou: float) -> None:
    """Raises AppError for a score or IoU threshold that cannot be asked for."""
    if score is not None and not 0 <= score <= 1:
        raise AppError(f"The score threshold is {score:g}.", "Choose one between 0 and 1.")
    if not IOU_FLOOR <= iou <= 1:
        raise AppError(f"The IoU threshold is {iou:g}.", f"Choose one between {IOU_FLOOR:g} and 1.")


def _check_checkpoint(folder: RunFolder, run: Entry, wanted: str) -> None:
    known = list_checkpoints(folder)
    if not known:
        raise NotFoundError(f"Run {run.name!r} has no checkpoint yet.", "Wait for its first one, or stop it: it saves.")
    if not find_checkpoint(folder, wanted) and wanted not in {str(checkpoint.iteration) for checkpoint in known}:
        names = ", ".join(f"{checkpoint.kind} ({checkpoint.iteration})" for checkpoint in known)
        raise NotFoundError(f"Run {run.name!r} has no checkpoint {wanted!r}.", f"It has: {names}.")


def _data(registry: Registry, run_folder: RunFolder, request: EvaluationRequest) -> tuple[Entry, str]:
    """The data set and its version: the run's own, else the newest of the one that was asked for."""
    job = read_job(run_folder)
    entry = registry.find("dataset", request.dataset or job.dataset)
    known = versions_of(registry.layout, entry.id)
    own = job.version if entry.id == job.dataset else ""
    version = request.version or own or (known[-1] if known else "")
    if version not in known:
        raise NotFoundError(
            f"Data set {entry.name!r} has no version {version!r}.", f"It has: {', '.join(known) or 'none'}."
        )
    return entry, version


def _split(truth: Truth, wanted: str) -> str:
    if not wanted:
        return "test" if (truth.images["split"] == "test").any() else "val"
    if wanted not in _SPLITS:
        raise AppError(f"There is no split {wanted!r}.", f"Choose one of {', '.join(_SPLITS)}.")
    return wanted
