"""Why a run failed, in plain words, and what to do: asks core.training.failures.table. Light; no torch.

The worker asks at its entry, with the exception in hand; readers ask about a lost run, of which only the log is left.
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
    """What a worker that vanished has left behind. Times in Unix seconds."""

    log_tail: str
    last_sign: float  # of its last status
    booted: float  # when this machine was started
    is_killed_for_memory: bool = False  # the kernel says so (core.training.failures.oom_kills)
    free_bytes: int | None = None  # on the disk of the run, now


# The last line of a traceback: a dotted exception name, then its text.
_LAST_LINE: Final = re.compile(r"^(?:[A-Za-z_][\w.]*\.)?(\w*(?:Error|Exception|Interrupt|Bomb\w*))(?::.*)?$")
# The module that a traceback's last line puts before an exception's name.
_MODULE: Final = re.compile(r"^(?:[A-Za-z_]\w*\.)+(?=\w+(?::|$))")
# What faulthandler writes when a signal ends the process; stacks follow.
_FATAL_LINE: Final = re.compile(r"^Fatal Python error: .+$")
# A line of our own log: what was written before it had been dealt with.
_LOG_LINE: Final = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
# A data loader raises its worker's exception again with the traceback as its text.
_FROM_LOADER: Final = "Original Traceback"
# A status and a line of the log want this much; with less, whatever was written last failed.
_FULL_BYTES: Final = 64 * 1024


def exception_text(error: BaseException) -> str:
    """The exception as the last line of its traceback has it, without the module: `ValueError: bad value`."""
    text = str(error).strip()
    if _FROM_LOADER in text:
        return _MODULE.sub("", text.splitlines()[-1].strip())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def diagnose(error: BaseException) -> Diagnosis:
    """The cause of an exception, in plain words. An AppError speaks for itself; what caused it tells its kind."""
    if isinstance(error, StorageError) and error.__cause__ is not None:
        # In a worker the disk is that of its run: the table says what happens to that.
        return diagnose_text(exception_text(error.__cause__))
    if not isinstance(error, AppError) or _FROM_LOADER in str(error):
        return diagnose_text(exception_text(error))
    kind = _row_of(exception_text(error))
    if kind is None and error.__cause__ is not None:
        kind = _row_of(exception_text(error.__cause__))
    return Diagnosis(key=kind.key if kind else "mistake", cause=error.message, remedy=error.remedy)


def diagnose_text(text: str) -> Diagnosis:
    """The cause behind an exception's text, or `unknown`."""
    row = _row_of(text)
    return _diagnosis(row, text) if row else _diagnosis(UNKNOWN)


def diagnose_lost(traces: Traces) -> tuple[Diagnosis, str]:
    """Why a worker vanished without writing a last status, and the exception's text ("" for none)."""
    if traces.booted > traces.last_sign:
        return _diagnosis(RESTARTED), ""
    lines = [line.strip() for line in traces.log_tail.splitlines() if line.strip()]
    # Only the very end: an earlier traceback may have been dealt with, or belong to the worker before a resume.
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
    """The line in which faulthandler says what signal ended the process; "" where it said nothing."""
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
