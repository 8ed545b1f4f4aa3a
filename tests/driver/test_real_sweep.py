"""A sweep through the real line: the product's driver, started as a page starts it, and real trainings."""

from pathlib import Path

import pytest

from core.progress import say_nothing
from core.services import runs, sweeps
from core.services.sweeps import SweepRequest
from core.services.training import TrainRequest, start
from core.settings import Settings
from core.training.metrics.log import curves, read_metrics
from core.training.recipe.changes import RecipeChanges
from core.training.run.status import Phase
from tests.factories.actors import ADA
from tests.factories.tiny_dataset import DatasetMaker


@pytest.mark.worker
@pytest.mark.long
def test_a_sweep_over_a_setting_that_does_nothing_answers_that_nothing_is_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm_workers: None
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    settings = Settings(workspace=tmp_path)
    DatasetMaker(train=4, val=3).make(settings)
    # A bound that no gradient reaches; twice as much changes nothing.
    changes = RecipeChanges(iterations=4, evaluate_every=2, input_sizes=(64,), data_workers=0, clip_at=1e5)
    run = start.start_run(settings, TrainRequest(dataset="shapes", name="first", changes=changes), actor=ADA)
    assert runs.wait(settings, run, say_nothing).phase == "finished"
    request = SweepRequest(run=run, over=("clip_at=200000",), minutes=60, seeds=2)
    sweep = sweeps.wait_for_sweep(settings, sweeps.start_sweep(settings, request, actor=ADA), say_nothing)
    assert sweep.phase == Phase.FINISHED, sweep.reason
    base, trial = sweep.state.trials
    assert trial.values == {"clip_at": 200_000.0}
    logs = [read_metrics(runs.run_folder(settings, key).metrics)[0] for key in (base.run, trial.run)]
    losses = [curves(log)["loss/total"].values.tolist() for log in logs]
    assert losses[0] == losses[1]
    assert base.ap == trial.ap
    assert sweep.state.answer is not None
    assert (sweep.state.answer.kind, sweep.state.answer.best) == (sweeps.NOTHING, 0)
    assert sweep.state.checks == ()
