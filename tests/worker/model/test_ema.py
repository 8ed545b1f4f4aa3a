"""Averaged weights: by hand on one tensor, and in a run that is stopped and resumed."""

from typing import Any

import pytest
import torch

from core.training.metrics.log import curves, read_metrics
from core.training.process.status_reporter import Reporter
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.worker.commands.train import train
from core.worker.engine import metrics_hook
from core.worker.model.ema import Average
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run
from tests.worker.commands.test_train import CPU, StopAt

LENGTH, STOPPED_AT = 8, 5
RECIPE = tiny_recipe(LENGTH, evaluate_every=4, warmup=2, learning_rate=0.02, ema=0.5)


def _line(value: float) -> torch.nn.Linear:
    line = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(line.weight, value)
    return line


def test_the_average_is_the_one_worked_out_by_hand() -> None:
    line = _line(8.0)
    average = Average(line, 0.5)
    weights = []
    for iteration, value in enumerate((4.0, 2.0, 1.0), start=1):
        torch.nn.init.constant_(line.weight, value)
        average.update(line, iteration)
        weights.append(float(average.model.weight.detach()))
    # The first is taken as it is. Of the second stays (1 + 2) / (10 + 2) = 1/4, of the third 4/13: below the decay.
    assert weights == pytest.approx([4.0, 0.25 * 4 + 0.75 * 2, 4 / 13 * 2.5 + 9 / 13 * 1.0])
    assert float(line.weight.detach()) == 1.0


def test_late_in_a_run_the_decay_itself_counts() -> None:
    line = _line(1.0)
    average = Average(line, 0.5)
    average.restore(line.state_dict(), 1000)
    torch.nn.init.constant_(line.weight, 3.0)
    average.update(line, 1001)
    assert float(average.model.weight.detach()) == pytest.approx(2.0)


def test_running_statistics_are_those_of_the_model_in_training() -> None:
    norm = torch.nn.BatchNorm1d(2)
    average = Average(norm, 0.9)
    norm(torch.tensor([[1.0, 2.0], [3.0, 6.0]]))
    average.update(norm, 1)
    assert torch.equal(average.model.running_mean, norm.running_mean)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    """Runs `plain` without and `whole` with the average, and `resumed` as `whole` with a stop in between."""
    root = tmp_path_factory.mktemp("workspace")
    data = tiny_data(root)
    plain = tiny_recipe(LENGTH, evaluate_every=4, warmup=2, learning_rate=0.02)
    folders = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics_hook, "_METRICS_INTERVAL_S", 0.0)
        for name, recipe, stops in (
            ("plain", plain, [LENGTH + 1]),
            ("whole", RECIPE, [LENGTH + 1]),
            ("resumed", RECIPE, [STOPPED_AT, LENGTH + 1]),
        ):
            folders[name] = tiny_run(root, name, recipe, data)
            for stop_at in stops:
                reporter = Reporter(folders[name].status, LENGTH)
                train(folders[name], recipe, read_job(folders[name]), CPU, reporter, StopAt(reporter, stop_at))
                torch.rand(7)
    return folders


def _load(folder: RunFolder, name: str = "last") -> dict[str, Any]:
    content: dict[str, Any] = torch.load(folder.checkpoints / f"{name}.pth", weights_only=True)
    return content


def _same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(value, right[name]) for name, value in left.items())


def _losses(folder: RunFolder, name: str) -> list[float]:
    return curves(read_metrics(folder.metrics)[0], [name])[name].values.tolist()


def test_a_resume_is_bit_equal_in_the_weights_the_average_and_the_losses(trained: dict[str, RunFolder]) -> None:
    whole, resumed = _load(trained["whole"]), _load(trained["resumed"])
    assert _same(whole["raw"], resumed["raw"])
    assert _same(whole["model"], resumed["model"])
    for name in ("loss/total", "val_loss/total"):
        assert _losses(trained["whole"], name) == _losses(trained["resumed"], name)


def test_the_average_does_not_disturb_training(trained: dict[str, RunFolder]) -> None:
    assert _losses(trained["whole"], "loss/total") == _losses(trained["plain"], "loss/total")
    assert _same(_load(trained["whole"])["raw"], _load(trained["plain"])["model"])


def test_the_average_is_what_is_evaluated_and_used(trained: dict[str, RunFolder]) -> None:
    last = _load(trained["whole"])
    assert not _same(last["model"], last["raw"])
    assert _losses(trained["whole"], "val_loss/total") != _losses(trained["plain"], "val_loss/total")
    best = _load(trained["whole"], "best")
    assert "raw" not in best
    assert not _same(best["model"], _load(trained["plain"], "best")["model"])


def test_a_run_without_the_average_keeps_one_set_of_weights(trained: dict[str, RunFolder]) -> None:
    assert "raw" not in _load(trained["plain"])
