"""Starts an evaluation of a model, or evaluates detections from files."""

import os
import shutil
import time
from pathlib import Path

from core.actor import Actor
from core.errors import AppError, StorageError
from core.evaluation.readers.coco_files import read_truth
from core.evaluation.readers.coco_results import read_detections
from core.evaluation.readers.csv_detections import is_csv, read_csv_detections
from core.evaluation.spec import EvaluationSpec, write_spec
from core.evaluation.store import evaluate_detections
from core.services.evaluation.request import EvaluationRequest, Resolved, check_thresholds, resolve
from core.settings import Settings
from core.training.launch import launcher as launch
from core.training.launch.launcher_choice import launcher_for
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Status, write_status
from core.workspace.registry import Registry, new_id


def start_evaluation(
    settings: Settings, request: EvaluationRequest, launcher: launch.LocalLauncher | None = None, *, actor: Actor
) -> str:
    """Start an evaluation in a separate process and return its id at once.

    Raises AppError if there is nothing to evaluate (NotFoundError for an unknown run, data set or checkpoint).
    """
    registry = Registry(settings)
    resolved = resolve(settings, request)
    key = new_id("e")
    folder = RunFolder(registry.layout.folder("evaluation", key))
    spec = _spec(registry, request, resolved, folder.root, actor)
    mirrored = ", mirrored too" if request.mirrored else ""
    name = f"{resolved.subject.name} on {resolved.dataset.name}, {resolved.split}{mirrored}"
    try:
        write_spec(folder.root, spec)
        registry.add("evaluation", key, name)
    except BaseException:
        shutil.rmtree(folder.root, ignore_errors=True)
        raise
    try:
        launch.start(folder, resolved.images, launcher or launcher_for(settings, "evaluate"))
    except StorageError:
        shutil.rmtree(folder.root, ignore_errors=True)
        raise
    return key


def _spec(
    registry: Registry, request: EvaluationRequest, resolved: Resolved, folder: Path, actor: Actor
) -> EvaluationSpec:
    path, is_run = os.path.relpath(resolved.folder, folder), resolved.subject.kind == "run"
    return EvaluationSpec(
        run=resolved.subject.id if is_run else "",
        run_folder=path if is_run else "",
        model="" if is_run else resolved.subject.id,
        model_folder="" if is_run else path,
        # As requested: an active run may replace `best` before the worker loads it, and the worker reports that.
        checkpoint=request.checkpoint if is_run else "",
        slots=os.path.relpath(registry.layout.slots, folder),
        dataset=resolved.dataset.id,
        version=resolved.data.root.name,
        data=os.path.relpath(resolved.data.root, folder),
        split=resolved.split,
        sealed=resolved.holds_test,
        score=request.score,
        iou=request.iou,
        mirrored=request.mirrored,
        notes=resolved.notes,
        actor=actor,
    )


def evaluate_files(
    settings: Settings,
    truth: Path,
    detections: Path,
    images_dir: Path | None = None,
    score: float | None = None,
    iou: float = 0.5,
    *,
    actor: Actor,
) -> str:
    """Evaluate a COCO result file or CSV against a COCO ground truth and return the evaluation's id.

    Raises AppError, and stores nothing, if a file cannot be read or the two do not match.
    """
    check_thresholds(score, iou)
    if images_dir is not None and not images_dir.is_dir():
        raise AppError(f"{images_dir} is no folder.", "Give the folder that the truth's file names start from.")
    limit = settings.limits.label_file_bytes
    coco = read_truth(truth, limit)
    if is_csv(detections):
        results, notes = read_csv_detections(detections, coco, settings.limits)
    else:
        results, notes = read_detections(detections, coco, limit)
    registry = Registry(settings)
    key = new_id("e")
    folder = RunFolder(registry.layout.folder("evaluation", key))
    spec = EvaluationSpec(
        truth=truth.name,
        detections=detections.name,
        images=str(images_dir.resolve()) if images_dir else "",
        score=score,
        iou=iou,
        actor=actor,
    )
    try:
        evaluate_detections(coco.truth, results, folder.root, iou, [*coco.notes, *notes])
        write_spec(folder.root, spec)
        now, count = time.time(), len(coco.truth.images)
        status = Status(phase=Phase.FINISHED, iteration=count, of_iterations=count, started=now, updated=now)
        write_status(folder.status, status)
        # Last, because from here on the evaluation exists.
        registry.add("evaluation", key, f"{detections.stem} on {truth.stem}")
    except BaseException:
        shutil.rmtree(folder.root, ignore_errors=True)
        raise
    return key
