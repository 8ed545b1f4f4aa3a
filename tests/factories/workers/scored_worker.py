"""The real worker with a training whose AP follows a law: `… -m tests.factories.workers.scored_worker train FOLDER`.

AP grows with the training images that the run may see, has its best at a learning rate of
SCORED_BEST_RATE (default: that of the recipe in use, so that no other is better), and differs by up to SCORED_NOISE
(default 0.01) from seed to seed. It is written as the real training writes it: metrics, checkpoints, status. Its
`evaluate` finds as many of the objects as AP says. SCORED_STEP_S is the length of an iteration.
"""

import math
import os
import sys
import time
from dataclasses import replace

import numpy as np

from core.evaluation.predictions import choose_images, truth_of
from core.evaluation.spec import EvaluationSpec
from core.evaluation.store import evaluate_detections
from core.tables import BOX_COLUMNS, DETECTIONS, from_columns
from core.training.launch.devices import Device
from core.training.launch.launcher import LocalLauncher
from core.training.metrics.log import append_metrics
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import Recipe, read_recipe
from core.training.run.checkpoints import find_checkpoint, write_index
from core.training.run.folder import RunFolder
from core.training.run.job import Job, read_job
from core.training.run.splits import as_the_run_has_it
from core.training.run.status import BestFigures, Phase
from core.worker.__main__ import main
from core.worker.commands.detectron_engine import DETECTRON
from core.workspace.datasets import VersionFolder, load_labels

_TOP: float = 0.7


def scored_launcher(verb: str = "train", **environment: str) -> LocalLauncher:
    """Launches this worker instead of the real one, on the CPU."""
    command = (sys.executable, "-m", "tests.factories.workers.scored_worker", verb)
    return LocalLauncher(command, {**os.environ, "CUDA_VISIBLE_DEVICES": "", **environment})


def ap_of(recipe: Recipe, images: int) -> float:
    """The law: a loss for few images, a loss for another learning rate than the best one, and chance by the seed."""
    best = float(os.environ.get("SCORED_BEST_RATE") or recipe.learning_rate)
    noise = float(os.environ.get("SCORED_NOISE", "0.01"))
    chance = np.random.default_rng([recipe.seed, round(recipe.learning_rate * 1e6), images]).uniform(-noise, noise)
    return float(_TOP - 0.6 / math.sqrt(images) - 0.1 * abs(math.log2(recipe.learning_rate / best)) + chance)


def _images(folder: RunFolder) -> int:
    labels = load_labels(VersionFolder(read_job(folder).data))
    images = as_the_run_has_it(labels.images, folder)
    return int(((images["split"] == "train") & (images["use"] != "unlabelled")).sum())


def _train(folder: RunFolder, recipe: Recipe, _job: Job, device: Device, reporter: Reporter, stop: StopSwitch) -> None:
    images = _images(folder)
    reporter.update(pictures=images, device=device.title)
    done = last.iteration if (last := find_checkpoint(folder, "last")) else 0
    every = recipe.evaluate_every or recipe.iterations
    best = reporter.status.best
    while done < recipe.iterations and not stop():
        time.sleep(float(os.environ.get("SCORED_STEP_S", "0.005")))
        done += 1
        if done % every == 0 or done == recipe.iterations:
            ap = max(0.0, ap_of(recipe, images)) * (1 - 0.5 * (1 - done / recipe.iterations))
            classes = {f"ap/{name}": ap * 0.9**index for index, name in enumerate(read_job(folder).classes)}
            append_metrics(folder.metrics, done, {"ap": ap, "ap50": min(1.0, ap * 1.3), **classes})
            if best is None or best.ap is None or ap > best.ap:
                best = BestFigures(iteration=done, ap=ap, ap50=min(1.0, ap * 1.3))
            _keep(folder, done, best)
            reporter.note_metrics({"ap": ap})
        reporter.update(phase=Phase.RUNNING, iteration=done, best=best, activity="training")
    _keep(folder, done, best)
    ended = done == recipe.iterations
    reason = "" if ended else f"Stopped on request after iteration {done}; a checkpoint was written."
    reporter.end(Phase.FINISHED if ended else Phase.STOPPED, reason)


def _keep(folder: RunFolder, done: int, best: BestFigures | None) -> None:
    folder.checkpoints.mkdir(exist_ok=True)
    (folder.checkpoints / "last.pth").write_bytes(b"no weights in here")
    kept = None
    if best:
        (folder.checkpoints / "best.pth").write_bytes(b"no weights in here")
        kept = {"iteration": best.iteration, "ap": best.ap, "ap50": best.ap50}
    write_index(folder.checkpoints, last=done, best=kept)


def _evaluate(
    folder: RunFolder,
    run: RunFolder | None,
    spec: EvaluationSpec,
    _device: Device,
    reporter: Reporter,
    _stop: StopSwitch,
) -> None:
    """Finds the share of objects that the run's AP says, the same objects for the same AP."""
    labels = load_labels(VersionFolder((folder.root / spec.data).resolve()))
    truth = choose_images(truth_of(labels), spec.split)
    objects = truth.annotations
    if run is not None:
        share = ap_of(read_recipe(run.recipe), _images(run))
        order = np.random.default_rng(7).permutation(len(objects))
        objects = objects.iloc[np.sort(order[: round(share * len(objects))])]
    columns = {name: objects[name] for name in ("image_id", "category_id", *BOX_COLUMNS)}
    columns |= {"detection_id": objects["annotation_id"], "score": objects["annotation_id"] * 0 + 0.9}
    evaluate_detections(truth, from_columns(DETECTIONS, columns), folder.root, spec.iou, spec.notes)
    reporter.update(iteration=len(truth.images))
    reporter.end(Phase.FINISHED, "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], replace(DETECTRON, train=_train, evaluate=_evaluate)))
