"""Starts, stops, kills and resumes the worker of a run. The worker does not need this process afterwards."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import psutil

from core.errors import AppError, ConflictError, StorageError
from core.files import keep_copy, only_one, write_json
from core.settings import REPOSITORY
from core.storage_errors import is_full, writing
from core.training.launch.liveness import Observation, observe, probe, sign_of_life
from core.training.launch.ray_launcher import end_job, is_waiting, read_submission
from core.training.recipe.extension import extended
from core.training.recipe.recipe import read_recipe
from core.training.run.checkpoints import find_checkpoint
from core.training.run.folder import RunFolder
from core.training.run.status import ENDED, Phase, Status, write_status

# On the CPU a run would otherwise take the cores that the page server needs to answer.
_NICENESS: Final = 5
# A killed process releases its lock at once, unless it hangs in the kernel (a dead network disk).
_KILL_WAIT_S: Final = 10.0


class Launcher(Protocol):
    """Starts the worker of a run somewhere."""

    def spawn(self, folder: RunFolder) -> None:
        """Starts or submits it and returns at once. Raises OSError or AppError."""


@dataclass(frozen=True, slots=True)
class LocalLauncher:
    """Runs workers as processes of this machine. `command` gets the run's folder as its last argument."""

    command: tuple[str, ...] = (sys.executable, "-m", "core.worker", "train")
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def spawn(self, folder: RunFolder) -> None:
        """Starts the worker in a new session, with output to log.txt, and returns at once. Raises OSError."""
        with folder.log.open("ab") as log:
            process = subprocess.Popen(
                [*self.command, str(folder.root.resolve())],
                cwd=REPOSITORY,
                # PYTHONUNBUFFERED: the log page shows lines as they come.
                env={**self.environment, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                close_fds=True,
            )
        # It may have ended already, or the system may forbid it; both are harmless.
        with suppress(ProcessLookupError, PermissionError):
            os.setpriority(os.PRIO_PROCESS, process.pid, min(os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS, 19))
        # Reaps the child, so that no zombie stays while this process lives; init does it afterwards.
        threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()


def start(folder: RunFolder, iterations: int, launcher: Launcher | None = None) -> None:
    """Launches a new run whose recipe.json and job.json exist. Raises ConflictError if it was started before."""
    with launching(folder):
        if folder.status.exists():
            raise ConflictError(f"Run {folder.root.name} was started already.", "Resume it, or start another run.")
        status = Status(phase=Phase.QUEUED, of_iterations=iterations, started=time.time())
        _launch(folder, status, launcher or LocalLauncher())


def resume(folder: RunFolder, launcher: Launcher | None = None) -> None:
    """Launches an ended run again from its last checkpoint, or from the start if it has none.

    Raises ConflictError if it lives or has finished. Only one of several simultaneous calls launches it.
    """
    with launching(folder):
        _launch(folder, _resumed(folder), launcher or LocalLauncher())


def extend(folder: RunFolder, more: int, launcher: Launcher | None = None) -> None:
    """Gives a finished or stopped run `more` iterations and launches it from its last checkpoint.

    Raises ConflictError for a run in another phase or without a checkpoint, RecipeError for an invalid length.
    """
    with launching(folder):
        seen, last = observe(folder.status, folder.lock), find_checkpoint(folder, "last")
        if seen.phase not in (Phase.FINISHED, Phase.STOPPED):
            remedy = "Wait until it has ended." if seen.phase not in ENDED else "Resume or repair it first."
            raise ConflictError(f"Run {folder.root.name} cannot be extended: it is {seen.phase}.", remedy)
        if last is None:
            raise ConflictError(f"Run {folder.root.name} has no checkpoint to go on from.", "Resume it.")
        recipe = read_recipe(folder.recipe)
        longer = extended(recipe, more, last.iteration, seen.phase is Phase.FINISHED)
        status = _goes_on(folder, seen.status).with_(of_iterations=longer.iterations)
        with _unless_full(folder.recipe):
            write_json(folder.recipe, longer.to_json())
            _launch(folder, status, launcher or LocalLauncher())


def stop(folder: RunFolder) -> None:
    """Asks the worker to write a checkpoint and end. Raises ConflictError for a run that has ended."""
    seen = observe(folder.status, folder.lock)
    if seen.phase in ENDED:
        raise ConflictError(f"Run {folder.root.name} does not run: it is {seen.phase}.", "There is nothing to stop.")
    try:
        ask_to_stop(folder)
    except StorageError:
        # A full disk takes no request. A worker of this machine also gets a signal.
        if not seen.pid or read_submission(folder.root):
            raise
        with suppress(ProcessLookupError):
            os.kill(seen.pid, signal.SIGTERM)
    if seen.phase is Phase.QUEUED:
        _withdraw(folder)


def cancel(folder: RunFolder) -> None:
    """Takes a run out of the queue: it ends as stopped. Raises ConflictError if it no longer waits.

    A run that starts at this moment ends after its first iteration, with a checkpoint.
    """
    phase = observe(folder.status, folder.lock).phase
    if phase is not Phase.QUEUED:
        raise ConflictError(f"Run {folder.root.name} does not wait: it is {phase}.", "A run that has begun is stopped.")
    ask_to_stop(folder)
    _withdraw(folder)


def ask_to_stop(folder: RunFolder) -> None:
    """Writes the stop request, which the worker checks between iterations and while it waits."""
    with writing(folder.stop_request):
        folder.stop_request.parent.mkdir(parents=True, exist_ok=True)
        folder.stop_request.touch()


def kill(folder: RunFolder) -> None:
    """Kills the worker and its data loaders, without a checkpoint. Raises ConflictError for an ended run."""
    with launching(folder):
        seen = observe(folder.status, folder.lock)
        if seen.phase in ENDED:
            raise ConflictError(
                f"Run {folder.root.name} does not run: it is {seen.phase}.", "There is nothing to kill."
            )
        # A new worker that does not hold its lock yet sees this request and ends.
        with suppress(StorageError):  # a full disk must not keep a worker alive that is about to fill it
            ask_to_stop(folder)
        if read_submission(folder.root):
            end_job(folder)
        elif seen.pid:
            _kill_group(seen.pid)
        elif probe(folder.lock).held:
            raise ConflictError(
                f"Run {folder.root.name} runs in another container or on another machine.", "Kill it there."
            )
        _wait_until_free(folder)
        # The worker is dead, and no other can start while the launch lock is held, so there is still one writer.
        status = observe(folder.status, folder.lock).status
        if status.phase not in ENDED:
            reason = f"Killed after iteration {status.iteration}; what came after the last checkpoint is lost."
            with suppress(StorageError):  # without this status, readers see the free lock and call the run lost
                _write_stopped(folder, status, reason)


def _withdraw(folder: RunFolder) -> None:
    """Ends a run that waits on a cluster, because it has no worker yet that sees the request. Raises ClusterError."""
    if read_submission(folder.root) is None:
        return
    with launching(folder):
        if is_waiting(folder):
            end_job(folder)
            _write_stopped(folder, observe(folder.status, folder.lock).status, "Stopped before its turn came.")


def _write_stopped(folder: RunFolder, status: Status, reason: str) -> None:
    """Writes the last status of a run that has no worker, or none yet."""
    changes = {"phase": Phase.STOPPED, "reason": reason, "eta_s": None, "activity": "", "updated": time.time()}
    write_status(folder.status, status.with_(**changes))


def _resumed(folder: RunFolder) -> Status:
    """The status to launch an ended run with. Raises ConflictError if it must not be launched."""
    try:
        seen = observe(folder.status, folder.lock)
    except FileNotFoundError:
        # Its first start was interrupted between its recipe and its status.
        recipe = read_recipe(folder.recipe)
        return Status(phase=Phase.QUEUED, of_iterations=recipe.iterations, started=time.time())
    if seen.phase not in ENDED and not _died_at_once(folder, seen):
        raise ConflictError(f"Run {folder.root.name} is {seen.phase} already.", "Stop it first, or let it run.")
    if seen.phase is Phase.FINISHED:
        raise ConflictError(f"Run {folder.root.name} has finished.", "Extend it, or start a new run with its weights.")
    return _goes_on(folder, seen.status)


def _died_at_once(folder: RunFolder, seen: Observation) -> bool:
    """Whether a worker was launched moments ago and died before its first status, for example on a full disk.

    Its status still says queued, and readers give it time to start. Inside `launching` no other process launches it, so
    if no process has the folder as its last argument, none will take the lock.
    """
    if seen.phase is not Phase.QUEUED or seen.pid or seen.status.pid or read_submission(folder.root):
        return False
    path = str(folder.root.resolve())
    commands = (process.info["cmdline"] for process in psutil.process_iter(["cmdline"]))
    return not any(command and command[-1] == path for command in commands)


def _goes_on(folder: RunFolder, ended: Status) -> Status:
    """The status of an ended run for its next launch."""
    last = find_checkpoint(folder, "last")
    return Status(
        phase=Phase.QUEUED,
        iteration=last.iteration if last else 0,
        of_iterations=ended.of_iterations,
        device=ended.device,
        started=ended.started,
        best=ended.best if last else None,
        retries=ended.retries,
        metrics=ended.metrics if last else {},
    )


def _launch(folder: RunFolder, status: Status, launcher: Launcher) -> None:
    folder.stop_request.unlink(missing_ok=True)
    folder.cluster.unlink(missing_ok=True)
    write_status(folder.status, status.with_(updated=time.time()))
    try:
        launcher.spawn(folder)
    except OSError as error:
        cause = f"The worker could not be started: {error.strerror or error}."
        full = is_full(error)
        remedy = "Free some disk space and resume." if full else "Resume it when the machine can start a process."
        failed = status.with_(phase=Phase.FAILED, reason=cause, exception=str(error), remedy=remedy)
        write_status(folder.status, failed.with_(updated=time.time()))
        if full:
            raise StorageError(cause, remedy, error.errno, folder.log) from error
        raise AppError(cause, remedy) from error
    except AppError as error:
        failed = status.with_(phase=Phase.FAILED, reason=error.message, remedy=error.remedy, updated=time.time())
        write_status(folder.status, failed)
        raise


@contextmanager
def _unless_full(path: Path) -> Iterator[None]:
    """Restores a file if the block fails on a full disk: by a rename, which needs no space."""
    before = path.with_name(f".{path.name}.before")
    keep_copy(path, before)
    try:
        yield
    except StorageError:
        before.replace(path)
        raise
    finally:
        before.unlink(missing_ok=True)


def _kill_group(pid: int) -> None:
    """Kills a process that holds our lock, with its group if it has started one (as launched workers do)."""
    try:
        if os.getpgid(pid) == pid and pid != os.getpgrp():
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it has just ended
    except PermissionError as error:
        raise AppError(f"Process {pid} belongs to another user.", "Kill it as that user.") from error


def _wait_until_free(folder: RunFolder) -> None:
    deadline = time.monotonic() + _KILL_WAIT_S
    while sign_of_life(folder.lock).held:
        if time.monotonic() > deadline:
            raise AppError(f"Run {folder.root.name} does not end after a kill.", "Look at the machine's disks.")
        time.sleep(0.02)


@contextmanager
def launching(folder: RunFolder) -> Iterator[None]:
    """Allows one launch, resume, kill or removal of a run at a time, over all threads and processes.

    Raises NotFoundError if the run is gone, also if it went while this call waited.
    """
    with only_one(folder.launch_lock, f"Run {folder.root.name}"):
        yield
