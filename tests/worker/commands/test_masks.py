"""A model that draws masks, really trained for a few iterations on polygons and run lengths, and evaluated."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from core.evaluation.scores.mask_scores import MASK
from core.evaluation.spec import EvaluationSpec
from core.evaluation.store import load
from core.files import read_json
from core.training.launch.devices import Device
from core.training.metrics.log import read_metrics
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import Augmentation
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.worker.commands.evaluate import evaluate
from core.worker.commands.train import train
from core.worker.data.mask_transforms import masks_of
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run

CPU = Device(key="cpu", title="CPU, 2 cores")
AUGMENTED = Augmentation(rotation_deg=10, crop=0.2, scale=0.2)


@dataclass(frozen=True, kw_only=True)
class Trained:
    root: Path
    data: Path
    run: RunFolder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    root = tmp_path_factory.mktemp("workspace")
    data = tiny_data(root, DatasetMaker(train=4, val=2, background=1, masks="mixed"))
    recipe = tiny_recipe(4, model="small_mask", augmentation=AUGMENTED)
    run = tiny_run(root, "masks", recipe, data)
    reporter = Reporter(run.status, recipe.iterations)
    outcome = train(run, recipe, read_job(run), CPU, reporter, StopSwitch(run.stop_request))
    assert outcome.phase is Phase.FINISHED
    return Trained(root=root, data=data, run=run)


def test_the_mask_loss_is_trained_and_validated(trained: Trained) -> None:
    records, _ = read_metrics(trained.run.metrics)
    assert any(np.isfinite(record.get("loss/mask", np.nan)) for record in records)
    assert any(np.isfinite(record.get("val_loss/mask", np.nan)) for record in records)


def test_validation_has_an_ap_of_masks_beside_that_of_boxes(trained: Trained) -> None:
    outcomes = [record for record in read_metrics(trained.run.metrics)[0] if "ap" in record]
    assert outcomes
    assert all({"segm/ap", "segm/ap50", "segm/ap75"} <= set(record) for record in outcomes)


def test_an_evaluation_keeps_the_ap_of_masks(trained: Trained) -> None:
    folder = RunFolder(trained.root / "evaluations" / "one")
    folder.root.mkdir(parents=True)
    spec = EvaluationSpec(run="masks", checkpoint="last", data=str(trained.data), split="all", iou=0.5)
    evaluate(folder, trained.run, spec, CPU, Reporter(folder.status), StopSwitch(folder.stop_request))
    assert len(read_json(folder.root / "scores.json")["outlines"]["per_class"]) == 2
    stored = load(folder.root)
    assert stored.masks is not None
    assert stored.masks.ap is not None
    assert MASK not in stored.detections.columns


def test_masks_become_run_lengths_of_the_whole_image_and_none_become_none() -> None:
    masks = torch.zeros(2, 6, 8, dtype=torch.bool)
    masks[0, 1:3, 2:5] = True
    first, second = masks_of(masks)
    assert '"size": [6, 8]' in first
    assert first != second
    assert masks_of(masks[:0]) == []
