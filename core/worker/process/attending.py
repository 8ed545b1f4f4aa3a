"""A worker's life round its work: take the folder, do the work, write down how it ended. Light: runs before torch."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import ConflictError
from core.training.launch.liveness import hold, wait_for_predecessor
from core.training.launch.ray_launcher import JOB_VARIABLE, read_submission
from core.training.run.folder import RunFolder
from core.worker.process.status_reporter import Reporter, StopSwitch

_LOG = logging.getLogger(__name__)
TAKEN: Final = 2  # exit status where another worker has the folder

Work = Callable[[RunFolder, Reporter, StopSwitch], None]
End = Callable[[RunFolder, Reporter, StopSwitch, Exception], None]


def attend(root: Path, work: Work, end: End) -> int:
    """Take the folder for the rest of this process's life and do the work in it; the exit status.

    0 where the work returned, 1 where it raised (`end` has then written the last status), 2 where another worker has
    the folder.
    """
    folder = RunFolder(root.resolve())
    try:
        take(folder)
    except ConflictError as error:
        print(error.message, file=sys.stderr)
        return TAKEN
    stop = StopSwitch(folder.stop_request)
    stop.listen()
    reporter = Reporter(folder.status)
    try:
        work(folder, reporter, stop)
    except Exception as error:
        reporter.make_room()
        _LOG.exception("The run failed")
        end(folder, reporter, stop, error)
        return 1
    return 0


def take(folder: RunFolder) -> None:
    """Take the lock of the folder. Raises ConflictError where another worker has it."""
    job = os.environ.get(JOB_VARIABLE)
    if job is None:
        wait_for_predecessor(folder.status, folder.lock)
        hold(folder.lock)
        return
    submission = read_submission(folder.root)
    if submission is None or submission.job != job:
        raise ConflictError(f"Job {job} was taken back; the run goes on without it.", "")


def end_with_reason(_folder: RunFolder, reporter: Reporter, _stop: StopSwitch, error: Exception) -> None:
    """Write the last status of work that is never tried again: why it failed."""
    reporter.fail(error)
