"""The queue with real, tiny processes that hold the slot and nothing else."""

import os
import signal
from pathlib import Path

import pytest

from core.files import read_json, write_json
from core.training.launch.launcher import kill, stop
from core.training.launch.liveness import observe, probe
from core.training.launch.queue import slot_states, waiting
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, read_status
from tests.factories.waiting import eventually
from tests.factories.workers.tiny_worker import (
    CPU,
    gpus_of,
    made_up_gpus,
    make_run,
    start_tiny,
    tiny_launcher,
    trace_of,
)


def _phase(folder: RunFolder) -> Phase:
    return observe(folder.status, folder.lock).phase


def _runs(folder: RunFolder) -> bool:
    return _phase(folder) is Phase.RUNNING


@pytest.mark.process
def test_twenty_workers_started_at_once_run_one_at_a_time_and_all_end(tmp_path: Path) -> None:
    folders = [make_run(tmp_path, f"r-{index:06}") for index in range(20)]
    for folder in folders:
        start_tiny(folder, 3)
    eventually(lambda: all(_phase(folder) is Phase.FINISHED for folder in folders), within_s=90, what="all finished")

    def turns_of() -> list[str]:
        return [line for line in trace_of(tmp_path) if not line.startswith("started")]

    # A worker says that it ends after its status says that it has finished.
    eventually(lambda: len(turns_of()) == 40, what="all have ended")
    turns = turns_of()
    for begin, end in zip(turns[::2], turns[1::2], strict=True):
        assert (begin.split()[0], end.split()[0]) == ("begins", "ends")
        assert begin.split()[1] == end.split()[1]


@pytest.mark.process
def test_who_comes_first_is_served_first_and_the_rest_see_their_place(tmp_path: Path) -> None:
    first, second, third = (make_run(tmp_path, f"r-{name}") for name in ("zzzzzz", "mmmmmm", "bbbbbb"))
    start_tiny(first, 1000)
    eventually(lambda: _runs(first))
    for position, folder in enumerate((second, third)):
        start_tiny(folder, 2)
        eventually(lambda count=position + 1: len(waiting(tmp_path / "slots")) == count)  # type: ignore[misc]
    assert [ticket.key for ticket in waiting(tmp_path / "slots")] == ["r-mmmmmm", "r-bbbbbb"]
    (slot,) = slot_states(tmp_path / "slots", [CPU])
    assert (slot.busy, slot.key) == (True, "r-zzzzzz")
    stop(first)
    eventually(lambda: "ends r-bbbbbb" in trace_of(tmp_path))
    assert [line.split()[1] for line in trace_of(tmp_path) if line.startswith("ends")] == [
        "r-zzzzzz",
        "r-mmmmmm",
        "r-bbbbbb",
    ]
    eventually(lambda: not slot_states(tmp_path / "slots", [CPU])[0].busy, within_s=5)


@pytest.mark.process
def test_a_worker_killed_while_it_waits_is_passed_over_and_its_ticket_cleared(tmp_path: Path) -> None:
    running, dead, next_one = (make_run(tmp_path, f"r-{name}") for name in ("222222", "333333", "444444"))
    start_tiny(running, 1000)
    eventually(lambda: _runs(running))
    start_tiny(dead, 2)
    eventually(lambda: len(waiting(tmp_path / "slots")) == 1)
    os.kill(observe(dead.status, dead.lock).pid, signal.SIGKILL)
    eventually(lambda: _phase(dead) is Phase.LOST, within_s=5)
    start_tiny(next_one, 2)
    kill(running)
    eventually(lambda: _phase(next_one) is Phase.FINISHED)
    assert not list((tmp_path / "slots" / "waiting").iterdir())


@pytest.mark.process
def test_a_run_stopped_while_it_waits_ends_without_its_turn(tmp_path: Path) -> None:
    running, waits = make_run(tmp_path, "r-222222"), make_run(tmp_path, "r-333333")
    start_tiny(running, 1000)
    eventually(lambda: _runs(running))
    start_tiny(waits, 2)
    eventually(lambda: len(waiting(tmp_path / "slots")) == 1)
    stop(waits)
    eventually(lambda: _phase(waits) is Phase.STOPPED, within_s=5)
    assert "begins r-333333" not in trace_of(tmp_path)
    assert read_status(waits.status).iteration == 0
    kill(running)


@pytest.mark.process
def test_a_run_on_two_gpus_takes_both_at_once_and_shows_them_in_its_status(tmp_path: Path) -> None:
    dev, folder = made_up_gpus(tmp_path, 2), make_run(tmp_path)
    start_tiny(folder, 1000, tiny_launcher(dev=dev), devices=2)
    eventually(lambda: _runs(folder))
    states = slot_states(tmp_path / "slots", gpus_of(dev))
    assert [(state.busy, state.key) for state in states] == [(True, "r-234567")] * 2
    assert read_status(folder.status).device == "2 × GPU"
    kill(folder)


@pytest.mark.process
def test_a_run_that_wants_two_gpus_holds_none_while_it_waits_and_is_not_overtaken(tmp_path: Path) -> None:
    first, both, later = (make_run(tmp_path, f"r-{name}") for name in ("222222", "333333", "444444"))
    launcher = tiny_launcher(dev=made_up_gpus(tmp_path, 2))
    start_tiny(first, 1000, launcher)
    eventually(lambda: _runs(first))
    start_tiny(both, 2, launcher, devices=2)
    eventually(lambda: len(waiting(tmp_path / "slots")) == 1)
    start_tiny(later, 2, launcher)
    eventually(lambda: len(waiting(tmp_path / "slots")) == 2)
    assert not probe(tmp_path / "slots" / "gpu1.lock").held
    stop(first)
    eventually(lambda: _phase(later) is Phase.FINISHED)
    assert [line for line in trace_of(tmp_path) if line.startswith("begins")][1] == "begins r-333333"


@pytest.mark.process
def test_runs_that_want_one_or_two_gpus_never_wait_for_each_other_for_ever(tmp_path: Path) -> None:
    launcher = tiny_launcher(dev=made_up_gpus(tmp_path, 2))
    folders = [make_run(tmp_path, f"r-{index:06}") for index in range(10)]
    for index, folder in enumerate(folders):
        start_tiny(folder, 3, launcher, devices=1 + index % 2)
    eventually(lambda: all(_phase(folder) is Phase.FINISHED for folder in folders), within_s=90, what="all finished")
    busy = 0
    for event, run in (line.split() for line in trace_of(tmp_path)):
        slots = 1 + int(run.removeprefix("r-")) % 2
        busy += {"started": 0, "begins": slots, "ends": -slots}[event]
        assert busy <= 2


@pytest.mark.process
@pytest.mark.parametrize("content", ["{", "[]", '{"key": 1}', "{}"], ids=["cut off", "list", "other fields", "empty"])
def test_a_file_that_is_no_ticket_holds_nobody_up(tmp_path: Path, content: str) -> None:
    (tmp_path / "slots" / "waiting").mkdir(parents=True)
    (tmp_path / "slots" / "waiting" / "odd.json").write_text(content)
    folder = make_run(tmp_path)
    start_tiny(folder, 1)
    eventually(lambda: _phase(folder) is Phase.FINISHED)


@pytest.mark.process
def test_the_holders_name_of_an_earlier_process_is_not_believed(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    start_tiny(folder, 1000)
    eventually(lambda: _runs(folder))
    path = tmp_path / "slots" / "cpu.json"
    write_json(path, {**read_json(path), "pid": 1})
    (slot,) = slot_states(tmp_path / "slots", [CPU])
    assert (slot.busy, slot.key) == (True, "")
    kill(folder)
