"""Preflight checks: planned, awaited and read by the services; two of them with the real worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import AppError, NotFoundError, RecipeError
from core.progress import say_nothing
from core.services import training
from core.services.training import TrainRequest
from core.services.training.preflight import PreflightState
from core.settings import Settings
from core.training.launch.devices import find_devices
from core.training.launch.launcher import LocalLauncher
from core.training.launch.liveness import observe
from core.training.launch.queue import lock_path
from core.training.recipe.changes import RecipeChanges
from core.training.run.folder import RunFolder
from core.training.run.measurements import Measurements, write_measurements
from core.training.run.status import Phase, Status, read_status, write_status
from core.workspace.layout import Layout
from tests.factories.actors import ADA
from tests.factories.measurements import measurements
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.waiting import eventually

_LONG_S = 240.0
REQUEST = TrainRequest(dataset="shapes", changes=RecipeChanges(iterations=20, evaluate_every=10, input_sizes=(96,)))


class _Answers(LocalLauncher):
    """Stands for a worker that has measured, or failed, at once."""

    measured: Measurements | None = measurements()

    def spawn(self, folder: RunFolder) -> None:
        if self.measured:
            write_measurements(folder.root, self.measured)
            write_status(folder.status, Status(phase=Phase.FINISHED, updated=time.time()))
        else:
            failed = Status(phase=Phase.FAILED, reason="The machine ran out of memory.", remedy="Halve the batch.")
            write_status(folder.status, failed)


class _Fails(_Answers):
    measured = None


class _Auto(_Answers):
    measured = measurements(batch=8, batch_source="A batch of 16 takes longer per image than a smaller one.")


class _Waits(LocalLauncher):
    def spawn(self, folder: RunFolder) -> None:
        """Launches nothing."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    settings = Settings(workspace=tmp_path)
    DatasetMaker().make(settings)
    return settings


def test_the_time_of_the_whole_run_follows_from_what_was_measured(settings: Settings) -> None:
    found = training.run_preflight(settings, REQUEST, say_nothing, launcher=_Answers(), actor=ADA)
    # 6 s of start, 20 iterations of 1 s, 2 evaluations of 3 images of 0.5 s, 4 checkpoints of 0.25 s
    assert found.seconds == pytest.approx(6 + 20 + 3 + 1)
    assert found.to_json()["seconds"] == found.seconds
    assert found.warnings == ()


def test_the_plan_of_the_same_recipe_takes_its_time_from_the_check(settings: Settings) -> None:
    before = training.plan_run(settings, REQUEST)
    training.run_preflight(settings, REQUEST, say_nothing, launcher=_Answers(), actor=ADA)
    after = training.plan_run(settings, REQUEST)
    assert after.seconds == pytest.approx(30)
    assert (before.seconds_source, after.seconds_source) == (
        "from a measurement on two cores",
        "from the check of this recipe",
    )
    longer = training.plan_run(
        settings,
        TrainRequest(dataset="shapes", changes=RecipeChanges(iterations=40, evaluate_every=40, input_sizes=(96,))),
    )
    assert longer.seconds == pytest.approx(6 + 40 + 1.5 + 0.5)
    other = training.plan_run(
        settings, TrainRequest(dataset="shapes", changes=RecipeChanges(iterations=20, input_sizes=(96,), batch=4))
    )
    assert other.seconds_source == "from 1 earlier check here"


def test_a_batch_that_was_found_makes_the_recipe_with_the_learning_rate_that_follows(settings: Settings) -> None:
    usual = training.plan_run(settings, REQUEST).recipe
    found = training.run_preflight(settings, REQUEST, say_nothing, auto_batch=True, launcher=_Auto(), actor=ADA)
    assert found.recipe.batch == 8
    assert found.recipe.learning_rate == pytest.approx(4 * usual.learning_rate)
    request = training.with_batch(REQUEST, found)
    assert training.plan_run(settings, request).recipe == found.recipe
    assert training.plan_run(settings, request).seconds_source == "from the check of this recipe"


def test_too_little_room_for_the_checkpoints_is_a_warning(settings: Settings) -> None:
    launcher = _Answers()
    object.__setattr__(launcher, "measured", measurements(checkpoint_mib=300.0, disk_free_mib=500.0))
    (warning,) = training.run_preflight(settings, REQUEST, say_nothing, launcher=launcher, actor=ADA).warnings
    assert "up to 900 MiB" in warning


