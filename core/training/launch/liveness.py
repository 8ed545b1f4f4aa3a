"""Tells whether a worker still lives, by a kernel lock that it holds until it ends.

A pid does not tell: an unreaped child still answers to signal 0, and pids are reused. The kernel drops a POSIX record
lock when its process dies, and `F_GETLK` returns its holder without taking it.
"""

import fcntl
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import ConflictError, DamagedFileError
from core.training.launch.ray_launcher import is_alive, read_submission
from core.training.run.status import ENDED, Phase, Status, read_status

# The longest that a new process takes to get its lock on a busy machine. Until then a free lock means nothing.
START_GRACE_S: Final = 15.0
# A worker ends within this after its last status, also if it has to release a GPU and much memory.
_LAST_BREATH_S: Final = 60.0

# `struct flock` in native order: Linux (64-bit) has type and whence first, macOS and the BSDs last.
_LINUX: Final = struct.Struct("hhqqi4x")
_BSD: Final = struct.Struct("qqihh")
_IS_LINUX: Final = os.uname().sysname == "Linux"

# Locks of this process by path. Closing *any* handle on its file drops a record lock, so the handle stays open until
# the process ends, and `probe` never opens a file in here.
_HELD: dict[Path, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class LockState:
    """The kernel's state of a lock. `pid` is the holder's, 0 if it is free or not visible from this machine."""

    held: bool
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Observation:
    """A status with the state of the worker's lock."""

    status: Status
    phase: Phase  # as readers show it; may be LOST
    pid: int  # the living worker, 0 if none


def hold(path: Path) -> None:
    """Takes the lock until this process ends. Raises ConflictError if another process holds it."""
    if not try_hold(path):
        raise ConflictError(f"{path.name} is held by process {probe(path).pid}.", "Wait until it has ended.")


def wait_for_predecessor(status_path: Path, lock_path: Path) -> None:
    """Waits while an earlier worker, which has written its last status and is about to end, still holds the lock.

    The launcher's status shows that it is an earlier one, because a worker replaces it as soon as it has the lock.
    """
    deadline = time.monotonic() + _LAST_BREATH_S
    # A process that already holds it does not wait for itself.
    while (seen := probe(lock_path)).held and seen.pid != os.getpid() and time.monotonic() < deadline:
        try:
            if read_status(status_path).pid:
                return
        except (FileNotFoundError, DamagedFileError):
            return
        time.sleep(0.05)


def try_hold(path: Path) -> bool:
    """Takes the lock until this process ends; False if another process holds it."""
    path = path.resolve()
    if path in _HELD:
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        # lockf, not flock: a data-loader child shares a flock and would keep it after the worker dies.
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return False
    _HELD[path] = descriptor
    return True


def release(path: Path) -> None:
    """Releases a lock if this process holds it."""
    descriptor = _HELD.pop(path.resolve(), None)
    if descriptor is not None:
        os.close(descriptor)


def probe(path: Path) -> LockState:
    """The holder of the lock. It does not take the lock, so it never blocks a starting worker. No file: a free lock."""
    path = path.resolve()
    if path in _HELD:
        return LockState(held=True, pid=os.getpid())
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return LockState(held=False)
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, _question())
    finally:
        os.close(descriptor)
    return _answer(answer)


def sign_of_life(lock_path: Path) -> LockState:
    """Whether a worker lives: by its lock, or by its job if it was submitted to a cluster."""
    submission = read_submission(lock_path.parent)
    return probe(lock_path) if submission is None else LockState(held=is_alive(submission))


def effective_phase(status: Status, lock: LockState, now: float) -> Phase:
    """The phase to show: the written one, or LOST for a run that should be alive but has a free lock.

    `now` is in Unix seconds. The launcher's status (pid 0) counts until its worker had time to start.
    """
    if status.phase in ENDED or lock.held:
        return status.phase
    if status.pid == 0 and now - status.updated < START_GRACE_S:
        return status.phase
    return Phase.LOST


def observe(status_path: Path, lock_path: Path) -> Observation:
    """The status with its effective phase. Raises FileNotFoundError if there is no status."""
    # First the lock, then the status: a worker that ends in between has written its last status. A worker that *starts*
    # in between looks lost once, and the second round sees its lock.
    for _ in range(2):
        lock = sign_of_life(lock_path)
        status = read_status(status_path)
        phase = effective_phase(status, lock, time.time())
        if phase is not Phase.LOST:
            break
    return Observation(status, phase, lock.pid)


def _question() -> bytes:
    if _IS_LINUX:
        return _LINUX.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    return _BSD.pack(0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)


def _answer(flock: bytes) -> LockState:
    if _IS_LINUX:
        kind, _, _, _, pid = _LINUX.unpack(flock)
    else:
        _, _, pid, kind, _ = _BSD.unpack(flock)
    return LockState(held=False) if kind == fcntl.F_UNLCK else LockState(held=True, pid=max(pid, 0))
