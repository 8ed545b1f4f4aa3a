"""Runs a process's work: take the folder, do the work, write how it ended. Does not import torch."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import ConflictError
from core.training.launch.liveness import hold, wait_for_predecessor
from core.training.launch.ray_launcher import JOB_VARIABLE, read_submission
from core.training.process.status_reporter import Reporter, StopSwitch
from core.training.run.folder import RunFolder

_LOG = logging.getLogger(__name__)
TAKEN: Final = 2  # exit status if another worker has the folder

Work = Callable[[RunFolder, Reporter, StopSwitch], None]
End = Callable[[RunFolder, Reporter, StopSwitch, Exception], None]


def attend(root: Path, work: Work, end: End) -> int:
    """Takes the folder until this process ends, does the work in it, and returns the exit status.

    The status is 0 if the work returned, 1 if it raised (`end` then wrote the last status), and 2 if another worker has
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
        reporter.free_ballast()
        _LOG.exception("The run failed")
        end(folder, reporter, stop, error)
        return 1
    return 0


def take(folder: RunFolder) -> None:
    """Takes the lock of the folder. Raises ConflictError if another worker holds it."""
    job = os.environ.get(JOB_VARIABLE)
    if job is None:
        wait_for_predecessor(folder.status, folder.lock)
        hold(folder.lock)
        return
    submission = read_submission(folder.root)
    if submission is None or submission.job != job:
        raise ConflictError(f"Job {job} was withdrawn; the run goes on without it.", "")


def end_with_reason(_folder: RunFolder, reporter: Reporter, _stop: StopSwitch, error: Exception) -> None:
    """Writes the last status of work that is not retried, with the reason of its failure."""
    reporter.fail(error)
