"""One uninterrupted run and one that is stopped and resumed, trained once for all tests of this file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from core.errors import RecipeError
from core.evaluation.spec import EvaluationSpec
from core.evaluation.validation_samples import MOST_BOXES, kept_steps, load_step
from core.files import read_json, write_json
from core.tables import boxes_xyxy, read_table
from core.training.launch.devices import Device
from core.training.metrics.log import curves, read_metrics
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import Recipe
from core.training.run.checkpoints import find_checkpoint
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import BestFigures, Phase, read_status
from core.worker.commands.evaluate import evaluate
from core.worker.commands.train import Outcome, train
from core.worker.data.dataset import open_data
from core.worker.engine import metrics_hook
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run

CPU = Device(key="cpu", title="CPU, 2 cores")
STOPPED_AT, LENGTH = 8, 28
RECIPE = tiny_recipe(LENGTH, evaluate_every=14, warmup=4, decay_at=(26,), learning_rate=0.02)


class StopAt(StopSwitch):
    """Asks for a stop once the status says so many iterations."""

    def __init__(self, reporter: Reporter, iteration: int) -> None:
        super().__init__(Path("nobody asks by a file"))
        self._reporter, self._iteration = reporter, iteration

    def __call__(self) -> bool:
        return self._reporter.status.iteration >= self._iteration


def _train(folder: RunFolder, recipe: Recipe, stop_at: int = 1_000_000) -> Outcome:
    reporter = Reporter(folder.status, recipe.iterations)
    outcome = train(folder, recipe, read_job(folder), CPU, reporter, StopAt(reporter, stop_at))
    reporter.end(outcome.phase, outcome.reason)
    return outcome


@dataclass(frozen=True, kw_only=True)
class Trained:
    root: Path
    data: Path
    whole: RunFolder
    resumed: RunFolder
    stopped: Outcome
    stopped_index: dict[str, Any]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    root = tmp_path_factory.mktemp("workspace")
    data = tiny_data(root, DatasetMaker(train=6, val=3, background=1))
    whole, resumed = (tiny_run(root, name, RECIPE, data) for name in ("whole", "resumed"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics_hook, "_METRICS_INTERVAL_S", 0.0)  # a record an iteration
        _train(whole, RECIPE)
        stopped = _train(resumed, RECIPE, stop_at=STOPPED_AT)
        index = read_json(resumed.checkpoints / "index.json")
        torch.rand(100)
        _train(resumed, RECIPE)
    return Trained(root=root, data=data, whole=whole, resumed=resumed, stopped=stopped, stopped_index=index)


def _values(folder: RunFolder, name: str) -> dict[int, float]:
    curve = curves(read_metrics(folder.metrics)[0], [name])[name]
    return dict(zip(curve.iterations.tolist(), curve.values.tolist(), strict=True))


def test_a_stop_writes_a_checkpoint_of_the_iteration_reached(trained: Trained) -> None:
    assert trained.stopped.phase is Phase.STOPPED
    assert f"after iteration {STOPPED_AT}" in trained.stopped.reason
    assert trained.stopped_index["last"] == {"iteration": STOPPED_AT}


def test_the_losses_after_a_resume_equal_those_of_the_uninterrupted_run(trained: Trained) -> None:
    whole, resumed = _values(trained.whole, "loss/total"), _values(trained.resumed, "loss/total")
    assert list(whole) == list(resumed) == list(range(1, LENGTH + 1))
    after = range(STOPPED_AT + 1, LENGTH + 1)
    assert [resumed[i] for i in after] == [whole[i] for i in after]


def test_the_final_weights_after_a_resume_are_the_same_bits(trained: Trained) -> None:
    whole, resumed = (
        torch.load(folder.checkpoints / "last.pth", weights_only=True) for folder in (trained.whole, trained.resumed)
    )
    assert whole["iteration"] == resumed["iteration"] == LENGTH
    assert all(torch.equal(value, resumed["model"][name]) for name, value in whole["model"].items())


def test_losses_are_finite_and_fall_on_a_set_this_small(trained: Trained) -> None:
    losses = np.array(list(_values(trained.whole, "loss/total").values()))
    assert np.isfinite(losses).all()
    assert losses[-5:].mean() < 0.8 * losses[:5].mean()


def test_validation_is_evaluated_on_schedule_and_at_the_end(trained: Trained) -> None:
    assert list(_values(trained.whole, "ap")) == list(_values(trained.whole, "val_loss/total")) == [14, LENGTH]


def test_sample_predictions_are_kept_at_each_evaluation_and_are_the_ones_that_were_evaluated(trained: Trained) -> None:
    assert kept_steps(trained.whole.samples) == kept_steps(trained.resumed.samples) == [14, LENGTH]
    last = load_step(trained.whole.samples, LENGTH)
    pd.testing.assert_frame_equal(last, load_step(trained.resumed.samples, LENGTH))
    folder, _ = _evaluate(trained, "samples", split="val", checkpoint="last")
    outcomes = read_table(folder.root / "detections.parquet").sort_values("score", ascending=False)
    outcomes = outcomes.groupby("image_id").head(MOST_BOXES)
    assert len(last) == len(outcomes) > 0
    np.testing.assert_allclose(np.sort(last["score"]), np.sort(outcomes["score"]), atol=1e-6)


def test_the_validation_loss_is_that_of_the_whole_and_its_parts_add_up(trained: Trained) -> None:
    parts = [_values(trained.whole, f"val_loss/{name}")[LENGTH] for name in ("cls", "box_reg", "rpn_cls", "rpn_loc")]
    assert sum(parts) == pytest.approx(_values(trained.whole, "val_loss/total")[LENGTH])
    assert _values(trained.resumed, "val_loss/total") == _values(trained.whole, "val_loss/total")


def test_the_learning_rate_warms_up_and_decays(trained: Trained) -> None:
    rates = _values(trained.whole, "lr")
    assert rates[1] < rates[3] < rates[5] == pytest.approx(0.02)
    assert rates[27] == pytest.approx(0.002)


def test_the_best_checkpoint_is_the_one_with_the_highest_ap(trained: Trained) -> None:
    aps = _values(trained.whole, "ap")
    best = find_checkpoint(trained.whole, "best")
    assert best is not None
    assert best.ap == max(aps.values()) == aps[best.iteration]
    assert read_status(trained.whole.status).best == BestFigures(iteration=best.iteration, ap=best.ap, ap50=best.ap50)


def test_the_status_of_a_finished_run_says_so(trained: Trained) -> None:
    status = read_status(trained.whole.status)
    assert (status.phase, status.iteration, status.of_iterations) == (Phase.FINISHED, LENGTH, LENGTH)
    assert status.device.startswith("CPU")
    assert status.metrics["loss/total"] == _values(trained.whole, "loss/total")[LENGTH]


def test_a_run_remembers_its_configuration_its_weights_and_tensorboard_events(trained: Trained) -> None:
    assert "MAX_ITER: 28" in (trained.whole.root / "config.yaml").read_text()
    assert read_json(trained.whole.root / "weights.json")["source"] == "random"
    assert list((trained.whole.root / "tensorboard").glob("events.*"))


def test_a_lost_index_is_made_anew_from_the_checkpoints(trained: Trained) -> None:
    index = trained.whole.checkpoints / "index.json"
    before = read_json(index)
    index.unlink()
    _train(trained.whole, RECIPE)  # nothing is left to train; the last evaluation is made again
    assert read_json(index) == before


def test_a_longer_recipe_goes_on_from_the_last_checkpoint(trained: Trained) -> None:
    outcome = _train(trained.resumed, tiny_recipe(LENGTH + 2, evaluate_every=0, warmup=4))
    assert outcome.phase is Phase.FINISHED
    assert find_checkpoint(trained.resumed, "last").iteration == LENGTH + 2  # type: ignore[union-attr]


def test_patience_ends_a_run_that_no_longer_gains(trained: Trained) -> None:
    # With a learning rate of next to nothing no AP gets better; equal ones count as better, so the floor is raised.
    recipe = tiny_recipe(12, evaluate_every=2, patience=2, learning_rate=1e-9)
    folder = tiny_run(trained.root, "patient", recipe, trained.data)
    folder.checkpoints.mkdir()
    best = torch.load(trained.whole.checkpoints / "best.pth", weights_only=True)
    torch.save({**best, "iteration": 0, "ap": 0.99}, folder.checkpoints / "best.pth")
    outcome = _train(folder, recipe)
    assert outcome.phase is Phase.FINISHED
    assert "No better AP on validation in 2 evaluations" in outcome.reason
    assert read_status(folder.status).iteration == 4


def test_a_run_for_other_classes_than_the_data_has_is_refused(trained: Trained) -> None:
    folder = tiny_run(trained.root, "strange", RECIPE, trained.data)
    job = read_json(folder.job)
    write_json(folder.job, {**job, "classes": ["red", "green"]})
    with pytest.raises(RecipeError, match="red, green"):
        _train(folder, RECIPE)


def _evaluate(trained: Trained, name: str, **request: Any) -> tuple[RunFolder, Reporter]:
    folder = RunFolder(trained.root / "evaluations" / name)
    folder.root.mkdir(parents=True)
    asked = {"run": "whole", "checkpoint": "best", "data": str(trained.data), "split": "all", "iou": 0.5, **request}
    spec = EvaluationSpec(**asked)
    reporter = Reporter(folder.status)
    evaluate(folder, trained.whole, spec, CPU, reporter, StopSwitch(folder.stop_request))
    return folder, reporter


def test_an_evaluation_writes_tables_whose_ap_equals_pycocotools(trained: Trained) -> None:
    folder, reporter = _evaluate(trained, "all")
    assert reporter.status.phase is Phase.FINISHED
    scores = read_json(folder.root / "scores.json")["scores"]
    assert scores["ap50"] > 0
    expected = _pycocotools(trained.data, folder.root / "detections.parquet")
    np.testing.assert_allclose([scores["ap"], scores["ap50"], scores["ap75"]], expected, atol=1e-6)


def test_an_evaluation_of_the_validation_split_repeats_the_figures_of_training(trained: Trained) -> None:
    folder, _ = _evaluate(trained, "val", split="val")
    best = find_checkpoint(trained.whole, "best")
    assert best is not None
    assert read_json(folder.root / "scores.json")["scores"]["ap"] == pytest.approx(best.ap, abs=1e-9)


def test_what_was_known_before_the_start_stays_with_the_result(trained: Trained) -> None:
    folder, _ = _evaluate(trained, "told", split="val", notes=("Brightness differs.",))
    assert "Brightness differs." in read_json(folder.root / "scores.json")["notes"]


def test_classes_are_joined_by_name_when_the_data_set_is_another_one(trained: Trained, tmp_path: Path) -> None:
    data = open_data(trained.data)
    other = tmp_path / "other"
    other.mkdir()
    (other / "images").symlink_to(trained.data / "images")
    data.images.to_parquet(other / "images.parquet")
    # Blue is class 1 for the model and class 0 here; red is not there at all.
    blue = data.annotations[data.annotations["category_id"] == 1].assign(category_id=0)
    blue.to_parquet(other / "annotations.parquet")
    data.categories.iloc[1:].assign(category_id=0).to_parquet(other / "categories.parquet")
    folder, _ = _evaluate(trained, "other", data=str(other))
    document = read_json(folder.root / "scores.json")
    same, _ = _evaluate(trained, "same")
    blue_there = read_json(same.root / "scores.json")["scores"]["per_class"][1]["ap"]
    assert document["scores"]["per_class"][0]["ap"] == pytest.approx(blue_there)
    assert any("red" in note for note in document["notes"])


def _pycocotools(data: Path, detections: Path) -> list[float]:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    version, found = open_data(data), read_table(detections)
    images = version.split("all")
    truths = version.annotations_of(images)
    truth = COCO()
    truth.dataset = {
        "images": [{"id": int(i)} for i in images["image_id"]],
        "categories": [{"id": int(i)} for i in version.categories["category_id"]],
        "annotations": [
            {"id": n, "image_id": int(i), "category_id": int(c), "bbox": _xywh(box), "area": float(area), "iscrowd": 0}
            for n, (i, c, box, area) in enumerate(
                zip(truths["image_id"], truths["category_id"], boxes_xyxy(truths), truths["area"], strict=True), start=1
            )
        ],
    }
    truth.createIndex()
    results = [
        {"image_id": int(i), "category_id": int(c), "bbox": _xywh(box), "score": float(score)}
        for i, c, box, score in zip(
            found["image_id"], found["category_id"], boxes_xyxy(found), found["score"], strict=True
        )
    ]
    coco_eval = COCOeval(truth, truth.loadRes(results), "bbox")
    coco_eval.evaluate()
    coco_eval.accumulate()
    coco_eval.summarize()
    return [float(value) for value in coco_eval.stats[:3]]


def _xywh(box: Any) -> list[float]:
    return [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]
