"""Makes an evaluation, from its folder's request.json to the tables that core.evaluation.store writes."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from core.evaluation.predictions import choose_images, join_classes, truth_of
from core.evaluation.spec import EvaluationSpec
from core.evaluation.store import evaluate_detections
from core.training.launch.devices import Device
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import with_mirrored_view
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.worker.data.dataset import DataVersion, open_data, open_run_data, records
from core.worker.inference.checkpoint_model import custom_subject, run_subject
from core.worker.inference.predict import predict
from core.worker.model.config import make_config
from core.worker.model.detectron import device_name, use_all_cores

_LOG = logging.getLogger(__name__)


def evaluate(
    folder: RunFolder,
    run: RunFolder | None,
    spec: EvaluationSpec,
    device: Device,
    reporter: Reporter,
    stop: StopSwitch,
) -> None:
    """Evaluates the requested checkpoint, or the requested custom model if `run` is None, and stores the result.

    Also writes the last status. Raises AppError for what the user can mend: no such checkpoint, no image, no class in
    common.
    """
    use_all_cores()
    on_gpu = device.is_gpu and torch.cuda.is_available()
    reporter.update(phase=Phase.STARTING, activity="loading the model", device=device_name(device, on_gpu))
    subject = run_subject(run, spec.checkpoint) if run else custom_subject(folder.root / spec.model_folder)
    data = _open_data((folder.root / spec.data).resolve(), run)
    truth = choose_images(truth_of(data), spec.split)
    classes = join_classes(subject.classes, data.categories)
    recipe = with_mirrored_view(subject.recipe) if spec.mirrored else subject.recipe
    cfg = make_config(recipe, list(subject.classes), "cuda" if on_gpu else "cpu", data.fullest())
    model = subject.load(cfg)
    samples = records(data, truth.images)
    _LOG.info("%s on %d images", subject.title.capitalize(), len(samples))
    reporter.update(phase=Phase.RUNNING, iteration=0, of_iterations=len(samples), activity="evaluating")

    def tell(done: int, of: int) -> None:
        reporter.tick(iteration=done, activity=f"evaluating {done} of {of} images")

    predictions = predict(model, cfg, recipe.views, samples, tell, stop)
    if predictions is None:
        reporter.end(Phase.STOPPED, "Stopped on request.")
        return
    reporter.update(iteration=len(samples), activity="matching")
    detections = _renamed(predictions.detections, classes.category_ids)
    notes = [*spec.notes, *subject.notes, *classes.notes]
    scores = evaluate_detections(truth, detections, folder.root, spec.iou, notes)
    if not spec.sealed:
        _LOG.info("AP %s, AP50 %s", scores.ap, scores.ap50)
        reporter.note_metrics({"ap": scores.ap, "ap50": scores.ap50, "ap75": scores.ap75})
    reporter.end(Phase.FINISHED, "")


def _open_data(folder: Path, run: RunFolder | None) -> DataVersion:
    """The data set version, with the run's splits if it has other ones."""
    if run:
        job = read_job(run)
        if folder == job.data.resolve():
            return open_run_data(run, job)
    return open_data(folder)


def _renamed(detections: pd.DataFrame, category_ids: Any) -> pd.DataFrame:
    """The detections with the data set's category ids, without those of classes that it lacks."""
    renamed = detections.assign(category_id=category_ids[detections["category_id"].to_numpy()])
    kept = renamed[renamed["category_id"] >= 0].reset_index(drop=True)
    return kept.assign(detection_id=range(1, len(kept) + 1))
