"""Runs a verb of the worker and waits for its end: for short work that pages and command line need the result of.

What goes on for longer (training, evaluation, the preview's worker) is started by a launcher and left alone.
"""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from core.errors import AppError
from core.settings import REPOSITORY

_BUSY: Final = "Try again when the machine is free."


def run_worker_verb(
    verb: str, *arguments: str | Path, writes: Path, timeout_s: float, failure: str, remedy: str
) -> None:
    """Run `python -m core.worker VERB ARGUMENTS…` until it has ended; `writes` is the file that must be there then.

    Raises AppError, which begins with `failure` ("The model could not be examined") and says why; at a failure with
    `remedy`, after `timeout_s` seconds with the advice to try again. The process has ended then, too.
    """
    command = [sys.executable, "-m", "core.worker", verb, *(str(argument) for argument in arguments)]
    try:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise AppError(f"{failure} in {timeout_s:g} seconds.", _BUSY) from error
    if done.returncode != 0 or not writes.is_file():
        raise AppError(f"{failure}: {_reason(done.returncode, done.stderr)}", remedy)


def _reason(status: int, log: str) -> str:
    """The last line of its log; where a signal ended it, the last line was about something else."""
    if status < 0:
        return f"the process was ended by {signal.Signals(-status).name}"
    return (log.strip().splitlines() or [f"exit code {status}"])[-1]
