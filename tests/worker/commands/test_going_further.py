"""A real, tiny training that is extended, and the checkpoints that it keeps on the way."""

import pytest
import torch

from core.files import read_json, write_json
from core.training.metrics.log import read_metrics
from core.training.process.status_reporter import Reporter
from core.training.recipe.extension import extended
from core.training.recipe.recipe import Recipe
from core.training.run.checkpoints import find_checkpoint, list_checkpoints
from core.training.run.folder import RunFolder
from core.training.run.job import read_job
from core.training.run.status import Phase
from core.worker.commands.train import train
from core.worker.engine import metrics_hook
from core.worker.engine.leftovers import clear_left_overs
from core.worker.inference.checkpoint_model import run_subject
from tests.factories.workers.tiny_run import tiny_data, tiny_recipe, tiny_run
from tests.worker.commands.test_train import CPU, StopAt

RECIPE = tiny_recipe(8, warmup=3, decay_at=(6,), learning_rate=0.01, keep_every=3)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Trained to its end at 8, and extended by 4."""
    root = tmp_path_factory.mktemp("workspace")
    folder = tiny_run(root, "further", RECIPE, tiny_data(root))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics_hook, "_METRICS_INTERVAL_S", 0.0)
        _train(folder, RECIPE)
        longer = extended(RECIPE, 4, 8, True)
        write_json(folder.recipe, longer.to_json())
        _train(folder, longer)
    return folder


def _train(folder: RunFolder, recipe: Recipe) -> None:
    reporter = Reporter(folder.status, recipe.iterations)
    outcome = train(folder, recipe, read_job(folder), CPU, reporter, StopAt(reporter, 1_000_000))
    reporter.end(outcome.phase, outcome.reason)
    assert outcome.phase is Phase.FINISHED


def test_an_extended_run_goes_on_at_the_last_rate_without_a_second_warm_up(run: RunFolder) -> None:
    rates = {one["iteration"]: one["lr"] for one in read_metrics(run.metrics)[0] if "lr" in one}
    assert list(rates) == list(range(1, 13))
    assert rates[1] < rates[2] < rates[4]
    assert rates[4] == pytest.approx(0.01)
    assert [rates[iteration] for iteration in range(8, 13)] == pytest.approx([0.001] * 5)


def test_each_third_checkpoint_stays_whole_and_can_be_evaluated(run: RunFolder) -> None:
    assert [checkpoint.iteration for checkpoint in list_checkpoints(run) if checkpoint.kind == "kept"] == [3, 6, 9, 12]
    kept = torch.load(run.checkpoints / "iteration-000006.pth", weights_only=True)
    assert kept["iteration"] == 6
    assert {"model", "optimizer", "classes"} <= set(kept)
    assert run_subject(run, "6").weights.name == "iteration-000006.pth"
    assert find_checkpoint(run, "last").iteration == 12  # type: ignore[union-attr]
    assert read_json(run.checkpoints / "index.json")["last"]["iteration"] == 12


def test_what_a_killed_worker_left_half_written_is_removed_and_what_a_page_writes_is_not(run: RunFolder) -> None:
    dead = [run.checkpoints / ".last.pth.abc.part", run.root / ".status.json.x.part", run.samples / ".a.parquet.y.part"]
    for path in dead:
        path.write_bytes(b"half")
    note = run.root / ".notes.json.z.part"
    note.write_bytes(b"being written")
    assert sorted(clear_left_overs(run)) == sorted(dead)
    assert note.exists()
    assert (run.checkpoints / "last.pth").exists()
