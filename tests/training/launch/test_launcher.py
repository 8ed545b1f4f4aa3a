"""Launching with real processes; the worker is a tiny one that holds the real lock
(tests.factories.workers.tiny_worker)."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from core.errors import AppError, ConflictError
from core.files import write_json
from core.training.launch.launcher import LocalLauncher, kill, resume, start, stop
from core.training.launch.liveness import observe
from core.training.recipe.build import make_recipe
from core.training.recipe.presets import find_preset
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Status, read_status, write_status
from tests.factories.waiting import eventually
from tests.factories.workers.tiny_worker import make_run, set_recipe, tiny_launcher, trace_of

_RESUMER = """
import sys
from pathlib import Path
from core.errors import ConflictError
from core.training.launch.launcher import resume
from core.training.run.folder import RunFolder
from tests.factories.workers.tiny_worker import tiny_launcher
sys.stdin.readline()
try:
    resume(RunFolder(Path(sys.argv[1])), tiny_launcher(0.2))
    print("launched")
except ConflictError as error:
    print("refused")
"""
_STARTER = """
import sys, time
from pathlib import Path
from core.training.launch.launcher import start
from tests.factories.workers.tiny_worker import make_run, tiny_launcher
for name in ("r-222222", "r-333333"):
    start(make_run(Path(sys.argv[1]), name, iterations=60), 60, tiny_launcher())
print("started", flush=True)
time.sleep(60)
"""


def _phase(folder: RunFolder) -> Phase:
    return observe(folder.status, folder.lock).phase


def _running(folder: RunFolder, launcher: LocalLauncher | None = None) -> int:
    """Start the run; the worker's pid once it runs."""
    start(folder, 1000, launcher or tiny_launcher())
    eventually(lambda: _phase(folder) is Phase.RUNNING)
    return observe(folder.status, folder.lock).pid