def test_a_check_that_fails_tells_the_cause_and_what_to_do(settings: Settings) -> None:
    with pytest.raises(AppError, match="ran out of memory") as caught:
        training.run_preflight(settings, REQUEST, say_nothing, launcher=_Fails(), actor=ADA)
    assert caught.value.remedy == "Halve the batch."


def test_what_stands_in_the_way_of_a_plan_stands_in_the_way_of_its_check(settings: Settings) -> None:
    DatasetMaker(name="odd", reasons=("class `red` has no object in validation",)).make(settings)
    with pytest.raises(RecipeError, match="not ready"):
        training.start_preflight(settings, TrainRequest(dataset="odd"), launcher=_Answers(), actor=ADA)
    assert not list(Layout(settings.workspace).preflights.glob("*"))


def test_only_the_last_checks_are_kept(settings: Settings) -> None:
    for _ in range(23):
        training.start_preflight(settings, REQUEST, launcher=_Answers(), actor=ADA)
    assert len(list(Layout(settings.workspace).preflights.glob("*"))) == 20


@pytest.mark.parametrize("key", ["p-222222", "../runs", ".."])
def test_a_check_that_is_not_there_is_refused(settings: Settings, key: str) -> None:
    with pytest.raises(NotFoundError, match="no check"):
        training.preflight_state(settings, key, REQUEST)


def test_breaking_the_waiting_off_asks_the_check_to_end(settings: Settings) -> None:
    def impatient(share: float, activity: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.run_preflight(settings, REQUEST, impatient, launcher=_Waits(), actor=ADA)
    (folder,) = Layout(settings.workspace).preflights.iterdir()
    assert RunFolder(folder).stop_request.exists()


class _RealChecks:
    """Starts real checks and ends those that are left."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.started = settings, list[str]()

    def start(self, request: TrainRequest) -> RunFolder:
        self.started.append(training.start_preflight(self.settings, request, actor=ADA))
        return RunFolder(Layout(self.settings.workspace).preflights / self.started[-1])

    def state(self, request: TrainRequest) -> PreflightState:
        return training.preflight_state(self.settings, self.started[-1], request)


@pytest.fixture
def real(settings: Settings) -> Iterator[_RealChecks]:
    checks = _RealChecks(settings)
    yield checks
    for key in checks.started:
        folder = RunFolder(Layout(settings.workspace).preflights / key)
        if pid := observe(folder.status, folder.lock).pid:
            os.killpg(pid, signal.SIGKILL)


@pytest.mark.worker
@pytest.mark.usefixtures("warm_workers")
def test_a_real_check_waits_for_the_slot_and_says_so_and_then_measures(settings: Settings, real: _RealChecks) -> None:
    slot = lock_path(Layout(settings.workspace).slots, find_devices()[0])
    busy = _hold_in_another_process(slot)
    try:
        folder = real.start(REQUEST)
        eventually(lambda: "Waits for its turn" in real.state(REQUEST).reason, _LONG_S, "the check to wait")
        assert read_status(folder.status).phase is Phase.QUEUED
    finally:
        busy.terminate()
        busy.wait()
    eventually(lambda: real.state(REQUEST).has_ended, _LONG_S, "the end of the check")
    state = real.state(REQUEST)
    assert state.phase is Phase.FINISHED, folder.log.read_text()
    assert state.result is not None
    assert 0 < state.result.measured.step_s < 60
    assert state.result.measured.start_s < 120
    assert state.result.seconds > 20 * state.result.measured.step_s
    assert not folder.checkpoints.exists()


@pytest.mark.worker
@pytest.mark.usefixtures("warm_workers")
def test_a_real_check_of_a_training_that_would_fail_fails_with_the_cause(settings: Settings) -> None:
    for image in settings.workspace.glob("datasets/shapes/versions/v1/images/*.png"):
        image.write_bytes(image.read_bytes()[:60])
    with pytest.raises(AppError, match=r"\.png") as caught:
        training.run_preflight(settings, REQUEST, say_nothing, actor=ADA)
    assert "Import the data set again" in caught.value.remedy


def _hold_in_another_process(lock: Path) -> "subprocess.Popen[bytes]":
    code = "import sys,time; from pathlib import Path; from core.training.launch.liveness import hold;"
    code += "hold(Path(sys.argv[1])); print('held', flush=True); time.sleep(600)"
    holder = subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    return holder
