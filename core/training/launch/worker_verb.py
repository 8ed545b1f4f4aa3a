"""Runs a verb of the worker and waits for its end: for short work whose result pages and command line need.

Launchers start longer work (training, evaluation, the preview's worker) and do not wait.
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
    """Runs `python -m core.worker VERB ARGUMENTS…` to its end. It must write the file `writes`.

    Raises AppError, which starts with `failure` ("The model could not be examined") and says why. Its remedy is
    `remedy`, or after `timeout_s` seconds to try again. The process has ended in any case.
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
    """The last line of the log, or the signal that ended the process."""
    if status < 0:
        return f"the process was ended by {signal.Signals(-status).name}"
    return (log.strip().splitlines() or [f"exit code {status}"])[-1]
