"""One evaluation, from its folder's request.json to the tables that core.evaluation.store writes. core.worker only."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from core.errors import AppError
from core.evaluation.predictions import Truth, choose_pictures, join_classes
from core.evaluation.store import judge
from core.files import read_json
from core.training.checkpoints import Checkpoint, list_checkpoints
from core.training.devices import Device
from core.training.job import Job, read_job
from core.training.recipe import recipe_from_json
from core.training.run_folder import RunFolder
from core.training.status import Phase
from core.worker.config import make_config
from core.worker.data import open_data, open_run_data, records
from core.worker.detectron import CfgNode, build, device_name, use_all_cores
from core.worker.predict import predict
from core.worker.reporting import Reporter, StopSwitch

_LOG = logging.getLogger(__name__)


def evaluate(
    folder: RunFolder, run: RunFolder, request: dict[str, Any], device: Device, reporter: Reporter, stop: StopSwitch
) -> None:
    """Run the requested checkpoint on the requested pictures and store what came of it.

    Writes the last status too. Raises AppError for what the user can mend: no such checkpoint, no picture, no class in
    common.
    """
    use_all_cores()
    on_gpu = device.is_gpu and torch.cuda.is_available()
    reporter.update(phase=Phase.STARTING, activity="loading the model", device=device_name(device, on_gpu))
    recipe, job = recipe_from_json(read_json(run.recipe)), read_job(run)
    place = (folder.root / request["data"]).resolve()
    data = open_run_data(run, job) if place == job.data.resolve() else open_data(place)
    truth = choose_pictures(Truth(data.images, data.annotations, data.categories), request["split"])
    classes = join_classes(job.classes, data.categories)
    cfg = make_config(recipe, list(job.classes), "cuda" if on_gpu else "cpu", data.fullest())
    checkpoint, notes = _choose(run, request["checkpoint"])
    model = load_model(cfg, checkpoint.path, job)
    samples = records(data, truth.images)
    _LOG.info("Iteration %d of run %s on %d pictures", checkpoint.iteration, job.run, len(samples))
    reporter.update(phase=Phase.RUNNING, iteration=0, of_iterations=len(samples), activity="evaluating")

    def tell(done: int, of: int) -> None:
        reporter.tick(iteration=done, activity=f"evaluating {done} of {of} pictures")

    found = predict(model, cfg, samples, tell, stop)
    if found is None:
        reporter.end(Phase.STOPPED, "Stopped on request.")
        return
    reporter.update(iteration=len(samples), activity="matching")
    detections = _renamed(found.detections, classes.category_ids)
    scores = judge(truth, detections, folder.root, float(request["iou"]), [*notes, *classes.notes])
    _LOG.info("AP %s, AP50 %s", scores.ap, scores.ap50)
    reporter.note_metrics({"ap": scores.ap, "ap50": scores.ap50, "ap75": scores.ap75})
    reporter.end(Phase.FINISHED, "")


def load_model(cfg: CfgNode, path: Path, job: Job) -> torch.nn.Module:
    """The run's model with a checkpoint's weights. Raises AppError where they are of another model."""
    model = build(cfg)
    content = torch.load(path, map_location="cpu", weights_only=True)
    try:
        model.load_state_dict(content["model"])
    except (RuntimeError, KeyError) as error:
        raise AppError(
            f"{path.name} of run {job.run} does not fit the run's model.", "Its recipe was changed; train it again."
        ) from error
    return model


def _choose(run: RunFolder, wanted: Any) -> tuple[Checkpoint, list[str]]:
    """The checkpoint asked for by kind or iteration, and a note where another one stands in for it."""
    there = list_checkpoints(run)
    for checkpoint in there:
        if str(wanted) in (checkpoint.kind, str(checkpoint.iteration)):
            return checkpoint, []
    if wanted == "best" and there:
        return there[-1], ["The run has no best checkpoint, because validation never gave an AP: this is its last one."]
    known = ", ".join(f"{one.kind} (iteration {one.iteration})" for one in there) or "none yet"
    raise AppError(f"The run has no checkpoint {wanted!r}.", f"There are: {known}.")


def _renamed(detections: pd.DataFrame, category_ids: Any) -> pd.DataFrame:
    """The detections under the data set's category ids; those of classes that it lacks are left out."""
    renamed = detections.assign(category_id=category_ids[detections["category_id"].to_numpy()])
    kept = renamed[renamed["category_id"] >= 0].reset_index(drop=True)
    return kept.assign(detection_id=range(1, len(kept) + 1))
