"""Diagnoses a failed run: the cause in plain words and a remedy, from core.training.failures.table.

The worker diagnoses the exception that it caught. Readers diagnose a lost run from its log and the machine.
"""

import re
from dataclasses import dataclass
from typing import Final

from core.errors import AppError, StorageError
from core.training.failures.table import (
    CRASHED,
    FAILURES,
    KILLED,
    KILLED_FOR_MEMORY,
    RESTARTED,
    UNKNOWN,
    Failure,
    find_failure,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A plain cause and the user's next step, each a sentence or two."""

    key: str  # of the row in the table of failures, e.g. "memory"
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What is known about a worker that vanished. Times in Unix seconds."""

    log_tail: str
    last_sign: float  # of its last status
    booted: float  # when this machine was started
    is_killed_for_memory: bool = False  # by the kernel's count (core.training.failures.oom_kills)
    free_bytes: int | None = None  # on the disk of the run, now


# The last line of a traceback: a dotted exception name, then its text.
_LAST_LINE: Final = re.compile(r"^(?:[A-Za-z_][\w.]*\.)?(\w*(?:Error|Exception|Interrupt|Bomb\w*))(?::.*)?$")
# The module that a traceback's last line puts before an exception's name.
_MODULE: Final = re.compile(r"^(?:[A-Za-z_]\w*\.)+(?=\w+(?::|$))")
# The line that faulthandler writes before the stacks when a signal ends the process.
_FATAL_LINE: Final = re.compile(r"^Fatal Python error: .+$")
# A line of our log. Errors before it did not end the process.
_LOG_LINE: Final = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
# A data loader raises its process's exception again, with the traceback as text.
_FROM_LOADER: Final = "Original Traceback"
# A status and a log line need this much. With less, the last write failed.
_FULL_BYTES: Final = 64 * 1024


def exception_text(error: BaseException) -> str:
    """The exception in the form of a traceback's last line, without the module: `ValueError: bad value`."""
    text = str(error).strip()
    if _FROM_LOADER in text:
        return _MODULE.sub("", text.splitlines()[-1].strip())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def diagnose(error: BaseException) -> Diagnosis:
    """The cause of an exception in plain words. An AppError keeps its message; its own cause decides the row."""
    if isinstance(error, StorageError) and error.__cause__ is not None:
        # In a worker the disk is that of its run, which the table has a row for.
        return diagnose_text(exception_text(error.__cause__))
    if not isinstance(error, AppError) or _FROM_LOADER in str(error):
        return diagnose_text(exception_text(error))
    row = _row_of(exception_text(error))
    if row is None and error.__cause__ is not None:
        row = _row_of(exception_text(error.__cause__))
    return Diagnosis(key=row.key if row else "mistake", cause=error.message, remedy=error.remedy)


def diagnose_text(text: str) -> Diagnosis:
    """The diagnosis of an exception's text, by default `unknown`."""
    row = _row_of(text)
    return _diagnosis(row, text) if row else _diagnosis(UNKNOWN)


def diagnose_lost(traces: Traces) -> tuple[Diagnosis, str]:
    """Why a worker vanished without writing a last status, and the exception's text ("" for none)."""
    if traces.booted > traces.last_sign:
        return _diagnosis(RESTARTED), ""
    lines = [line.strip() for line in traces.log_tail.splitlines() if line.strip()]
    # Only the very end: an earlier traceback may have been handled, or be from before a resume.
    for line in reversed(lines[-3:]):
        if _LAST_LINE.match(line):
            return diagnose_text(line), line
    if crash := _crash(lines):
        row = _row_of(crash) or CRASHED
        return _diagnosis(row, crash), crash
    if traces.is_killed_for_memory:
        return _diagnosis(KILLED_FOR_MEMORY), ""
    if traces.free_bytes is not None and traces.free_bytes < _FULL_BYTES:
        return _diagnosis(find_failure("disk full")), ""
    return _diagnosis(KILLED), ""


def _crash(lines: list[str]) -> str:
    """The line in which faulthandler names the signal that ended the process; "" if there is none."""
    for line in reversed(lines):
        if _LOG_LINE.match(line):
            return ""
        if _FATAL_LINE.match(line):
            return line
    return ""


def _row_of(text: str) -> Failure | None:
    return next((row for row in FAILURES if row.text.search(text)), None)


def _diagnosis(row: Failure, text: str = "") -> Diagnosis:
    match = row.text.search(text)
    return Diagnosis(
        key=row.key, cause=row.cause.format(**match.groupdict()) if match else row.cause, remedy=row.remedy
    )
