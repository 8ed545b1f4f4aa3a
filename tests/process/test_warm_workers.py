"""Workers that come from the nursery are as those that are started cold, to who started them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core.training.launch.liveness import release, try_hold
from tests.factories.waiting import eventually
from tests.factories.workers.warm.nursery import ROOT

pytestmark = pytest.mark.usefixtures("warm_workers")


def _start(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "core.worker", *(str(argument) for argument in arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def _serving(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """A worker that answers pages: what was started, and the process id that the worker itself gives."""
    process = _start("serve", folder)
    eventually((folder / "address.json").exists, 60, "its address")
    return process, int(json.loads((folder / "address.json").read_text())["pid"])


def test_exit_status_and_what_it_says_come_back(tmp_path: Path) -> None:
    lock = tmp_path / "worker.lock"
    assert try_hold(lock)
    try:
        process = _start("train", tmp_path)
        out, err = process.communicate(timeout=60)
    finally:
        release(lock)
    assert process.returncode == 2
    assert out == ""
    assert err.strip() and "Traceback" not in err


def test_it_leads_a_session_of_its_own_and_a_signal_that_ends_it_is_told(tmp_path: Path) -> None:
    process, pid = _serving(tmp_path)
    # Elsewhere than on Linux workers start cold.
    assert (pid != process.pid) == hasattr(os, "pidfd_open")
    assert os.getsid(pid) == os.getpgid(pid) == pid
    os.killpg(pid, signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL


def test_it_ends_when_what_was_started_is_killed(tmp_path: Path) -> None:
    process, pid = _serving(tmp_path)
    process.kill()
    process.wait(60)
    eventually(lambda: not psutil.pid_exists(pid), 60, "its end")
