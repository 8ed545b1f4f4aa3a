"""Real, tiny trainings through the services: the real launcher, the real worker, torch and Detectron2 on the CPU."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConflictError
from core.services import training
from core.services.datasets import open_version
from core.services.runs import RunDescription
from core.services.runs import control as runs
from core.settings import Settings
from core.training.launch.liveness import observe
from core.training.recipe.changes import RecipeChanges
from core.training.run.status import ENDED, Phase
from tests.factories.actors import ADA
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.waiting import eventually

# Starting the worker takes 5 s on two free cores; a machine under load needs many times that.
_LONG_S = 240.0
pytestmark = pytest.mark.usefixtures("warm_workers")
_SERVER = """
import sys, time
from pathlib import Path
from core.actor import PAGE, process_actor
from core.services.training.start import TrainRequest, start_run
from core.settings import Settings
from core.training.recipe.changes import RecipeChanges
settings = Settings(workspace=Path(sys.argv[1]))
for _ in range(2):
    request = TrainRequest(dataset="shapes", changes=RecipeChanges(iterations=3, input_sizes=(96,)))
    print(start_run(settings, request, actor=process_actor("", PAGE)), flush=True)
time.sleep(600)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(workspace=tmp_path)
    DatasetMaker().make(settings)
    yield settings
    for run in runs.list_runs(settings):
        if not run.ended:
            runs.kill(settings, run.run, actor=ADA)


def _start(settings: Settings, iterations: int, evaluate_every: int = 3, **changes: Any) -> str:
    request = training.TrainRequest(
        dataset="shapes",
        changes=RecipeChanges(iterations=iterations, input_sizes=(96,), evaluate_every=evaluate_every, **changes),
    )
    return training.start_run(settings, request, actor=ADA)


def _phase(settings: Settings, run: str) -> Phase:
    return Phase(runs.describe_run(settings, run).phase)


def _one_waits_for_the_other(settings: Settings, pair: set[str]) -> bool:
    on_the_slot = runs.devices(settings).slots[0].run
    return on_the_slot in pair and {_phase(settings, run) for run in pair - {on_the_slot}} == {Phase.QUEUED}


def _wait(settings: Settings, run: str) -> RunDescription:
    eventually(lambda: _phase(settings, run) in ENDED, _LONG_S, f"the end of {run}")
    return runs.describe_run(settings, run)


def _wait_for_checkpoint(settings: Settings, run: str) -> None:
    def there() -> bool:
        state = runs.describe_run(settings, run)
        assert not state.ended, runs.read_log(settings, run)
        return any(checkpoint.kind == "last" for checkpoint in state.checkpoints) and state.activity == "training"

    eventually(there, _LONG_S, "a first checkpoint")


def test_a_running_and_a_queued_run_both_finish_though_the_server_that_started_them_is_killed(
    settings: Settings,
) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(settings.workspace)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    first, second = (server.stdout.readline().strip() for _ in range(2))
    # Which of the two gets the slot is chance: they start at the same moment.
    eventually(lambda: _one_waits_for_the_other(settings, {first, second}), _LONG_S, "one on the slot, one waiting")
    server.send_signal(signal.SIGKILL)
    server.wait()
    for run in (first, second):
        state = _wait(settings, run)
        assert state.phase == "finished", runs.read_log(settings, run)
        assert state.iteration == state.of_iterations == 3
        assert {checkpoint.kind for checkpoint in state.checkpoints} == {"best", "last"}
        curves = runs.read_curves(settings, run)
        assert curves["loss/total"].iterations[-1] == 3
        assert {"val_loss/total", "ap", "ap50", "lr", "step_s"} <= set(curves)


def test_a_killed_worker_is_lost_within_ten_seconds_and_resume_goes_on_from_its_checkpoint(settings: Settings) -> None:
    run = _start(settings, 24, evaluate_every=8)
    folder = runs.run_folder(settings, run)
    _wait_for_checkpoint(settings, run)
    with pytest.raises(ConflictError, match="already"):
        runs.resume(settings, run, actor=ADA)
    os.killpg(observe(folder.status, folder.lock).pid, signal.SIGKILL)
    killed = time.monotonic()
    eventually(lambda: _phase(settings, run) is Phase.LOST, 10)
    assert time.monotonic() - killed < 10
    lost = runs.describe_run(settings, run)
    assert "killed" in lost.reason
    assert "Resume" in lost.remedy
    kept = next(checkpoint.iteration for checkpoint in lost.checkpoints if checkpoint.kind == "last")
    runs.resume(settings, run, actor=ADA)
    state = _wait(settings, run)
    assert (state.phase, state.iteration) == ("finished", 24)
    assert f"Going on from the checkpoint of iteration {kept}" in runs.read_log(settings, run)
    assert kept >= 8


def test_a_stopped_run_writes_a_checkpoint_and_completes_when_resumed(settings: Settings) -> None:
    run = _start(settings, 25, evaluate_every=25)
    eventually(lambda: runs.describe_run(settings, run).iteration >= 1, _LONG_S, "the first iteration")
    runs.stop(settings, run, actor=ADA)
    state = _wait(settings, run)
    assert state.phase == "stopped"
    assert 1 <= state.iteration < 25
    assert [checkpoint.iteration for checkpoint in state.checkpoints if checkpoint.kind == "last"] == [state.iteration]
    eventually(lambda: not runs.devices(settings).slots[0].busy, 30)
    runs.resume(settings, run, actor=ADA)
    resumed = _wait(settings, run)
    assert (resumed.phase, resumed.iteration) == ("finished", 25)
    assert f"Going on from the checkpoint of iteration {state.iteration}" in runs.read_log(settings, run)


def test_a_failed_run_shows_its_exception_and_a_plain_cause(settings: Settings) -> None:
    for image in open_version(settings, "shapes").images_folder.iterdir():
        image.write_bytes(b"no image any more")
    state = _wait(settings, _start(settings, 3))
    assert state.phase == "failed"
    assert state.exception.startswith("ImageError")
    assert state.reason.startswith("Image ") and "cannot be read" in state.reason
    assert state.remedy
    assert "Traceback" in runs.read_log(settings, state.run)
