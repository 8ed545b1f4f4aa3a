"""A worker without torch: the real lock, queue, status and checkpoints, and iterations that only wait.

`python -m tests.factories.workers.tiny_worker RUN_FOLDER`. TINY_STEP_S is the length of an iteration (default 0.02).
"""

import os
import sys
import time
from pathlib import Path

from core.files import write_json
from core.training.launch.devices import Device, together
from core.training.launch.launcher import LocalLauncher
from core.training.launch.liveness import try_hold
from core.training.launch.queue import Ticket, wait_for_slots
from core.training.run.checkpoints import find_checkpoint
from core.training.run.folder import RunFolder
from core.training.run.status import Phase, Status, read_status, write_status

CPU = Device("cpu", "CPU, 2 cores")
# TINY_GPUS and TINY_WANTS: how many slots this machine has instead of the CPU, and how many of them the worker takes.
GPUS = tuple(
    Device(f"gpu{number}", f"GPU {number}", str(number)) for number in range(int(os.environ.get("TINY_GPUS", "0")))
)
DEVICES = GPUS or (CPU,)


def tiny_launcher(step_s: float = 0.02, **environment: str) -> LocalLauncher:
    """Launches this worker instead of the real one."""
    command = (sys.executable, "-m", "tests.factories.workers.tiny_worker")
    return LocalLauncher(command, {**os.environ, "TINY_STEP_S": str(step_s), **environment})


def make_run(workspace: Path, run: str = "r-234567") -> RunFolder:
    """A run's folder before the launch, with all that this worker needs of it."""
    folder = RunFolder(workspace / "runs" / run)
    folder.root.mkdir(parents=True)
    write_json(folder.root / "run.json", {"id": run, "name": run, "created": time.time()})
    return folder


def note(folder: RunFolder, text: str) -> None:
    """Add a line to the trace that all workers of a workspace share."""
    with (folder.root.parent.parent / "trace.txt").open("ab", buffering=0) as trace:
        trace.write(f"{text} {folder.root.name}\n".encode())


def trace_of(workspace: Path) -> list[str]:
    """The lines of the trace so far."""
    path = workspace / "trace.txt"
    return path.read_text().splitlines() if path.exists() else []


def main(root: Path) -> int:
    """Work like core.worker, without the work."""
    folder = RunFolder(root)
    if not try_hold(folder.lock):
        print("another worker has this run")
        return 2
    note(folder, "started")
    status = read_status(folder.status).with_(pid=os.getpid(), updated=time.time())
    write_status(folder.status, status)
    wants = int(os.environ.get("TINY_WANTS", "1"))
    ticket = Ticket(folder.root.name, str(folder.lock), status.updated, slots=wants)
    held = wait_for_slots(root.parent.parent / "slots", ticket, DEVICES, folder.stop_request.exists, lambda _: None)
    if not held:
        _write(folder, status.with_(phase=Phase.STOPPED, reason="Cancelled before its turn."))
        return 0
    note(folder, "begins")
    _iterate(folder, status.with_(phase=Phase.RUNNING, device=together(held).title))
    note(folder, "ends")
    return 0


def _iterate(folder: RunFolder, status: Status) -> None:
    done = checkpoint.iteration if (checkpoint := find_checkpoint(folder, "last")) else 0
    while done < status.of_iterations and not folder.stop_request.exists():
        time.sleep(float(os.environ.get("TINY_STEP_S", "0.02")))
        done += 1
        if done % 5 == 0:
            _keep(folder, done)
        _write(folder, status.with_(iteration=done))
    _keep(folder, done)
    phase = Phase.FINISHED if done == status.of_iterations else Phase.STOPPED
    _write(folder, status.with_(phase=phase, iteration=done))


def _keep(folder: RunFolder, done: int) -> None:
    folder.checkpoints.mkdir(exist_ok=True)
    (folder.checkpoints / "last.pth").write_bytes(b"no weights in here")
    write_json(folder.checkpoints / "index.json", {"last": {"iteration": done}, "best": None})


def _write(folder: RunFolder, status: Status) -> None:
    write_status(folder.status, status.with_(updated=time.time()))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
