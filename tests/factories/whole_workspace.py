"""Maker of a small workspace with one of every kind of item, and a healthy sibling of each.

Tests damage the files of `broken`; `sound` must survive.
"""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from core.evaluation.thresholds.rules import ThresholdRule
from core.evaluation.thresholds.stored import StoredThresholds, store_thresholds
from core.evaluation.thresholds.stored_temperatures import StoredTemperatures, write_temperatures
from core.files import write_json
from core.services import evaluation as error_bars
from core.services import runs
from core.services.evaluation import open_evaluation
from core.settings import Settings
from core.training.metrics.curve_reader import CurveReader
from core.training.run.folder import RunFolder
from core.training.run.groups import GroupPart
from core.training.run.job import Job, write_job
from core.training.run.measurements import write_measurements
from core.training.run.status import Phase, Status, write_status
from core.workspace.decisions import Decision, change_decisions
from core.workspace.layout import Layout
from core.workspace.openings import Opening, log_opening
from core.workspace.registry import Registry
from tests.factories.actors import ADA
from tests.factories.custom_models import stored_custom_model
from tests.factories.evaluated import EvaluationMaker
from tests.factories.measurements import measurements
from tests.factories.progress import silent
from tests.factories.runs import RunMaker
from tests.factories.samples import SampledRunMaker
from tests.factories.tiny_dataset import DatasetMaker


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The settings and the ids of the items."""

    settings: Settings
    dataset: str
    sound_dataset: str
    run: str
    sound_run: str
    evaluation: str
    sound_evaluation: str
    model: str
    sound_model: str
    trashed: str  # folder name in the trash
    check: str

    def folder(self, kind: str) -> Path:
        """The folder of the item of a kind that tests damage."""
        return Layout(self.settings.workspace).folder(kind, getattr(self, kind))

    def copy(self, target: Path) -> "Workspace":
        """A copy of the workspace by hard links, because writers replace files and never change them."""
        shutil.copytree(self.settings.workspace, target, copy_function=os.link, symlinks=True)
        for path in (target / "registry.sqlite", *target.glob("**/*.jsonl"), *target.glob("**/*.lock")):
            data = path.read_bytes()
            path.unlink()
            path.write_bytes(data)
        return Workspace(**{**self.__dict__, "settings": Settings(workspace=target)})


def make_workspace(root: Path) -> Workspace:
    """Makes the workspace."""
    settings = Settings(workspace=root)
    dataset, sound_dataset = (DatasetMaker(name=name, train=4, val=3, seed=n).make(settings) for n, name in
                              enumerate(("broken set", "sound set")))  # fmt: skip
    run = SampledRunMaker(dataset=dataset, name="broken run", steps=(200, 400)).make(settings)
    sound_run = RunMaker(name="sound run", dataset=sound_dataset, classes=("red", "blue")).make(settings)
    evaluation = EvaluationMaker(dataset=dataset, run=run, name="broken evaluation").make(settings)
    sound_evaluation = EvaluationMaker(dataset=sound_dataset, run=sound_run, name="sound evaluation").make(settings)
    _fill_run(settings, run, dataset, evaluation)
    _fill_dataset(settings, dataset, evaluation)
    opened = open_evaluation(settings, evaluation)
    error_bars.error_bars(settings, opened, silent, resamples=100, actor=ADA)
    models = [stored_custom_model(settings, name, ("red", "blue")) for name in ("broken model", "sound model")]
    deleted = [RunMaker(name=name, dataset=dataset).make(settings) for name in ("broken trash", "sound trash")]
    for one in reversed(deleted):
        runs.delete(settings, one, actor=ADA)
    (trashed,) = Layout(settings.workspace).trash.glob(f"*-{deleted[0]}")
    check = _check(settings, run)
    write_json(settings.workspace / "slots/order.json", [{"key": run, "enqueued": 1.0, "priority": 1, "place": 2.0}])
    (settings.workspace / "slots/waiting").mkdir(exist_ok=True)
    return Workspace(
        settings=settings,
        dataset=dataset,
        sound_dataset=sound_dataset,
        run=run,
        sound_run=sound_run,
        evaluation=evaluation,
        sound_evaluation=sound_evaluation,
        model=models[0],
        sound_model=models[1],
        trashed=trashed.name,
        check=check,
    )


def _fill_run(settings: Settings, run: str, dataset: str, evaluation: str) -> None:
    """Writes every file that a run can have."""
    layout = Layout(settings.workspace)
    folder = RunFolder(layout.folder("run", run))
    runs.write_note(settings, run, "A **note**.", actor=ADA)
    runs.change_tags(settings, run, ["good"], actor=ADA)
    part = GroupPart(group="g-234567", name="seeds of it", kind="seeds", place=1, of=2, label="seed 1")
    data = layout.version(dataset, "v1")
    write_job(
        folder,
        Job(run=run, name="broken run", dataset=dataset, version="v1", data=data, slots=layout.slots,
            weights_cache=layout.weights, weights_file=None, classes=("red", "blue"), group=part,
            splits_note="It has splits."),
    )  # fmt: skip
    write_json(folder.splits, {"train": [1, 2, 3, 4], "val": [5, 6, 7]})
    write_json(folder.repaired_by, {"run": run})
    write_json(folder.repaired_from, {"run": run, "cause": "It failed.", "iteration": 100, "changes": []})
    counts = {"loaded": 5, "resized": 1, "reinitialised": 0, "missing": 0, "ignored": 0}
    write_json(folder.weights, {"source": "a file", "groups": [{"group": "backbone", **counts, "note": ""}]})
    start = {"time": 1.0, "iteration": 0, "device": "CPU", "seed": 1, "data_hash": "0" * 64, "git": "abc",
             "python": "3.11", "platform": "Linux", "cuda": None, "threads": 2, "packages": {"torch": "2"}}  # fmt: skip
    write_json(folder.environment, {"starts": [start]})
    thresholds = StoredThresholds(
        score=0.4, per_class={"red": 0.4}, rule=ThresholdRule(), iou=0.5, evaluation=evaluation, dataset=dataset,
        version="v1", split="val", checkpoint="best", chosen=1.7e9,
    )  # fmt: skip
    store_thresholds(folder.root, thresholds, "The run")
    temperatures = StoredTemperatures(
        pooled=1.2, per_class={"red": 1.3}, offset=0.2, offsets={"red": 0.3}, floor=0.01, detections=40, iou=0.5,
        evaluation=evaluation, dataset=dataset, version="v1", split="val", checkpoint="best", fitted=1.7e9,
    )  # fmt: skip
    write_temperatures(folder.root, temperatures, "The run")
    CurveReader(folder).curves()


def _fill_dataset(settings: Settings, dataset: str, evaluation: str) -> None:
    layout = Layout(settings.workspace)
    decision = Decision(
        verdict="reject", kind="missing", image_id=5, annotation_id=0, category_id=0, box=(1.0, 1.0, 20.0, 20.0),
        score=0.9, evaluation=evaluation, suspect_id=1, decided=1.7e9,
    )  # fmt: skip
    change_decisions(layout, dataset, "v1", lambda known: [*known, decision])
    log_opening(layout, dataset, "v1", Opening(time=1.7e9, place="page", evaluation=evaluation, subject="r-abc"))


def _check(settings: Settings, run: str) -> str:
    """A finished preflight check of the run's recipe."""
    layout, key = Layout(settings.workspace), "p-234567"
    folder = RunFolder(layout.preflights / key)
    folder.root.mkdir(parents=True)
    source = RunFolder(layout.folder("run", run))
    for path in (source.recipe, source.job):
        shutil.copyfile(path, folder.root / path.name)
    write_json(folder.root / "request.json", {"auto": False, "val": 3})
    write_measurements(folder.root, measurements())
    now = time.time()
    write_status(folder.status, Status(phase=Phase.FINISHED, started=now, updated=now))
    Registry(settings).refresh()
    return key


def files_of(workspace: Workspace) -> dict[str, Path]:
    """Every file whose damage matters, by its role: `run/status.json`, `dataset/versions/v1/images.parquet`, …"""
    root = workspace.settings.workspace
    folders = {kind: workspace.folder(kind) for kind in ("run", "dataset", "evaluation", "model")}
    folders["trash"], folders["check"] = root / "trash" / workspace.trashed, root / "preflights" / workspace.check
    folders["slots"] = root / "slots"
    ends = (".json", ".jsonl", ".parquet", ".npz")
    found = {
        f"{kind}/{path.relative_to(folder).as_posix()}": path
        for kind, folder in folders.items()
        for path in sorted(folder.rglob("*"))
        if path.suffix in ends and not (kind == "trash" and path.name not in ("run.json", "job.json"))
    }
    return found | {"run/log.txt": folders["run"] / "log.txt"}
