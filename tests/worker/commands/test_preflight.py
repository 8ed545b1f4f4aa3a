"""The check before a training, in this process: what is measured, and how the largest batch is searched."""

import time
from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import AppError
from core.training.launch.devices import Device
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.recipe.recipe import Augmentation, Recipe, Weights
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.measurements import Measurements, read_measurements
from core.training.run.status import Phase, read_status
from core.worker.commands import batch_size_search
from core.worker.commands.preflight import Asked, check
from core.worker.data.worst_case_batch import worst_recipe, worst_records
from core.worker.engine import resources
from core.worker.model.config import make_config
from core.worker.model.norm_statistics import FixedNorm
from core.worker.weights.initial_weights import build_for
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import tiny_data, tiny_jitter_recipe, tiny_recipe, tiny_run

CPU = Device(key="cpu", title="CPU, 2 cores")


def _check(root: Path, recipe: Recipe, is_auto: bool = False, name: str = "p") -> RunFolder:
    data = next(iter(root.glob("datasets/*/versions/v1")), None) or tiny_data(root, DatasetMaker(train=34, val=3))
    folder = tiny_run(root, name, recipe, data)
    reporter = Reporter(folder.status)
    asked = Asked(recipe=recipe, job=read_job(folder), is_auto=is_auto, began=time.time() - 1)
    check(folder, asked, CPU, reporter, StopSwitch(folder.stop_request))
    return folder


def _measured(folder: RunFolder) -> Measurements:
    measured = read_measurements(folder.root)
    assert measured is not None
    return measured


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


def test_a_check_measures_memory_times_checkpoint_and_disk_and_leaves_no_checkpoint(root: Path) -> None:
    folder = _check(root, tiny_recipe(8, ema=0.9))
    measured = _measured(folder)
    assert measured.batch == 2
    assert 100 < measured.peak_mib < measured.memory_mib
    assert 0 < measured.step_s < 30
    assert 0 < measured.worst_step_s < 30
    assert 0 < measured.picture_s < 30
    assert 1 < measured.start_s < 60
    assert measured.disk_free_mib > 0
    assert (measured.on_gpu, len(measured.trials), measured.batch_source) == (False, 1, "")
    assert read_status(folder.status).phase is Phase.FINISHED
    assert not list(folder.root.rglob("*.part"))
    assert not folder.checkpoints.exists()


def test_the_checkpoint_of_a_check_is_as_large_as_that_of_a_run(root: Path) -> None:
    from core.worker.commands.train import train

    recipe = tiny_recipe(1)
    measured = _measured(_check(root, recipe, name="size"))
    folder = tiny_run(root, "run", recipe, next(iter(root.glob("datasets/*/versions/v1"))))
    train(folder, recipe, read_job(folder), CPU, Reporter(folder.status), StopSwitch(folder.stop_request))
    written = (folder.checkpoints / "last.pth").stat().st_size / 2**20
    assert measured.checkpoint_mib == pytest.approx(written, rel=0.02)


def test_auto_takes_powers_of_two_up_to_eight_steps_an_epoch(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_size_search, "is_slower", lambda trial, before: False)
    measured = _measured(_check(root, tiny_recipe(8), is_auto=True, name="auto"))
    assert [trial.batch for trial in measured.trials] == [1, 2, 4]  # 34 images: 8 would make 4 steps an epoch
    assert measured.batch == 4
    assert "too few steps per epoch" in measured.batch_source


def test_auto_goes_no_further_than_memory_is_expected_to_last(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_size_search, "is_slower", lambda trial, before: False)
    monkeypatch.setattr(batch_size_search, "memory_mib", lambda on_gpu: resources.used_mib() / 0.9 + 1)
    monkeypatch.setattr(batch_size_search, "expected_peak", lambda done, before: float("inf"))
    monkeypatch.setattr(batch_size_search, "MEMORY_SHARE", 10.0)  # that of the step itself is no matter here
    measured = _measured(_check(root, tiny_recipe(8), is_auto=True, name="memory"))
    assert [trial.batch for trial in measured.trials] == [1]
    assert "more memory than there is" in measured.batch_source


