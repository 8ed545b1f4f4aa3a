"""Starts an evaluation of a model, or makes one of files."""

import os
import shutil
import time
from pathlib import Path

from core.errors import AppError, StorageError
from core.evaluation.readers.coco_files import read_truth
from core.evaluation.readers.coco_results import read_detections
from core.evaluation.readers.csv_detections import is_csv, read_csv_detections
from core.evaluation.store import evaluate_detections
from core.files import write_json
from core.services.evaluation.request import REQUEST_FILE, EvaluationRequest, Resolved, check_thresholds, resolve
from core.settings import Settings
from core.training.launch import launcher as launch
from core.training.launch.launcher_choice import launcher_for
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Status, write_status
from core.workspace.registry import Registry, new_id


def start_evaluation(
    settings: Settings, request: EvaluationRequest, launcher: launch.LocalLauncher | None = None
) -> str:
    """Start judging a checkpoint in a process of its own; the evaluation's id, at once.

    Raises AppError (NotFoundError for an unknown run, data set or checkpoint) where there is nothing to judge.
    """
    registry = Registry(settings)
    resolved = resolve(settings, request)
    key = new_id("e")
    folder = RunFolder(registry.layout.folder("evaluation", key))
    document = {
        **_subject(resolved, folder),
        # As asked: a running training may replace `best` before the worker comes to it, and the worker says so.
        "checkpoint": request.checkpoint if resolved.subject.kind == "run" else "",
        "slots": os.path.relpath(registry.layout.slots, folder.root),
        "dataset": resolved.dataset.id,
        "version": resolved.data.root.name,
        "data": os.path.relpath(resolved.data.root, folder.root),
        "split": resolved.split,
        "sealed": resolved.holds_test,
        "score": request.score,
        "iou": request.iou,
        "mirrored": request.mirrored,
    }
    mirrored = ", mirrored too" if request.mirrored else ""
    name = f"{resolved.subject.name} on {resolved.dataset.name}, {resolved.split}{mirrored}"
    try:
        write_json(folder.root / REQUEST_FILE, document)
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


def _subject(resolved: Resolved, folder: RunFolder) -> dict[str, str]:
    """What is judged, a run or a custom model, and where it lies from the evaluation's folder."""
    kind, place = resolved.subject.kind, os.path.relpath(resolved.folder, folder.root)
    return {"run": "", kind: resolved.subject.id, f"{kind}_folder": place}


def evaluate_files(
    settings: Settings,
    truth: Path,
    detections: Path,
    images_dir: Path | None = None,
    score: float | None = None,
    iou: float = 0.5,
) -> str:
    """Judge a COCO result file or CSV against a COCO ground truth; the id of the evaluation that is kept.

    Raises AppError, and keeps nothing, where a file cannot be read or the two do not fit together.
    """
    check_thresholds(score, iou)
    if images_dir is not None and not images_dir.is_dir():
        raise AppError(f"{images_dir} is no folder.", "Give the folder that the truth's file names start from.")
    limit = settings.limits.label_file_bytes
    coco = read_truth(truth, limit)
    if is_csv(detections):
        found, notes = read_csv_detections(detections, coco, settings.limits)
    else:
        found, notes = read_detections(detections, coco, limit)
    registry = Registry(settings)
    key = new_id("e")
    folder = RunFolder(registry.layout.folder("evaluation", key))
    document = {
        "truth": truth.name,
        "detections": detections.name,
        "images": str(images_dir.resolve()) if images_dir else None,
        "score": score,
        "iou": iou,
    }
    try:
        evaluate_detections(coco.truth, found, folder.root, iou, [*coco.notes, *notes])
        write_json(folder.root / REQUEST_FILE, document)
        now, count = time.time(), len(coco.truth.images)
        status = Status(phase=Phase.FINISHED, iteration=count, of_iterations=count, started=now, updated=now)
        write_status(folder.status, status)
        # Last, because it makes the folder count.
        registry.add("evaluation", key, f"{detections.stem} on {truth.stem}")
    except BaseException:
        shutil.rmtree(folder.root, ignore_errors=True)
        raise
    return key
