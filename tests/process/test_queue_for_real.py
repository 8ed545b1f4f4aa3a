"""The queue with real workers, as the launcher starts them; each is killed once it has its slots, before it trains."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import ConflictError
from core.settings import Settings
from core.training.launch.devices import Device, find_devices
from core.training.launch.launcher import LocalLauncher, kill, start
from core.training.launch.liveness import observe, release, try_hold
from core.training.launch.queue import lock_path, slot_states, waiting
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from core.workspace.registry import Registry
from tests.factories.waiting import eventually
from tests.factories.workers.made_up_nvml import asks_nobody
from tests.factories.workers.tiny_run import tiny_recipe, tiny_run

# Falling: a queue without arrival times would serve the last first.
NAMES = ("r-999999", "r-777777", "r-555555", "r-333333")
# Starting a worker takes a second on two free cores; a machine under load needs many times that.
_LONG_S = 120.0
_SERVER = """
import sys, time
from pathlib import Path
from core.training.launch.launcher import start
from core.training.run.folder import RunFolder
for name in sys.argv[2:]:
    start(RunFolder(Path(sys.argv[1]) / "runs" / name), 8)
print("started", flush=True)
time.sleep(600)
"""
# The real entry on a machine with other device nodes.
_ELSEWHERE = """
import functools, sys
from pathlib import Path
from core.training.launch import devices
from tests.factories.workers.made_up_nvml import asks_nobody
nodes = Path(sys.argv[1])
devices.find_devices = functools.partial(devices.find_devices, nodes=nodes, driver=nodes, ask=asks_nobody)
from core.worker.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., RunFolder]]:
    """Makes runs in the workspace, and kills active ones at the end."""
    folders = []

    def make(name: str, devices: int = 1) -> RunFolder:
        data = tmp_path / "datasets" / "d-222222" / "versions" / "v1"
        folders.append(tiny_run(tmp_path, name, tiny_recipe(8, devices=devices), data))
        Registry(Settings(workspace=tmp_path)).add("run", name, name)
        return folders[-1]

    yield make
    for folder in folders:
        try:
            kill(folder)
        except (ConflictError, FileNotFoundError):
            continue  # it has ended, or was never started


def _phase(folder: RunFolder) -> Phase:
    return observe(folder.status, folder.lock).phase


def _keys(slots: Path, devices: tuple[Device, ...]) -> list[str]:
    return [state.key for state in slot_states(slots, devices)]


def _served(slots: Path, folders: dict[str, RunFolder], device: Device) -> list[str]:
    """The runs in the order in which they get the slot; each is killed then."""
    served: list[str] = []

    def another() -> bool:
        return _keys(slots, (device,))[0] not in ("", *served)

    while len(served) < len(folders):
        eventually(another, _LONG_S, f"the next one after {served}")
        served += _keys(slots, (device,))
        kill(folders[served[-1]])
    return served


def test_four_workers_are_served_in_the_order_of_their_start_though_the_server_is_restarted_between(
    tmp_path: Path, made: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (cpu,), slots = find_devices(), tmp_path / "slots"
    folders = {name: made(name) for name in NAMES}
    assert try_hold(lock_path(slots, cpu))
    try:
        server = subprocess.Popen(
            [sys.executable, "-c", _SERVER, str(tmp_path), *NAMES[:2]], stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None and server.stdout.readline() == "started\n"
        server.send_signal(signal.SIGKILL)
        server.wait()
        for name in NAMES[2:]:
            start(folders[name], 8)
        eventually(lambda: len(waiting(slots)) == len(NAMES), _LONG_S, "all four wait")
        assert [ticket.key for ticket in waiting(slots)] == list(NAMES)
        assert {(ticket.place, ticket.slots) for ticket in waiting(slots)} == {(0.0, 1)}
        assert _seen_by_a_new_process(tmp_path) == list(NAMES)
    finally:
        release(lock_path(slots, cpu))
    assert _served(slots, folders, cpu) == list(NAMES)


def _seen_by_a_new_process(workspace: Path) -> list[str]:
    command = [sys.executable, "-m", "core", "--workspace", str(workspace), "queue", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=_LONG_S)
    return [entry["key"] for entry in json.loads(done.stdout)]


def test_a_run_of_two_gpus_holds_both_slots_and_a_second_one_waits_for_both(
    tmp_path: Path, made: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    nodes, slots = tmp_path / "dev", tmp_path / "slots"
    nodes.mkdir()
    for number in range(2):
        (nodes / f"nvidia{number}").touch()
    gpus = find_devices({}, nodes, nodes, asks_nobody)
    assert [gpu.key for gpu in gpus] == ["gpu0", "gpu1"]
    first, second = (made(name, devices=2) for name in NAMES[:2])
    launcher = LocalLauncher((sys.executable, "-c", _ELSEWHERE, str(nodes), "train"), dict(os.environ))
    start(first, 8, launcher)
    # It labels one slot after the other.
    eventually(lambda: _keys(slots, gpus) == [NAMES[0]] * 2, _LONG_S, "the first one has both slots")
    start(second, 8, launcher)
    eventually(lambda: waiting(slots), _LONG_S, "the second one waits")
    (ticket,) = waiting(slots)
    assert (ticket.key, ticket.slots, _phase(second)) == (NAMES[1], 2, Phase.QUEUED)
    assert _keys(slots, gpus) == [NAMES[0]] * 2
    kill(first)
    eventually(lambda: _keys(slots, gpus) == [NAMES[1]] * 2, _LONG_S, "the second one has both")
