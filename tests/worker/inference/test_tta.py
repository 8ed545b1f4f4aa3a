"""Test-time augmentation: an image gets the same detections however it lies, by a run and by later evaluations."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from detectron2.structures import Instances

from core.errors import RecipeError
from core.evaluation.spec import EvaluationSpec
from core.evaluation.store import load
from core.training.launch.devices import Device
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import TEST_TIME_AUGMENTATION, Augmentation, Recipe, View, with_mirrored_view
from core.training.run.checkpoints import find_checkpoint
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.worker.commands.evaluate import evaluate
from core.worker.commands.train import train
from core.worker.data.dataset import Record, open_data, records
from core.worker.inference.predict import predict
from core.worker.inference.tta import TestTimeAugmentation
from core.worker.model.config import make_config
from core.worker.model.detectron import build
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import CLASSES, tiny_data, tiny_recipe, tiny_run

CPU = Device(key="cpu", title="CPU, 2 cores")
# Of the image on disk; the network sees 64 × 96.
HEIGHT, WIDTH = 128, 192


def _lying(view: View) -> Record:
    """An image of noise as it lies under a look, as the mapper gives it."""
    noise = torch.randint(0, 256, (3, 64, 96), generator=torch.Generator().manual_seed(4), dtype=torch.uint8)
    image = torch.rot90(noise.flip(2) if view.mirrored else noise, view.turns, (1, 2)).contiguous()
    height, width = (WIDTH, HEIGHT) if view.turns % 2 else (HEIGHT, WIDTH)
    return {"image": image, "height": height, "width": width}


def _upright(table: np.ndarray, view: View) -> np.ndarray:
    """(N, 4) boxes of a view -> the same boxes in the upright image."""
    boxes = table.copy()
    for turn in range(view.turns, 0, -1):  # a quarter clockwise: x = width - y', y = x'
        side = WIDTH if turn % 2 else HEIGHT
        x1, y1, x2, y2 = boxes[:, 2:].T.copy()
        boxes[:, 2:] = np.stack([side - y2, x1, side - y1, x2], axis=1)
    if view.mirrored:
        boxes[:, [2, 4]] = WIDTH - boxes[:, [4, 2]]
    return boxes


def _table(found: Instances) -> np.ndarray:
    """(N, 6) class, score and corners in px, by falling score."""
    columns = [found.pred_classes[:, None].float(), found.scores[:, None], found.pred_boxes.tensor]
    rows = torch.cat(columns, dim=1).numpy()
    return np.asarray(rows[np.argsort(-rows[:, 1], kind="stable")])


@pytest.mark.parametrize("model", ["small", "small_cascade"])
@pytest.mark.parametrize(
    "augmentation",
    [Augmentation(), Augmentation(flip_vertical=True), Augmentation(quarter_turns=True)],
    ids=["mirrored", "and upside down", "and turned"],
)
def test_an_image_gets_the_same_detections_however_it_lies(model: str, augmentation: Augmentation) -> None:
    recipe = with_mirrored_view(tiny_recipe(model=model, augmentation=augmentation))
    torch.manual_seed(1)
    cfg = make_config(recipe, list(CLASSES))
    net = build(cfg).eval()
    augmented = TestTimeAugmentation(cfg, net, recipe.views)
    with torch.no_grad():
        upright = _table(augmented([_lying(View())])[0]["instances"])
        once = _table(net([_lying(View())])[0]["instances"])
        for view in recipe.views:
            lying = _table(augmented([_lying(view)])[0]["instances"])
            np.testing.assert_allclose(_upright(lying, view), upright, atol=1e-2)
    assert len(upright) > 10
    # One look alone does not see that.
    assert len(once) != len(upright) or np.abs(once - upright).max() > 0.1


def test_the_looks_are_merged_and_not_added(tmp_path: Path) -> None:
    version = tiny_data(tmp_path)
    samples = records(open_data(version), open_data(version).images)
    recipe = with_mirrored_view(tiny_recipe())
    cfg = make_config(recipe, list(CLASSES))
    detections = predict(build(cfg), cfg, recipe.views, samples, lambda done, of: None, lambda: False)
    assert detections is not None
    most = detections.detections.groupby("image_id").size().max()
    assert 0 < most <= cfg.TEST.DETECTIONS_PER_IMAGE


def test_a_model_without_proposals_is_refused_by_name() -> None:
    recipe = with_mirrored_view(tiny_recipe(model="retinanet_R_50_FPN_3x", overrides={}))
    with pytest.raises(RecipeError, match=rf"{TEST_TIME_AUGMENTATION} is not available for RetinaNet") as refused:
        make_config(recipe, list(CLASSES))
    assert refused.value.remedy


@dataclass(frozen=True, kw_only=True)
class Trained:
    root: Path
    data: Path
    run: RunFolder


def _trained(root: Path, recipe: Recipe, maker: DatasetMaker) -> Trained:
    data = tiny_data(root, maker)
    run = tiny_run(root, "twice", recipe, data)
    reporter = Reporter(run.status, recipe.iterations)
    assert train(run, recipe, read_job(run), CPU, reporter, StopSwitch(run.stop_request)).phase is Phase.FINISHED
    return Trained(root=root, data=data, run=run)


def _evaluated(trained: Trained, name: str, mirrored: bool) -> pd.DataFrame:
    """The detections of an evaluation of the last checkpoint, which is the best one too, on validation."""
    folder = RunFolder(trained.root / "evaluations" / name)
    folder.root.mkdir(parents=True)
    spec = EvaluationSpec(checkpoint="last", data=str(trained.data), split="val", iou=0.5, mirrored=mirrored)
    evaluate(folder, trained.run, spec, CPU, Reporter(folder.status), StopSwitch(folder.stop_request))
    return load(folder.root).detections


def test_an_evaluation_looks_twice_where_it_is_asked_to_or_the_recipe_does(tmp_path: Path) -> None:
    recipe = tiny_recipe(28, warmup=4, decay_at=(26,), learning_rate=0.02)
    usual = _trained(tmp_path / "usual", recipe, DatasetMaker(train=6, val=3))
    twice = _trained(tmp_path / "twice", with_mirrored_view(recipe), DatasetMaker(train=6, val=3))

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


@pytest.mark.parametrize(
    "augmentation", [Augmentation(), Augmentation(quarter_turns=True)], ids=["mirrored", "and turned"]
)
def test_masks_are_those_of_all_looks(augmentation: Augmentation) -> None:
    recipe = with_mirrored_view(tiny_recipe(model="small_mask", augmentation=augmentation))
    torch.manual_seed(1)
    cfg = make_config(recipe, list(CLASSES))
    net = build(cfg).eval()
    augmented = TestTimeAugmentation(cfg, net, recipe.views)
    with torch.no_grad():
        net.roi_heads.mask_head.predictor.weight *= 100  # an untrained model is unsure of every pixel
        upright = augmented([_lying(View())])[0]["instances"]
        for view in recipe.views:
            lying = augmented([_lying(view)])[0]["instances"]
            back = torch.rot90(lying.pred_masks, -view.turns, (1, 2))
            back = back.flip(2) if view.mirrored else back
            assert (back != upright.pred_masks).float().mean() < 1e-3
    # A whole rectangle, or nothing, would be the same however it is turned.
    assert 0.02 < upright.pred_masks.float().mean() / _inside(upright) < 0.9


def _inside(found: Instances) -> float:
    """The share of the image inside of a box, the mean over the boxes."""
    return float(found.pred_boxes.area().mean()) / (WIDTH * HEIGHT)
