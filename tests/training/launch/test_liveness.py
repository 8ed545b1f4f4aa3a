"""Locks are tried with real processes: what the kernel does is the point."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ConflictError
from core.training.launch.liveness import (
    LockState,
    effective_phase,
    hold,
    observe,
    probe,
    release,
    try_hold,
    wait_for_predecessor,
)
from core.training.run.status import Phase, Status, write_status
from tests.factories.waiting import eventually

_HOLDER = """
import os, sys, time
from pathlib import Path
from core.training.launch.liveness import hold
hold(Path(sys.argv[1]))
if len(sys.argv) > 2 and os.fork() == 0:  # as a data loader does
    time.sleep(float(sys.argv[2]))
    os._exit(0)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "worker.lock"


def _start_holder(lock: Path, *more: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(lock), *more], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.fixture
def holder(lock: Path) -> Iterator[subprocess.Popen[str]]:
    process = _start_holder(lock)
    yield process
    process.kill()
    process.wait()


def test_a_lock_nobody_ever_took_is_free(lock: Path) -> None:
    assert probe(lock) == LockState(held=False)


@pytest.mark.process
def test_a_held_lock_tells_its_holder(lock: Path, holder: subprocess.Popen[str]) -> None:
    assert probe(lock) == LockState(held=True, pid=holder.pid)
    with pytest.raises(ConflictError, match=str(holder.pid)):
        hold(lock)


@pytest.mark.process
def test_killing_the_holder_frees_the_lock_though_its_forked_child_lives_on(lock: Path) -> None:
    holder = _start_holder(lock, "3")
    holder.send_signal(signal.SIGKILL)
    eventually(lambda: not probe(lock).held, within_s=1)
    assert holder.returncode is None  # a zombie until now: its pid would still have answered
    holder.wait()


@pytest.mark.process
def test_asking_a_thousand_times_takes_nothing_from_the_holder_nor_from_who_comes_next(lock: Path) -> None:
    hold(lock)
    for _ in range(1000):
        assert probe(lock) == LockState(held=True, pid=os.getpid())
    asker = "import sys; from pathlib import Path; from core.training.launch.liveness import probe, try_hold;" + (
        "p = Path(sys.argv[1]); [probe(p) for _ in range(1000)]; print(probe(p).pid, try_hold(p))"
    )
    said = subprocess.run([sys.executable, "-c", asker, str(lock)], capture_output=True, text=True, check=True).stdout
    assert said.split() == [str(os.getpid()), "False"]
    assert try_hold(lock)


@pytest.mark.parametrize(
    ("phase", "held", "pid", "age_s", "expected"),
    [
        pytest.param(Phase.RUNNING, True, 7, 900, Phase.RUNNING, id="long silent but alive"),
        pytest.param(Phase.RUNNING, False, 7, 0, Phase.LOST, id="running without a worker"),
        pytest.param(Phase.STARTING, False, 7, 1, Phase.LOST, id="died while starting"),
        pytest.param(Phase.QUEUED, False, 0, 14, Phase.QUEUED, id="launched, not up yet"),
        pytest.param(Phase.QUEUED, False, 0, 16, Phase.LOST, id="launched, never came up"),
        pytest.param(Phase.QUEUED, False, 7, 1, Phase.LOST, id="died while queued"),
        pytest.param(Phase.QUEUED, True, 7, 900, Phase.QUEUED, id="waits long"),
        pytest.param(Phase.FINISHED, False, 7, 900, Phase.FINISHED, id="finished"),
        pytest.param(Phase.FAILED, False, 7, 0, Phase.FAILED, id="failed"),
        pytest.param(Phase.STOPPED, True, 7, 0, Phase.STOPPED, id="stopped, about to exit"),
    ],
)
def test_a_run_is_lost_when_it_should_live_and_its_lock_is_free(
    phase: Phase, held: bool, pid: int, age_s: float, expected: Phase
) -> None:
    status = Status(phase=phase, pid=pid, updated=1000.0)
    assert effective_phase(status, LockState(held=held, pid=pid), 1000.0 + age_s) is expected


@pytest.mark.process
def test_an_observation_sees_a_killed_worker_as_lost_at_once(
    tmp_path: Path, lock: Path, holder: subprocess.Popen[str]
) -> None:
    status = tmp_path / "status.json"
    write_status(status, Status(phase=Phase.RUNNING, pid=holder.pid, updated=time.time()))
    assert observe(status, lock).phase is Phase.RUNNING
    assert observe(status, lock).pid == holder.pid
    holder.kill()
    holder.wait()
    assert observe(status, lock).phase is Phase.LOST


@pytest.mark.process
def test_the_next_worker_waits_for_the_one_that_is_about_to_end_but_not_for_a_living_one(lock: Path) -> None:
    status = lock.with_name("status.json")
    holder = _start_holder(lock)
    write_status(status, Status(phase=Phase.RUNNING, pid=holder.pid))
    began = time.monotonic()
    wait_for_predecessor(status, lock)
    assert time.monotonic() - began < 1
    assert probe(lock).held

    write_status(status, Status(phase=Phase.QUEUED))  # as the launcher leaves it for the next worker
    threading.Timer(0.5, holder.kill).start()
    wait_for_predecessor(status, lock)
    assert not probe(lock).held
    holder.wait()


def test_a_worker_that_took_its_lock_early_does_not_wait_for_itself(
    lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.launch.liveness.time.sleep", lambda _: pytest.fail("it waits"))
    status = lock.with_name("status.json")
    write_status(status, Status(phase=Phase.QUEUED))
    assert try_hold(lock)
    wait_for_predecessor(status, lock)
    release(lock)
