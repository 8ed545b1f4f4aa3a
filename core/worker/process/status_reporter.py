"""What the worker tells the outside (status.json) and hears from it (stop requests). Light: imported before torch."""

import logging
import os
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any, Final

from core.training.failures.diagnosis import diagnose, exception_text
from core.training.failures.oom_kills import note_kills
from core.training.run.status import Phase, Status, read_status, write_status

_LOG = logging.getLogger(__name__)
# Readers poll every second; more often would only wear the disk.
_INTERVAL_S: Final = 0.5
# A status takes one block of a disk, the traceback in the log another; file systems differ in their block.
_BALLAST_BYTES: Final = 256 * 1024


class StopSwitch:
    """Whether somebody has asked for a stop: by the request file, by SIGTERM or by Ctrl-C."""

    def __init__(self, request: Path) -> None:
        self._request, self._signalled = request, False

    def listen(self) -> None:
        """Take the signals of this process. Main thread only."""
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGINT, self._note)

    def __call__(self) -> bool:
        """Whether to stop now."""
        return self._signalled or self._request.exists()

    @property
    def signalled(self) -> bool:
        """Whether a signal has asked for it."""
        return self._signalled

    def note(self) -> None:
        """Take it that a signal has asked for it, to another process of this training."""
        self._signalled = True

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._signalled = True


class Reporter:
    """The one writer of a status file while this process lives."""

    def __init__(self, path: Path, of_iterations: int = 0, goes_on: bool = False) -> None:
        """Go on from the launcher's status, or begin one where a worker is started by hand.

        `goes_on`: another process of this worker has begun already, and this one takes over from it.
        """
        self._path, self._written = path, 0.0
        self.signs = 0  # counts the signs of life: every call that tells how far the work is
        self._ballast = path.with_name("ballast.bin")
        try:
            self.status = read_status(path)
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            self.status = Status(phase=Phase.QUEUED, of_iterations=of_iterations, started=time.time())
        self.queued = self.status.updated or time.time()
        # Room for the last words on a disk that has become full; given back when they are written.
        try:
            self._ballast.write_bytes(os.urandom(_BALLAST_BYTES))
        except OSError:
            # A part of it would take the very room that the first status needs.
            self._ballast.unlink(missing_ok=True)
        if goes_on:
            return
        self.update(
            phase=Phase.QUEUED, pid=os.getpid(), exception="", remedy="", reason="", failure="", oom=note_kills()
        )

    def update(self, **changes: Any) -> None:
        """Change some fields and write at once."""
        self.signs += 1
        self.status = self.status.with_(**changes, updated=time.time())
        write_status(self._path, self.status)
        self._written = time.monotonic()

    def tick(self, **changes: Any) -> None:
        """Change some fields; write only where the last writing is a while ago."""
        self.signs += 1
        self.status = self.status.with_(**changes)
        if time.monotonic() - self._written >= _INTERVAL_S:
            self.update()

    def reread(self) -> None:
        """Take over what another process of this worker has written meanwhile."""
        self.status = read_status(self._path)

    def note_metrics(self, values: dict[str, float | None]) -> None:
        """Remember the last value of each metric, for the next writing."""
        self.status = self.status.with_(metrics={**self.status.metrics, **values})

    def end(self, phase: Phase, reason: str) -> None:
        """Write the last status of a run that ended as it should."""
        self.make_room()
        self.update(phase=phase, reason=reason, eta_s=None, activity="")

    def make_room(self) -> None:
        """Give back what was kept for last words: a traceback in the log, then the status."""
        self._ballast.unlink(missing_ok=True)

    def fail(self, error: Exception) -> None:
        """Write the last status of a run that failed, with its cause in plain words; on a full disk as well."""
        found = diagnose(error)
        self.make_room()
        try:
            self.update(
                phase=Phase.FAILED,
                reason=found.cause,
                remedy=found.remedy,
                failure=found.key,
                exception=exception_text(error),
                eta_s=None,
                activity="",
            )
        except OSError:
            # Somebody else took the room: the reader finds the free lock, and the disk full.
            _LOG.exception("The last status could not be written")


class SilentReporter(Reporter):
    """For a process beside the one that reports: keeps to itself what it is told."""

    def __init__(self, path: Path) -> None:
        """Begin with the status as it is on disk."""
        self._path, self.signs = path, 0
        self.reread()

    def update(self, **changes: Any) -> None:
        """Change some fields."""
        self.signs += 1
        self.status = self.status.with_(**changes)

    def tick(self, **changes: Any) -> None:
        """Change some fields."""
        self.update(**changes)
