"""What a run remembers of its evaluations when it is stopped and resumed."""

from pathlib import Path

import pytest
import torch

from core.files import read_json
from core.training.process.status_reporter import Reporter
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.worker.commands.train import Outcome, train
from core.worker.weights.checkpoints import Best, CheckpointStore
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run
from tests.worker.commands.test_train import CPU, StopAt


def _store(root: Path) -> CheckpointStore:
    store = CheckpointStore(RunFolder(root), ["red"])
    store.open()
    return store


def _evaluate(store: CheckpointStore, iteration: int, ap: float) -> bool:
    """Saves, then evaluates, as a run does; the weights hold their iteration."""
    model = torch.nn.Linear(1, 1)
    torch.nn.init.constant_(model.weight, iteration)
    store.save_last(iteration, model, {})
    return store.note_evaluation(Best(iteration=iteration, ap=ap, ap50=ap), model, iteration)


def test_a_worse_evaluation_after_a_resume_leaves_the_best_checkpoint_as_it_was(tmp_path: Path) -> None:
    assert _evaluate(_store(tmp_path), 10, 0.5)
    resumed = _store(tmp_path)
    assert resumed.best == Best(iteration=10, ap=0.5, ap50=0.5)
    assert not _evaluate(resumed, 20, 0.4)
    best = torch.load(tmp_path / "checkpoints" / "best.pth", weights_only=True)
    assert (best["iteration"], best["ap"], float(best["model"]["weight"])) == (10, 0.5, 10.0)
    assert read_json(tmp_path / "checkpoints" / "index.json")["best"]["iteration"] == 10
    assert _evaluate(_store(tmp_path), 30, 0.6)
    assert torch.load(tmp_path / "checkpoints" / "best.pth", weights_only=True)["iteration"] == 30


def test_evaluations_without_gain_are_counted_on_across_resumes(tmp_path: Path) -> None:
    for iteration, ap in ((10, 0.5), (20, 0.4), (30, 0.3), (40, 0.2)):
        _evaluate(_store(tmp_path), iteration, ap)
    assert _store(tmp_path).without_gain == 3


@pytest.mark.timeout(120)
def test_patience_that_was_used_up_partly_before_a_stop_ends_the_resumed_run_in_words(tmp_path: Path) -> None:
    # With a learning rate of next to nothing no AP gets better than the one that is planted.
    recipe = tiny_recipe(12, evaluate_every=2, patience=3, learning_rate=1e-9)
    folder = tiny_run(tmp_path, "patient", recipe, tiny_data(tmp_path))
    first = _train(folder, stop_at=1)
    assert first.phase is Phase.STOPPED
    store = CheckpointStore(folder, ["red", "blue"])
    last = store.open()
    assert last is not None
    torch.save({"model": last["model"], "iteration": 0, "ap": 0.99, "ap50": 1.0}, folder.checkpoints / "best.pth")
    assert _train(folder, stop_at=3).phase is Phase.STOPPED
    ended = _train(folder)
    assert ended.phase is Phase.FINISHED
    assert ended.reason == "No better AP on validation in 3 evaluations; the best was at iteration 0."
    assert read_json(folder.status)["iteration"] == 6


def _train(folder: RunFolder, stop_at: int = 1_000_000) -> Outcome:
    recipe = tiny_recipe(12, evaluate_every=2, patience=3, learning_rate=1e-9)
    reporter = Reporter(folder.status, recipe.iterations)
    return train(folder, recipe, read_job(folder), CPU, reporter, StopAt(reporter, stop_at))
