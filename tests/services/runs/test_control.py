"""Listing and describing runs in every phase, as tests.factories.runs writes them; this process holds active ones."""

import json
import time
from dataclasses import fields
from pathlib import Path

import pytest

from core.errors import ConflictError, NotFoundError
from core.services.runs import RunSummary
from core.services.runs import control as runs
from core.services.runs.damaged import SAID_BY
from core.settings import Settings
from core.training.run.status import Phase
from tests.factories.actors import ADA
from tests.factories.runs import RunMaker

_CONTRACT = ["run", "name", "dataset", "phase", "reason", "iteration", "of_iterations", "eta_s", "best", "metrics"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    return Settings(workspace=tmp_path)


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_is_described_as_the_command_line_promises(settings: Settings, phase: Phase) -> None:
    run = RunMaker(phase=phase).make(settings)
    state = runs.describe_run(settings, run)
    assert list(state.to_json())[: len(_CONTRACT)] == _CONTRACT
    assert state.phase == phase
    assert state.ended == (phase in (Phase.FINISHED, Phase.STOPPED, Phase.FAILED, Phase.LOST))
    assert json.loads(json.dumps(state.to_json(), allow_nan=False)) == state.to_json()


def test_a_lost_run_says_why_and_what_to_do(settings: Settings) -> None:
    state = runs.describe_run(settings, RunMaker(phase=Phase.LOST).make(settings))
    assert state.reason
    assert state.remedy.startswith("Resume")
    assert state.eta_s is None


def test_a_failed_run_shows_its_exception_and_its_cause(settings: Settings) -> None:
    state = runs.describe_run(settings, RunMaker(phase=Phase.FAILED).make(settings))
    assert "FloatingPointError" in state.exception
    assert "NaN" in state.reason


def test_a_run_whose_start_was_interrupted_is_listed_as_lost(settings: Settings) -> None:
    run = RunMaker().make(settings)
    folder = runs.run_folder(settings, run)
    for path in (folder.status, folder.recipe, folder.job):
        path.unlink()
    state = runs.describe_run(settings, run)
    assert (state.phase, state.reason) == ("lost", "Its start was interrupted.")


def test_runs_are_listed_newest_first_and_found_by_id_and_name(settings: Settings) -> None:
    made = []
    for name in ("one", "two", "three"):
        made.append(RunMaker(name=name).make(settings))
        time.sleep(0.01)
    assert [run.run for run in runs.list_runs(settings)] == made[::-1]
    assert runs.describe_run(settings, "two").run == made[1]
    assert runs.describe_run(settings, made[1]).name == "two"


@pytest.mark.parametrize("ref", ["r-222222", "nobody", "../runs", "", "/etc"])
def test_a_run_that_is_not_there_is_refused(settings: Settings, ref: str) -> None:
    RunMaker(name="one").make(settings)
    with pytest.raises(NotFoundError) as caught:
        runs.describe_run(settings, ref)
    assert "one" in caught.value.remedy


def test_metrics_are_read_on_from_an_offset(settings: Settings) -> None:
    run = RunMaker().make(settings)
    records, offset = runs.read_metrics(settings, run)
    assert records
    assert runs.read_metrics(settings, run, offset) == ([], offset)
    assert runs.read_curves(settings, run)["loss/total"].iterations[-1] == 400


def test_a_log_tail_is_its_last_whole_lines_however_long_the_log_is(settings: Settings) -> None:
    run = RunMaker().make(settings)
    log = runs.run_folder(settings, run).log
    log.write_bytes(b"".join(b"line %d %s\n" % (number, b"\xff" * 300) for number in range(5000)))
    lines = runs.read_log(settings, run, 20).splitlines()
    assert [line.split()[1] for line in lines] == [str(number) for number in range(4980, 5000)]
    log.unlink()
    assert runs.read_log(settings, run) == ""


@pytest.mark.parametrize("action", [runs.stop, runs.kill], ids=["stop", "kill"])
def test_a_lost_run_can_be_neither_stopped_nor_killed(settings: Settings, action: object) -> None:
    run = RunMaker(phase=Phase.LOST).make(settings)
    assert callable(action)
    with pytest.raises(ConflictError, match="lost"):
        action(settings, run, actor=ADA)


def test_a_stop_is_a_request_that_the_worker_will_find(settings: Settings) -> None:
    run = RunMaker(phase=Phase.RUNNING).make(settings)
    runs.stop(settings, run, actor=ADA)
    assert runs.run_folder(settings, run).stop_request.exists()


def test_the_device_is_shown_free_when_nothing_runs(settings: Settings) -> None:
    devices = runs.devices(settings)
    (slot,) = devices.slots
    assert (slot.key, slot.busy, slot.run, devices.waiting) == ("cpu", False, "", ())


def test_waiting_for_an_ended_run_returns_at_once_with_its_share(settings: Settings) -> None:
    run = RunMaker(phase=Phase.STOPPED, iteration=100).make(settings)
    told = []
    state = runs.wait(settings, run, lambda share, activity: told.append(share))
    assert told == [0.25]
    assert state.phase == "stopped"


def test_every_field_that_a_damaged_file_leaves_unknown_is_a_field_of_a_run() -> None:
    known = {field.name for field in fields(RunSummary)}
    assert {name for names in SAID_BY.values() for name in names} <= known
