"""A run on data with crowd regions and regions without a class, really trained, validated and evaluated."""

from pathlib import Path

import numpy as np
import pytest

from core.evaluation.ignored_regions import EVERY_CLASS
from core.evaluation.spec import EvaluationSpec
from core.evaluation.store import load
from core.evaluation.validation_samples import load_images
from core.tables import ANNOTATIONS, BOX_COLUMNS, IGNORED, conform, load_table, read_table, write_table
from core.training.launch.devices import Device
from core.training.metrics.log import read_metrics
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.worker.commands.evaluate import evaluate
from core.worker.commands.train import train
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run

CPU = Device(key="cpu", title="CPU, 2 cores")


def _with_regions(data: Path) -> None:
    """Makes every red object a crowd region, and the left half of every image a region without a class."""
    objects = load_table(data / "annotations.parquet", ANNOTATIONS)
    write_table(data / "annotations.parquet", objects.assign(is_crowd=objects["category_id"] == 0))
    images = read_table(data / "images.parquet")[["image_id"]]
    half = dict(zip(BOX_COLUMNS, (0, 0, 48, 96), strict=True))
    write_table(data / "ignored.parquet", conform(images.assign(**half, reason="DontCare"), IGNORED))


@pytest.mark.parametrize("model", ["small", "small_cascade", "small_mask"])
def test_a_run_on_data_with_regions_trains_validates_and_is_evaluated(model: str, tmp_path: Path) -> None:
    data = tiny_data(tmp_path, DatasetMaker(train=4, val=2, background=1, masks="polygons"))
    _with_regions(data)
    recipe = tiny_recipe(3, model=model, evaluate_every=3)
    run = tiny_run(tmp_path, "regions", recipe, data)
    outcome = train(run, recipe, read_job(run), CPU, Reporter(run.status, 3), StopSwitch(run.stop_request))
    assert outcome.phase is Phase.FINISHED
    lines, _ = read_metrics(run.metrics)
    losses = [line[name] for line in lines for name in line if name.startswith(("loss/", "val_loss/"))]
    assert losses
    assert np.isfinite(losses).all()
    samples = load_images(run.samples)
    assert samples is not None
    assert (samples.truths["category_id"] == EVERY_CLASS).sum() == 2
    folder = RunFolder(tmp_path / "evaluations" / "e-1")
    folder.root.mkdir(parents=True)
    spec = EvaluationSpec(run="regions", checkpoint="last", data=str(data), split="all", iou=0.5)
    evaluate(folder, run, spec, CPU, Reporter(folder.status), StopSwitch(folder.stop_request))
    truths = load(folder.root).truth.annotations
    assert (truths["category_id"] == EVERY_CLASS).sum() == 6
    outcomes = read_table(folder.root / "detections.parquet")
    inside = outcomes["x2"] <= 48
    assert inside.any()
    assert not (outcomes.loc[inside, "outcome"] == "false_positive").any()