@pytest.mark.parametrize(
    ("asked", "settled"),
    [
        pytest.param("frozen", {1: "frozen", 2: "frozen", 4: "frozen", 8: "batch"}, id="by the rule"),
        pytest.param("batch", dict.fromkeys((1, 2, 4, 8), "batch"), id="as chosen"),
    ],
)
def test_each_batch_is_tried_with_the_norms_that_a_run_with_it_trains(
    asked: str, settled: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tiny_jitter_recipe(weights=Weights(kind="zoo"), norm_statistics=asked)
    cfg = make_config(recipe, ["red", "blue"])
    steps = batch_size_search.Steps(cfg, recipe, build_for(recipe, cfg), lambda activity: None)
    seen: dict[int, str] = {}

    def step(self: batch_size_search.Steps, images: list[dict[str, Any]]) -> float:
        norm = self.trainer.model.backbone.fpn_output2.norm
        seen[len(images)] = "frozen" if isinstance(norm, FixedNorm) else "batch"
        return 0.1

    monkeypatch.setattr(batch_size_search.Steps, "step", step)
    monkeypatch.setattr(batch_size_search, "worst_batch", lambda samples, batch, recipe, cfg: samples[:batch])
    monkeypatch.setattr(batch_size_search, "is_slower", lambda trial, before: False)
    steps.search([{}] * 64)
    assert seen == settled


def _failing_from(monkeypatch: pytest.MonkeyPatch, batch: int, error: Exception) -> None:
    """Steps with so many images raise what torch raises."""
    step = batch_size_search.Steps.step

    def failing(self: batch_size_search.Steps, images: list[dict[str, Any]]) -> float:
        if len(images) >= batch:
            raise error
        return step(self, images)

    monkeypatch.setattr(batch_size_search, "is_slower", lambda trial, before: False)
    monkeypatch.setattr(batch_size_search.Steps, "step", failing)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), id="GPU"),
        pytest.param(
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), id="CPU"
        ),
        pytest.param(MemoryError(), id="Python"),
    ],
)
def test_auto_takes_the_largest_batch_before_memory_runs_out(
    root: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    _failing_from(monkeypatch, 4, error)
    measured = _measured(_check(root, tiny_recipe(8), is_auto=True, name=f"oom{type(error).__name__}"))
    assert [(trial.batch, trial.fits) for trial in measured.trials] == [(1, True), (2, True), (4, False)]
    assert measured.batch == 2
    assert measured.batch_source == "A batch of 4 does not fit: out of memory."


def test_a_batch_that_does_not_fit_at_all_is_told_as_out_of_memory(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _failing_from(monkeypatch, 1, torch.OutOfMemoryError("CUDA out of memory."))
    with pytest.raises(MemoryError, match="out of memory with a batch of 2"):
        _check(root, tiny_recipe(8), name="none")


def test_an_error_that_is_not_about_memory_is_not_taken_for_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _failing_from(monkeypatch, 2, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="mat1"):
        _check(root, tiny_recipe(8), is_auto=True, name="bug")


def test_a_slower_batch_ends_the_search_before_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_size_search, "is_slower", lambda trial, before: trial.batch == 2)
    measured = _measured(_check(root, tiny_recipe(8), is_auto=True, name="slow"))
    assert [(trial.batch, trial.fits) for trial in measured.trials] == [(1, True), (2, False)]
    assert measured.batch == 1
    assert "longer per image" in measured.batch_source


def test_a_stop_ends_a_check(root: Path) -> None:
    folder = tiny_run(root, "stopped", tiny_recipe(8), next(iter(root.glob("datasets/*/versions/v1"))))
    folder.stop_request.parent.mkdir()
    folder.stop_request.touch()
    reporter = Reporter(folder.status)
    asked = Asked(recipe=tiny_recipe(8), job=read_job(folder), is_auto=False, began=time.time())
    check(folder, asked, CPU, reporter, StopSwitch(folder.stop_request))
    assert reporter.status.phase is Phase.STOPPED
    assert read_measurements(folder.root) is None


def test_a_mistake_in_the_recipe_comes_out_of_the_check_as_it_would_out_of_the_run(root: Path) -> None:
    with pytest.raises(AppError):
        _check(root, tiny_recipe(8, overrides={"MODEL.NOTHING": 1}), name="mistake")


def _record(image_id: int, width: int, height: int, objects: int) -> dict[str, Any]:
    return {"image_id": image_id, "width": width, "height": height, "annotations": [{}] * objects}


def test_the_worst_batch_holds_the_largest_and_the_most_crowded_in_turns() -> None:
    samples = [_record(1, 100, 100, 1), _record(2, 160, 100, 2), _record(3, 100, 100, 30), _record(4, 140, 100, 20)]
    assert [worst_record["image_id"] for worst_record in worst_records(samples, 3, 1000)] == [2, 3, 4]
    assert [worst_record["image_id"] for worst_record in worst_records(samples[:2], 3, 1000)] == [2, 1, 2]


def test_a_long_narrow_image_counts_as_it_is_after_the_cap() -> None:
    samples = [_record(1, 1000, 100, 0), _record(2, 300, 200, 0)]
    assert worst_records(samples, 1, 1000)[0]["image_id"] == 2


def test_the_worst_batch_is_as_large_as_an_image_can_become(root: Path) -> None:
    recipe = tiny_recipe(8, input_sizes=(64, 96), augmentation=Augmentation(scale=0.5, crop=0.4), input_max=140)
    assert worst_recipe(recipe).input_sizes == (140,)
    assert worst_recipe(recipe).augmentation == Augmentation(scale=0, crop=0)
