"""Makers of data set versions and evaluations, and a stand-in for the evaluating worker that finds every object.

`python -m tests.factories.evaluations evaluate EVALUATION_FOLDER` is the real worker without torch and model: its
detections are the objects. PERFECT_EVALUATOR_FAILS makes it fail instead.
"""

import os
import sys
import time
from dataclasses import replace

from core.errors import AppError
from core.evaluation.predictions import choose_images, truth_of
from core.evaluation.spec import EvaluationSpec
from core.evaluation.store import evaluate_detections
from core.files import write_json
from core.labels.label_set import LabelSet
from core.settings import Settings
from core.tables import BOX_COLUMNS, DETECTIONS, from_columns
from core.training.launch.devices import Device
from core.training.launch.launcher import LocalLauncher
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from core.worker.__main__ import main
from core.worker.commands.detectron_engine import DETECTRON
from core.workspace.datasets import VersionFolder, load_labels, store_tables
from core.workspace.layout import Layout
from core.workspace.registry import Registry
from tests.factories.results import Results


def perfect_evaluator(**environment: str) -> LocalLauncher:
    """Launches the stand-in instead of the worker."""
    return LocalLauncher(
        (sys.executable, "-m", "tests.factories.evaluations", "evaluate"), {**os.environ, **environment}
    )


def make_version(settings: Settings, dataset: str, results: Results, version: str = "v1") -> VersionFolder:
    """A data set version with the tables of `results` and an empty file for each image."""
    layout = Layout(settings.workspace)
    folder = VersionFolder(layout.version(dataset, version))
    for name in results.images["file_name"]:
        path = folder.images / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    store_tables(
        folder,
        LabelSet(images=results.images, annotations=results.annotations, categories=results.categories),
        [],
        {"ready": True},
    )
    description = layout.description("dataset", dataset)
    write_json(description, {"id": dataset, "name": dataset, "created": time.time()})
    Registry(settings).refresh()
    return folder


def _evaluate(
    folder: RunFolder,
    _run: RunFolder | None,
    spec: EvaluationSpec,
    _device: Device,
    reporter: Reporter,
    _stop: StopSwitch,
) -> None:
    """Stands for `core.worker.commands.evaluate.evaluate`."""
    labels = load_labels(VersionFolder((folder.root / spec.data).resolve()))
    truth = choose_images(truth_of(labels), spec.split)
    count = len(truth.images)
    reporter.update(phase=Phase.RUNNING, iteration=0, of_iterations=count, activity="evaluating")
    if os.environ.get("PERFECT_EVALUATOR_FAILS"):
        raise AppError("The model is a teapot.", "Use another one.")
    objects = truth.annotations
    columns = {name: objects[name] for name in ("image_id", "category_id", *BOX_COLUMNS)}
    columns |= {"detection_id": objects["annotation_id"], "score": objects["annotation_id"] * 0 + 0.9}
    evaluate_detections(truth, from_columns(DETECTIONS, columns), folder.root, spec.iou, spec.notes)
    reporter.update(iteration=count)
    reporter.end(Phase.FINISHED, "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], replace(DETECTRON, evaluate=_evaluate)))
