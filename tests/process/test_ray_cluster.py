"""Real, tiny trainings on a real Ray head on loopback, through the services. Needs requirements-ray.txt."""

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.progress import say_nothing
from core.services import evaluation, training
from core.services.evaluation import EvaluationRequest
from core.services.runs import RunDescription
from core.services.runs import control as runs
from core.settings import Settings, load_settings
from core.training.launch.ray_api import JobState, list_jobs
from core.training.launch.ray_launcher import read_submission
from core.training.recipe.changes import RecipeChanges
from tests.factories.actors import ADA
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.waiting import eventually
from tests.factories.workers.ray_head import ray_head

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]
# Ray takes 10 s to begin a job, and the worker 5 s to load torch; both many times that on a machine under load.
_LONG_S = 400.0


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ray_head(cpus=1) as address:
        yield address


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Iterator[Settings]:
    settings = load_settings(tmp_path, {"RAY_ADDRESS": address})
    DatasetMaker().make(settings)
    yield settings
    for run in runs.list_runs(settings):
        if not run.ended:
            runs.kill(settings, run.run, actor=ADA)


def _start(settings: Settings, iterations: int) -> str:
    request = training.TrainRequest(
        dataset="shapes",
        preset="quick",
        changes=RecipeChanges(iterations=iterations, input_sizes=(96,), evaluate_every=iterations),
    )
    return training.start_run(settings, request, actor=ADA)


def _state(settings: Settings, run: str) -> RunDescription:
    return runs.describe_run(settings, run)


def _until(settings: Settings, run: str, phase: str, iteration: int = 0) -> RunDescription:
    def is_there() -> bool:
        state = _state(settings, run)
        assert phase == state.phase or not state.ended, runs.read_log(settings, run)
        return bool(state.phase == phase and state.iteration >= iteration)

    eventually(is_there, _LONG_S, f"{run} is {phase}")
    return _state(settings, run)


def test_of_two_runs_the_second_waits_for_the_first_and_both_finish_and_are_evaluated(settings: Settings) -> None:
    first, second = _start(settings, 2), _start(settings, 2)
    state = _state(settings, second)
    assert (state.phase, "cluster at 127.0.0.1" in state.reason) == ("queued", True)
    _until(settings, first, "running")
    assert _state(settings, second).phase == "queued"
    cluster = runs.devices(settings).cluster
    assert cluster is not None
    assert (cluster.running, cluster.waiting, cluster.problem) == (1, 1, "")
    for run in (first, second):
        assert _until(settings, run, "finished").iteration == 2
        assert "iteration 2 of 2" in runs.read_log(settings, run)
    assert runs.read_curves(settings, second)["ap"].iterations.tolist() == [2]
    key = evaluation.start_evaluation(settings, EvaluationRequest(run=first, split="val"), actor=ADA)
    evaluation.wait_for_evaluation(settings, key, say_nothing)
    assert evaluation.evaluation_state(settings, key).device.startswith("CPU")


def test_a_run_is_stopped_with_a_checkpoint_resumed_from_it_and_killed(settings: Settings) -> None:
    run = _start(settings, 500)
    _until(settings, run, "running", iteration=2)
    runs.stop(settings, run, actor=ADA)
    stopped = _until(settings, run, "stopped").iteration
    assert stopped >= 2
    runs.resume(settings, run, actor=ADA)
    _until(settings, run, "running", iteration=stopped + 1)
    assert f"Going on from the checkpoint of iteration {stopped}" in runs.read_log(settings, run)
    runs.kill(settings, run, actor=ADA)
    assert _state(settings, run).phase == "stopped"
    assert not [one for one in psutil.process_iter(["cmdline"]) if run in " ".join(one.info["cmdline"] or [])]


def test_a_run_stopped_while_it_waits_never_begins(settings: Settings, address: str) -> None:
    first, second = _start(settings, 500), _start(settings, 500)
    folder = runs.run_folder(settings, second)
    waiting = read_submission(folder.root)
    assert waiting is not None
    _until(settings, first, "running")
    runs.stop(settings, second, actor=ADA)
    assert _state(settings, second).reason == "Stopped before its turn came."
    runs.kill(settings, first, actor=ADA)
    eventually(lambda: list_jobs(address)[waiting.job].state is JobState.STOPPED, _LONG_S, "Ray has let it go")
    assert _state(settings, second).phase == "stopped"
    assert not list(folder.checkpoints.glob("*.pth"))


def test_a_run_whose_worker_is_killed_is_lost_within_seconds_and_can_be_resumed(settings: Settings) -> None:
    run = _start(settings, 3)
    _until(settings, run, "starting")
    workers = [
        one for one in psutil.process_iter(["cmdline"]) if str(settings.workspace) in (one.info["cmdline"] or [""])[-1]
    ]
    assert workers
    for worker in workers:
        worker.kill()
    began = time.monotonic()
    eventually(lambda: _state(settings, run).phase == "lost", 30, "it is lost")
    assert time.monotonic() - began < 30
    assert "The cluster says" in _state(settings, run).reason
    runs.resume(settings, run, actor=ADA)
    _until(settings, run, "finished")
