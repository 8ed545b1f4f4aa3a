"""Runs with their own splits, trained for real: a fold, and everything."""

import logging
from pathlib import Path

import pytest

from core.evaluation.spec import EvaluationSpec
from core.evaluation.validation_samples import kept_steps
from core.files import read_json
from core.tables import read_table
from core.training.metrics.log import curves, read_metrics
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.run.checkpoints import list_checkpoints
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.splits import RunSplits, write_splits
from core.training.run.status import Phase, read_status
from core.worker.commands.evaluate import evaluate
from core.worker.commands.train import train
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run
from tests.worker.commands.test_train import CPU


def _train(root: Path, name: str, data: Path, splits: RunSplits) -> RunFolder:
    recipe = tiny_recipe(3)
    folder = tiny_run(root, name, recipe, data)
    write_splits(folder, splits)
    reporter = Reporter(folder.status, recipe.iterations)
    outcome = train(folder, recipe, read_job(folder), CPU, reporter, StopSwitch(folder.stop_request))
    reporter.end(outcome.phase, outcome.reason)
    return folder


def test_a_fold_is_trained_and_validated_on_its_own_images_and_evaluated_on_them_later(tmp_path: Path) -> None:
    data = tiny_data(tmp_path, DatasetMaker(train=6, val=3))
    folder = _train(tmp_path, "fold", data, RunSplits(train=(1, 2, 3, 7, 8), val=(4, 5, 6, 9)))
    assert read_status(folder.status).pictures == 5
    assert "ap" in read_status(folder.status).metrics
    evaluation = RunFolder(tmp_path / "evaluations" / "e")
    evaluation.root.mkdir(parents=True)
    spec = EvaluationSpec(run="fold", checkpoint="last", data=str(data), split="val", iou=0.5)
    reporter = Reporter(evaluation.status)
    evaluate(evaluation, folder, spec, CPU, reporter, StopSwitch(evaluation.stop_request))
    assert reporter.status.of_iterations == 4
    outcomes = read_table(evaluation.root / "images.parquet")
    assert sorted(outcomes["image_id"]) == [4, 5, 6, 9]


def test_a_run_on_everything_sees_all_images_and_has_a_checkpoint_but_no_ap(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = tiny_data(tmp_path, DatasetMaker(train=6, val=3))
    with caplog.at_level(logging.INFO):
        folder = _train(tmp_path, "everything", data, RunSplits(train=tuple(range(1, 10)), val=()))
    status = read_status(folder.status)
    assert (status.phase, status.pictures, status.best) == (Phase.FINISHED, 9, None)
    assert [(checkpoint.kind, checkpoint.iteration) for checkpoint in list_checkpoints(folder)] == [("last", 3)]
    assert "ap" not in curves(read_metrics(folder.metrics)[0])
    assert read_json(folder.checkpoints / "index.json")["best"] is None
    assert kept_steps(folder.samples) == []
    assert "9 images to train on, 0 to validate on" in caplog.text


def test_images_that_a_run_must_not_see_are_neither_trained_on_nor_validated_with(tmp_path: Path) -> None:
    data = tiny_data(tmp_path, DatasetMaker(train=6, val=3))
    folder = _train(tmp_path, "share", data, RunSplits(train=(1, 2), val=(), unused=(3, 4, 5, 6)))
    assert read_status(folder.status).pictures == 2
    assert "ap" in read_status(folder.status).metrics
