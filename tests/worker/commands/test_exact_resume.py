"""After a stop or a kill -9, with and without loader processes: the losses of an uninterrupted run, bit by bit."""

import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.files import write_json
from core.training.process.status_reporter import Reporter
from core.training.recipe.recipe import Augmentation, Recipe, Weights
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.worker.commands.train import train
from core.worker.engine import metrics_hook
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.real_worker import Losses, losses_of, real_worker
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run
from tests.worker.commands.test_train import CPU, StopAt

LENGTH, INTERRUPTED_AT = 30, 8
# Everything that is random takes part.
_RANDOM = Augmentation(rotation_deg=10, scale=0.2, crop=0.1, brightness=0.2, hue=0.02)


def _recipe(data_workers: int = 0) -> Recipe:
    return tiny_recipe(
        LENGTH,
        augmentation=_RANDOM,
        balance=0.9,
        background_share=0.3,
        warmup=6,
        decay_at=(20,),
        data_workers=data_workers,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_data(tmp_path_factory.mktemp("workspace"), DatasetMaker(train=7, val=1, background=2, size=64))


@pytest.fixture
def every_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_hook, "_METRICS_INTERVAL_S", 0.0)


@pytest.fixture(scope="module")
def whole(data: Path) -> RunFolder:
    """An uninterrupted run, without loader processes."""
    folder = tiny_run(data.parents[3], "whole", _recipe(), data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics_hook, "_METRICS_INTERVAL_S", 0.0)
        assert _train(folder, _recipe()) is Phase.FINISHED
    return folder


def _train(folder: RunFolder, recipe: Recipe, stop_at: int = 1_000_000) -> Phase:
    reporter = Reporter(folder.status, recipe.iterations)
    outcome = train(folder, recipe, read_job(folder), CPU, reporter, StopAt(reporter, stop_at))
    reporter.end(outcome.phase, outcome.reason)
    return outcome.phase


def _stop(folder: RunFolder, recipe: Recipe) -> None:
    assert _train(folder, recipe, stop_at=INTERRUPTED_AT) is Phase.STOPPED
    # Whatever else draws random numbers in between must not matter.
    torch.rand(100)


def _kill(folder: RunFolder, recipe: Recipe) -> None:
    # A checkpoint at every iteration, so that there is one to go on from.
    write_json(folder.recipe, replace(recipe, checkpoint_every_s=0.0).to_json())
    with real_worker(folder, kill_at=INTERRUPTED_AT + 1) as process:
        assert process.wait(200) == -signal.SIGKILL, folder.log.read_text()[-2000:]


def _last(folder: RunFolder) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = torch.load(folder.checkpoints / "last.pth", weights_only=True)["model"]
    return weights


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("every_iteration", "warm_workers")
@pytest.mark.parametrize("data_workers", [0, 2], ids=["no loader processes", "two loader processes"])
@pytest.mark.parametrize("interrupt", [_stop, _kill], ids=["stop", "kill -9"])
def test_the_losses_after_a_resume_are_those_of_an_uninterrupted_run(
    whole: RunFolder, data: Path, interrupt: Callable[[RunFolder, Recipe], None], data_workers: int
) -> None:
    recipe = _recipe(data_workers)
    name = f"{interrupt.__name__}{data_workers}"
    folder = tiny_run(data.parents[3], name, recipe, data)
    interrupt(folder, recipe)
    kept = torch.load(folder.checkpoints / "last.pth", weights_only=True)["iteration"]
    assert kept == INTERRUPTED_AT

    assert _train(folder, recipe) is Phase.FINISHED

    ours, theirs = losses_of(folder), losses_of(whole)
    after: list[Losses] = [ours[iteration][-1] for iteration in range(kept + 1, LENGTH + 1)]
    assert len(after) >= 20
    assert len(after[0]) > 3
    assert after == [theirs[iteration][0] for iteration in range(kept + 1, LENGTH + 1)]
    # And what came before it, with iterations that were made twice.
    assert all(losses == theirs[iteration][0] for iteration, tries in ours.items() for losses in tries)
    weights = _last(whole)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in _last(folder).items())


@pytest.mark.usefixtures("every_iteration")
def test_a_model_that_starts_from_imagenet_resumes_exactly_too(data: Path) -> None:
    recipe = tiny_recipe(14, model="lite_cascade", weights=Weights(kind="imagenet"), frozen_stages=1)
    uninterrupted, stopped = (tiny_run(data.parents[3], name, recipe, data) for name in ("lite", "lite-stopped"))
    assert _train(uninterrupted, recipe) is Phase.FINISHED
    _stop(stopped, recipe)
    assert _train(stopped, recipe) is Phase.FINISHED

    ours, theirs = losses_of(stopped), losses_of(uninterrupted)
    assert sorted(ours) == sorted(theirs) == list(range(1, 15))
    assert all(tries[-1] == theirs[iteration][0] for iteration, tries in ours.items())
    weights = _last(uninterrupted)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in _last(stopped).items())
