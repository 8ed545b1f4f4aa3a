"""Makers of data set versions and evaluations in a workspace, and a judge without torch that answers with the truth.

`python -m tests.factories.evaluations EVALUATION_FOLDER` stands in for `python -m core.worker evaluate`: the real lock,
request, status and result, and detections that are the objects themselves. PERFECT_JUDGE_FAILS makes it fail instead.
"""

import os
import sys
import time
from pathlib import Path

from core.evaluation.predictions import Truth, choose_pictures
from core.evaluation.store import judge
from core.files import read_json, write_json
from core.labels.label_set import LabelSet
from core.settings import Settings
from core.tables import BOX_COLUMNS, DETECTIONS, from_columns
from core.training.launch.launcher import LocalLauncher
from core.training.launch.liveness import hold
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Status, write_status
from core.workspace.datasets import VersionFolder, load_labels, store_tables
from core.workspace.layout import Layout
from core.workspace.registry import Registry
from tests.factories.results import Results


def perfect_judge(**environment: str) -> LocalLauncher:
    """Launches the stand-in instead of the worker."""
    return LocalLauncher((sys.executable, "-m", "tests.factories.evaluations"), {**os.environ, **environment})


def make_version(settings: Settings, dataset: str, results: Results, version: str = "v1") -> VersionFolder:
    """A data set version with the tables of `results` and an empty file for each picture."""
    layout = Layout(settings.workspace)
    folder = VersionFolder(layout.version(dataset, version))
    for name in results.images["file_name"]:
        path = folder.images / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    store_tables(folder, LabelSet(results.images, results.annotations, results.categories), [], {"ready": True})
    description = layout.description("dataset", dataset)
    write_json(description, {"id": dataset, "name": dataset, "created": time.time()})
    Registry(settings)
    return folder


def main(root: Path) -> int:
    """Judge as core.worker does, without a model."""
    folder = RunFolder(root)
    hold(folder.lock)
    request = read_json(root / "request.json")
    labels = load_labels(VersionFolder(root / request["data"]))
    truth = choose_pictures(Truth(labels.images, labels.annotations, labels.categories), request["split"])
    count = len(truth.images)
    status = Status(Phase.RUNNING, pid=os.getpid(), of_iterations=count, activity="evaluating", started=time.time())
    write_status(folder.status, status.with_(updated=time.time()))
    if os.environ.get("PERFECT_JUDGE_FAILS"):
        failed = status.with_(phase=Phase.FAILED, reason="The model is a teapot.", remedy="Use another one.")
        write_status(folder.status, failed.with_(updated=time.time()))
        return 1
    objects = truth.annotations
    columns = {name: objects[name] for name in ("image_id", "category_id", *BOX_COLUMNS)}
    columns |= {"detection_id": objects["annotation_id"], "score": objects["annotation_id"] * 0 + 0.9}
    judge(truth, from_columns(DETECTIONS, columns), root, request["iou"])
    write_status(folder.status, status.with_(phase=Phase.FINISHED, iteration=count, updated=time.time()))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
