"""A worker's status (status.json) and the stop requests that it gets. Does not import torch."""

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
# Readers poll every second; writing more often would only wear the disk.
_INTERVAL_S: Final = 0.5
# Enough for a status and a traceback in the log on file systems with large blocks.
_BALLAST_BYTES: Final = 256 * 1024


class StopSwitch:
    """Whether a stop was requested: by the request file, by SIGTERM or by Ctrl-C."""

    def __init__(self, request: Path) -> None:
        self._request, self._signalled = request, False

    def listen(self) -> None:
        """Installs the signal handlers of this process. Main thread only."""
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGINT, self._note)

    def __call__(self) -> bool:
        """Whether to stop now."""
        return self._signalled or self._request.exists()

    @property
    def signalled(self) -> bool:
        """Whether a signal requested the stop."""
        return self._signalled

    def note(self) -> None:
        """Notes that another process of this training got a stop signal."""
        self._signalled = True

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._signalled = True


class Reporter:
    """The one writer of a status file while this process lives."""

    def __init__(self, path: Path, of_iterations: int = 0, goes_on: bool = False) -> None:
        """Continues the launcher's status, or starts a new one if a worker is started by hand.

        `goes_on`: this process takes over from another process of this worker.
        """
        self._path, self._written = path, 0.0
        self.signs = 0  # counts the signs of life: every call that reports progress
        self._ballast = path.with_name("ballast.bin")
        try:
            self.status = read_status(path)
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            self.status = Status(phase=Phase.QUEUED, of_iterations=of_iterations, started=time.time())
        self.queued = self.status.updated or time.time()
        # Keeps space for the last status on a disk that becomes full; freed when that is written.
        try:
            self._ballast.write_bytes(os.urandom(_BALLAST_BYTES))
        except OSError:
            # A part of it would take the space that the first status needs.
            self._ballast.unlink(missing_ok=True)
        if goes_on:
            return
        self.update(
            phase=Phase.QUEUED, pid=os.getpid(), exception="", remedy="", reason="", failure="", oom=note_kills()
        )

    def update(self, **changes: Any) -> None:
        """Changes fields and writes at once."""
        self.signs += 1
        self.status = self.status.with_(**changes, updated=time.time())
        write_status(self._path, self.status)
        self._written = time.monotonic()

    def tick(self, **changes: Any) -> None:
        """Changes fields; writes only if the last write is half a second ago."""
        self.signs += 1
        self.status = self.status.with_(**changes)
        if time.monotonic() - self._written >= _INTERVAL_S:
            self.update()

    def reread(self) -> None:
        """Reads the status that another process of this worker wrote meanwhile."""
        self.status = read_status(self._path)

    def note_metrics(self, values: dict[str, float | None]) -> None:
        """Keeps the last value of each metric for the next write."""
        self.status = self.status.with_(metrics={**self.status.metrics, **values})

    def end(self, phase: Phase, reason: str) -> None:
        """Writes the last status of a run that finished or was stopped."""
        self.free_ballast()
        self.update(phase=phase, reason=reason, eta_s=None, activity="")

    def free_ballast(self) -> None:
        """Frees the space that was kept for the traceback in the log and the last status."""
        self._ballast.unlink(missing_ok=True)

    def fail(self, error: Exception) -> None:
        """Writes the last status of a failed run, with the cause in plain words; also on a full disk."""
        diagnosis = diagnose(error)
        self.free_ballast()
        try:
            self.update(
                phase=Phase.FAILED,
                reason=diagnosis.cause,
                remedy=diagnosis.remedy,
                failure=diagnosis.key,
                exception=exception_text(error),
                eta_s=None,
                activity="",
            )
        except OSError:
            # Another program took the space. The reader finds the lock free and the disk full.
            _LOG.exception("The last status could not be written")


class SilentReporter(Reporter):
    """A reporter that writes nothing, for a process other than the one that reports."""

    def __init__(self, path: Path) -> None:
        """Starts from the status on disk."""
        self._path, self.signs = path, 0
        self.reread()

    def update(self, **changes: Any) -> None:
        """Changes fields."""
        self.signs += 1
        self.status = self.status.with_(**changes)

    def tick(self, **changes: Any) -> None:
        """Changes fields."""
        self.update(**changes)
