"""Judging a detector: start an evaluation of a run in the background, judge the files of any detector, list, open.

The one door to evaluations for the pages and the command line; what an opened one can tell is in the
`evaluation_…` modules beside it, and offered from here too.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.desk.evaluation_boxes import boxes_on, picture_boxes
from core.desk.evaluation_causes import causes_of
from core.desk.evaluation_filter import OUTCOMES, PictureFilter
from core.desk.evaluation_pictures import SORTS, picture_rows
from core.desk.evaluation_request import REQUEST_FILE, EvaluationRequest, Resolved, check_thresholds, resolve
from core.desk.evaluation_slices import find_slice, slice_words, slices
from core.desk.evaluation_summary import BACKGROUND, summary
from core.desk.evaluation_view import DEFAULT_SCORE, OpenEvaluation, image_file, open_evaluation, refreshed
from core.desk.seal import COMMAND_LINE, PAGE, Seal, look_at_seal, open_seal, seal_of
from core.errors import AppError
from core.evaluation.causes import CAUSES, Cause
from core.evaluation.coco_files import read_truth
from core.evaluation.coco_results import read_detections
from core.evaluation.csv_detections import is_csv, read_csv_detections
from core.evaluation.store import judge, load_scores
from core.files import read_json, write_json
from core.settings import Settings
from core.training import launch
from core.training.launchers import launcher_for
from core.training.liveness import observe
from core.training.run_folder import RunFolder
from core.training.status import ENDED, Phase, Status, write_status
from core.workspace.layout import Layout
from core.workspace.registry import Entry, Registry, new_id

__all__ = [
    "BACKGROUND",
    "CAUSES",
    "COMMAND_LINE",
    "DEFAULT_SCORE",
    "OUTCOMES",
    "PAGE",
    "SORTS",
    "Cause",
    "EvaluationRequest",
    "EvaluationRow",
    "EvaluationState",
    "OpenEvaluation",
    "PictureFilter",
    "Seal",
    "boxes_on",
    "causes_of",
    "evaluate_files",
    "find_slice",
    "image_file",
    "list_evaluations",
    "look_at_evaluation",
    "look_at_seal",
    "open_evaluation",
    "open_seal",
    "picture_boxes",
    "picture_rows",
    "refreshed",
    "slice_words",
    "slices",
    "start_evaluation",
    "summary",
    "wait_for_evaluation",
]

Progress = Callable[[float, str], None]

_POLL_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One evaluation in a list. `run` and `dataset` are ids, "" for an evaluation of two files. AP is 0 to 1.

    `sealed`: on a test split, and nobody has opened its scores, so that there is no AP to show.
    """

    id: str
    name: str
    run: str
    dataset: str
    version: str
    split: str
    checkpoint: str
    phase: Phase
    reason: str
    ap: float | None
    ap50: float | None
    created: float
    images: int
    sealed: bool = False
    model: str = ""  # the id of the own model that was judged instead of a run


@dataclass(frozen=True, slots=True)
class EvaluationState:
    """How an evaluation stands: `done` of `of` pictures; `reason`, `exception` and `remedy` where it went wrong."""

    phase: Phase
    done: int
    of: int
    activity: str
    reason: str
    exception: str
    remedy: str
    device: str

    @property
    def has_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.phase in ENDED


def start_evaluation(
    settings: Settings, request: EvaluationRequest, launcher: launch.LocalLauncher | None = None
) -> str:
    """Start judging a checkpoint in a process of its own; the evaluation's id, at once.

    Raises AppError (NotFoundError for an unknown run, data set or checkpoint) where there is nothing to judge.
    """
    registry = Registry(settings)
    resolved = resolve(settings, request)
    key = new_id("e")
    folder = RunFolder(registry.layout.one("evaluation", key))
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
    write_json(folder.root / REQUEST_FILE, document)
    mirrored = ", mirrored too" if request.mirrored else ""
    registry.add("evaluation", key, f"{resolved.subject.name} on {resolved.dataset.name}, {resolved.split}{mirrored}")
    launch.start(folder, resolved.pictures, launcher or launcher_for(settings, "evaluate"))
    return key


