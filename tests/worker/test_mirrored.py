"""Test-time augmentation: a picture and its mirror image are judged alike, by a run and by later evaluations."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from detectron2.structures import Instances

from core.errors import RecipeError
from core.evaluation.outline_scores import OUTLINE
from core.evaluation.store import load
from core.training.checkpoints import find_checkpoint
from core.training.devices import Device
from core.training.job import read_job
from core.training.recipe import TEST_TIME_AUGMENTATION, Recipe, with_mirrored_look
from core.training.run_folder import RunFolder
from core.training.status import Phase
from core.worker.config import make_config
from core.worker.data import Record, open_data, records
from core.worker.detectron import build
from core.worker.evaluating import evaluate
from core.worker.mirrored import mirrored
from core.worker.predict import predict
from core.worker.reporting import Reporter, StopSwitch
from core.worker.training import train
from tests.makers.tiny_dataset import DatasetMaker
from tests.makers.tiny_run import CLASSES, tiny_data, tiny_recipe, tiny_run

CPU = Device("cpu", "CPU, 2 cores")
# Of the picture on disk; the network sees 64 × 96.
HEIGHT, WIDTH = 128, 192


def _pictures() -> list[Record]:
    """A picture of noise and its mirror image, as the mapper gives them."""
    noise = torch.randint(0, 256, (3, 64, 96), generator=torch.Generator().manual_seed(4), dtype=torch.uint8)
    return [{"image": each, "height": HEIGHT, "width": WIDTH} for each in (noise, noise.flip(2))]


def _table(found: Instances) -> np.ndarray:
    """(N, 6) class, score and corners in px, by falling score."""
    columns = [found.pred_classes[:, None].float(), found.scores[:, None], found.pred_boxes.tensor]
    rows = torch.cat(columns, dim=1).numpy()
    return np.asarray(rows[np.argsort(-rows[:, 1], kind="stable")])


@pytest.mark.parametrize("model", ["small", "small_cascade"])
def test_a_picture_and_its_mirror_image_are_judged_alike(model: str) -> None:
    torch.manual_seed(1)
    cfg = make_config(tiny_recipe(model=model), list(CLASSES))
    net = build(cfg).eval()
    with torch.no_grad():
        straight, turned = (_table(out["instances"]) for out in mirrored(net, cfg)(_pictures()))
        once, _ = (_table(out["instances"]) for out in net(_pictures()))
    assert len(straight) > 10
    mirror_image = turned.copy()
    mirror_image[:, [2, 4]] = WIDTH - turned[:, [4, 2]]
    np.testing.assert_allclose(mirror_image, straight, atol=1e-2)
    # One look alone does not see that.
    assert len(once) != len(straight) or np.abs(once - straight).max() > 0.1


def test_the_looks_are_merged_and_not_added(tmp_path: Path) -> None:
    version = tiny_data(tmp_path)
    samples = records(open_data(version), open_data(version).images)
    cfg = make_config(with_mirrored_look(tiny_recipe()), list(CLASSES))
    found = predict(build(cfg), cfg, samples, lambda done, of: None, lambda: False)
    assert found is not None
    most = found.detections.groupby("image_id").size().max()
    assert 0 < most <= cfg.TEST.DETECTIONS_PER_IMAGE


def test_a_model_without_proposals_is_refused_by_name() -> None:
    recipe = with_mirrored_look(tiny_recipe(model="retinanet_R_50_FPN_3x", overrides={}))
    with pytest.raises(RecipeError, match=rf"{TEST_TIME_AUGMENTATION} cannot be had for RetinaNet") as refused:
        make_config(recipe, list(CLASSES))
    assert refused.value.remedy


@dataclass(frozen=True)
class Trained:
    root: Path
    data: Path
    run: RunFolder


def _trained(root: Path, recipe: Recipe, maker: DatasetMaker) -> Trained:
    data = tiny_data(root, maker)
    run = tiny_run(root, "twice", recipe, data)
    reporter = Reporter(run.status, recipe.iterations)
    assert train(run, recipe, read_job(run), CPU, reporter, StopSwitch(run.stop_request)).phase is Phase.FINISHED
    return Trained(root, data, run)


def _evaluated(trained: Trained, name: str, mirrored: bool) -> pd.DataFrame:
    """The detections of an evaluation of the last checkpoint, which is the best one too, on validation."""
    folder = RunFolder(trained.root / "evaluations" / name)
    folder.root.mkdir(parents=True)
    asked = {"checkpoint": "last", "data": str(trained.data), "split": "val", "iou": 0.5, "mirrored": mirrored}
    evaluate(folder, trained.run, asked, CPU, Reporter(folder.status), StopSwitch(folder.stop_request))
    return load(folder.root).detections


def test_an_evaluation_looks_twice_where_it_is_asked_to_or_the_recipe_does(tmp_path: Path) -> None:
    recipe = tiny_recipe(28, warmup=4, decay_at=(26,), learning_rate=0.02)
    usual = _trained(tmp_path / "usual", recipe, DatasetMaker(train=6, val=3))
    twice = _trained(tmp_path / "twice", with_mirrored_look(recipe), DatasetMaker(train=6, val=3))

    once = _evaluated(usual, "once", mirrored=False)
    asked = _evaluated(usual, "asked", mirrored=True)
    by_recipe = _evaluated(twice, "by recipe", mirrored=False)

    # Looking twice changes nothing in training: both runs have the same weights.
    pd.testing.assert_frame_equal(asked, by_recipe)
    assert not once.equals(asked)
    best = find_checkpoint(twice.run, "best")
    later = load(twice.root / "evaluations" / "by recipe").scores
    assert best is not None
    assert later.ap is not None
    assert best.ap == pytest.approx(later.ap, abs=1e-9)
    assert later.ap50


def test_masks_of_both_looks_are_merged(tmp_path: Path) -> None:
    maker = DatasetMaker(train=2, val=1, outlines="polygons")
    version = tiny_data(tmp_path, maker)
    data = open_data(version)
    cfg = make_config(with_mirrored_look(tiny_recipe(model="small_mask")), list(CLASSES))
    found = predict(build(cfg), cfg, records(data, data.images, masks=True), lambda done, of: None, lambda: False)
    assert found is not None
    assert len(found.detections) > 0
    assert found.detections[OUTLINE].str.contains('"counts"').all()