@pytest.mark.process
def test_runs_outlive_the_killed_process_that_started_them_and_the_queued_one_gets_its_turn(tmp_path: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", _STARTER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    assert starter.stdout.readline() == "started\n"
    folders = [RunFolder(tmp_path / "runs" / name) for name in ("r-222222", "r-333333")]
    eventually(lambda: sorted(_phase(folder) for folder in folders) == [Phase.QUEUED, Phase.RUNNING])
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    eventually(lambda: all(_phase(folder) is Phase.FINISHED for folder in folders))


@pytest.mark.process
def test_a_worker_runs_in_its_own_session_and_leaves_no_zombie(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    pid = _running(folder)
    assert os.getsid(pid) == pid
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(os.getpriority(os.PRIO_PROCESS, 0) + 5, 19)
    kill(folder)
    eventually(lambda: not psutil.pid_exists(pid), within_s=5, what="the child is reaped")


@pytest.mark.process
def test_of_twenty_simultaneous_resumes_exactly_one_launches(tmp_path: Path) -> None:
    folder = make_run(tmp_path, iterations=3)
    write_status(folder.status, Status(phase=Phase.STOPPED, of_iterations=3, updated=time.time()))
    command = [sys.executable, "-c", _RESUMER, str(folder.root)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    resumers = [subprocess.Popen(command, **pipes) for _ in range(20)]  # type: ignore[call-overload]
    with ThreadPoolExecutor(20) as pool:
        said = list(pool.map(lambda process: process.communicate("go\n")[0].strip(), resumers))
    assert sorted(said) == ["launched"] + ["refused"] * 19
    eventually(lambda: _phase(folder) is Phase.FINISHED)
    assert [line for line in trace_of(tmp_path) if line.startswith("begins")] == ["begins r-234567"]


@pytest.mark.process
def test_of_twenty_simultaneous_starts_by_threads_of_one_server_exactly_one_launches(tmp_path: Path) -> None:
    folder = make_run(tmp_path, iterations=3)

    def attempt(_: int) -> bool:
        try:
            start(folder, 3, tiny_launcher())
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(attempt, range(20))) == 1
    eventually(lambda: _phase(folder) is Phase.FINISHED)
    assert len([line for line in trace_of(tmp_path) if line.startswith("started")]) == 1


@pytest.mark.process
def test_a_second_worker_on_the_same_run_ends_quietly_with_a_line_in_the_log(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    _running(folder)
    tiny_launcher().spawn(folder)  # past all checks, as a launcher that was late would
    eventually(lambda: "worker.lock is held by process" in folder.log.read_text())
    assert _phase(folder) is Phase.RUNNING
    kill(folder)


@pytest.mark.process
def test_a_stopped_run_has_a_checkpoint_and_resumes_from_it(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    _running(folder)
    stop(folder)
    eventually(lambda: _phase(folder) is Phase.STOPPED)
    reached = read_status(folder.status).iteration
    set_recipe(folder, reached + 4)
    eventually(lambda: not observe(folder.status, folder.lock).pid)
    resume(folder, tiny_launcher(0.1))
    assert read_status(folder.status).iteration == reached
    eventually(lambda: _phase(folder) is Phase.FINISHED)
    assert read_status(folder.status).iteration == reached + 4


@pytest.mark.process
def test_a_killed_run_says_so_and_can_be_resumed(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    _running(folder)
    eventually(lambda: read_status(folder.status).iteration >= 6)
    kill(folder)
    status = read_status(folder.status)
    assert status.phase is Phase.STOPPED
    assert status.reason.startswith("Killed after iteration")
    resume(folder, tiny_launcher())
    assert read_status(folder.status).iteration % 5 == 0  # the last checkpoint's
    eventually(lambda: _phase(folder) is Phase.RUNNING)
    kill(folder)


@pytest.mark.process
def test_killing_takes_the_data_loaders_of_the_worker_along(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    # The launched process forks a child that idles, as a data loader does, and then becomes the tiny worker.
    forking = (
        "import os, runpy, time\n"
        "time.sleep(60) if os.fork() == 0 else "
        "runpy.run_module('tests.factories.workers.tiny_worker', run_name='__main__')"
    )
    launcher = LocalLauncher((sys.executable, "-c", forking, "train"), dict(tiny_launcher().environment))
    pid = _running(folder, launcher)
    children = psutil.Process(pid).children()
    assert len(children) == 1
    kill(folder)
    eventually(lambda: not psutil.pid_exists(children[0].pid) or children[0].status() == psutil.STATUS_ZOMBIE)


@pytest.mark.parametrize("action", [stop, kill], ids=["stop", "kill"])
@pytest.mark.parametrize("phase", [Phase.FINISHED, Phase.STOPPED, Phase.FAILED])
def test_an_ended_run_can_be_neither_stopped_nor_killed(tmp_path: Path, action: object, phase: Phase) -> None:
    folder = make_run(tmp_path)
    write_status(folder.status, Status(phase=phase, updated=time.time()))
    assert callable(action)
    with pytest.raises(ConflictError, match=str(phase)):
        action(folder)
    assert not folder.stop_request.exists()


def test_a_finished_run_is_not_resumed(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    write_status(folder.status, Status(phase=Phase.FINISHED, updated=time.time()))
    with pytest.raises(ConflictError, match="finished"):
        resume(folder, tiny_launcher())


@pytest.mark.process
def test_a_run_whose_start_was_cut_off_before_its_first_status_can_be_resumed(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    write_json(folder.recipe, make_recipe(find_preset("quick"), 10).to_json())
    resume(folder, tiny_launcher())
    assert read_status(folder.status).of_iterations == 100
    kill(folder)


@pytest.mark.process
def test_a_worker_that_cannot_be_started_is_a_failed_run_with_a_reason(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    with pytest.raises(AppError, match="could not be started"):
        start(folder, 3, LocalLauncher((str(tmp_path / "no-such-python"),)))
    status = read_status(folder.status)
    assert status.phase is Phase.FAILED
    assert "No such file" in status.reason
    assert status.remedy