def _subject(resolved: Resolved, folder: RunFolder) -> dict[str, str]:
    """What is judged, a run or an own model, and where it lies from the evaluation's folder."""
    kind, place = resolved.subject.kind, os.path.relpath(resolved.folder, folder.root)
    return {"run": "", kind: resolved.subject.id, f"{kind}_folder": place}


def wait_for_evaluation(settings: Settings, key: str, progress: Progress) -> None:
    """Wait until an evaluation has finished. Raises AppError with the reason where it failed, stopped or was lost."""
    folder = RunFolder(Layout(settings.workspace).one("evaluation", key))
    while True:
        phase, status = _observe(folder)
        share = status.iteration / status.of_iterations if status.of_iterations else 0.0
        progress(min(share, 1.0), status.activity or status.reason or str(phase))
        if phase is Phase.FINISHED:
            return
        if phase in ENDED:
            reason = status.reason or f"its worker is gone ({folder.log.name} has its last words)"
            raise AppError(f"Evaluation {key} is {phase}: {reason}", status.remedy or "Start it again.")
        time.sleep(_POLL_S)


def look_at_evaluation(settings: Settings, key: str) -> EvaluationState:
    """How the evaluation with this id or name stands, cheap enough to be asked every second. Raises NotFoundError."""
    entry = Registry(settings).find("evaluation", key)
    phase, status = _observe(RunFolder(Layout(settings.workspace).one("evaluation", entry.id)))
    return EvaluationState(
        phase,
        status.iteration,
        status.of_iterations,
        status.activity,
        status.reason,
        status.exception,
        status.remedy,
        status.device,
    )


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
    folder = RunFolder(registry.layout.one("evaluation", key))
    document = {
        "truth": truth.name,
        "detections": detections.name,
        "images": str(images_dir.resolve()) if images_dir else None,
        "score": score,
        "iou": iou,
    }
    try:
        judge(coco.truth, found, folder.root, iou, [*coco.notes, *notes])
        write_json(folder.root / REQUEST_FILE, document)
        now, count = time.time(), len(coco.truth.images)
        status = Status(Phase.FINISHED, iteration=count, of_iterations=count, started=now, updated=now)
        write_status(folder.status, status)
        # Last, because it makes the folder count.
        registry.add("evaluation", key, f"{detections.stem} on {truth.stem}")
    except BaseException:
        shutil.rmtree(folder.root, ignore_errors=True)
        raise
    return key


def list_evaluations(settings: Settings) -> list[EvaluationRow]:
    """All evaluations, newest first, unfinished and failed ones too."""
    registry = Registry(settings)
    return [_row(registry.layout, entry) for entry in registry.all("evaluation")]


def _row(layout: Layout, entry: Entry) -> EvaluationRow:
    folder = RunFolder(layout.one("evaluation", entry.id))
    try:
        request: dict[str, Any] = read_json(folder.root / REQUEST_FILE)
    except FileNotFoundError:
        request = {}
    phase, status = _observe(folder)
    stored = load_scores(folder.root)
    scores, images = stored or (None, status.of_iterations)
    seal = seal_of(layout, entry, request)
    is_sealed = seal is not None and not seal.is_open
    asked = {
        name: str(request.get(name) or "") for name in ("run", "model", "dataset", "version", "split", "checkpoint")
    }
    return EvaluationRow(
        id=entry.id,
        name=entry.name,
        **asked,
        phase=phase,
        reason=status.reason,
        ap=scores.ap if scores and not is_sealed else None,
        ap50=scores.ap50 if scores and not is_sealed else None,
        created=entry.created,
        images=images,
        sealed=is_sealed,
    )


def _observe(folder: RunFolder) -> tuple[Phase, Status]:
    """The phase to show, and the status; one that never came to its first status is lost."""
    try:
        seen = observe(folder.status, folder.lock)
    except FileNotFoundError:
        reason = "The process that started it was stopped at once."
        return Phase.LOST, Status(Phase.LOST, reason=reason)
    return seen.phase, seen.status
