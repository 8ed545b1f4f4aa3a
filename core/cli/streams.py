"""Standard output and error of the command line, whose readers may close them at any time. For core.__main__.

A reader that has seen enough (`… | head`) is no fault: the command ends quietly, as git does. Nothing that is written
here raises, so it does not matter who writes: a verb, a library's help text, a traceback, or the flush at the exit.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TextIO, cast

from core.terminal import PrintableStream

# What a shell reports for a program that was ended by SIGPIPE.
_CLOSED_PIPE: Final = 141
_NOT_WRITTEN: Final = 2


class _LenientFile(io.FileIO):
    """A file descriptor that keeps its first failure and takes everything after it as written."""

    failure: OSError | None = None

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.failure is None:
            try:
                return super().write(data)
            except OSError as error:
                self.failure = error
        return len(data)


def run_program(program: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """Run the program of a process with lenient standard streams; the exit status of the process.

    141 if the reader of standard output closed it, 2 if it could not be written for another reason, else the program's.
    """
    _fill_closed_descriptors()
    out = _LenientFile(1, "w", closefd=False)
    sys.stdout = _text_on(out, sys.stdout, is_unbuffered=False)
    sys.stderr = _text_on(_LenientFile(2, "w", closefd=False), sys.stderr, is_unbuffered=True)
    status = _status_of(program, arguments)
    sys.stdout.flush()
    if out.failure is None:
        return status
    if isinstance(out.failure, BrokenPipeError):
        return status or _CLOSED_PIPE
    print(f"Error: Standard output cannot be written: {out.failure.strerror}.", file=sys.stderr)
    print("Send it to a file on a disk with room.", file=sys.stderr)
    return status or _NOT_WRITTEN


@contextmanager
def printable_streams() -> Iterator[None]:
    """Escape control characters in all that is written to standard output and error inside the block."""
    out, error = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = cast(TextIO, PrintableStream(out)), cast(TextIO, PrintableStream(error))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, error


def terminal_of(stream: TextIO) -> TextIO:
    """The stream below the escaping, for a progress bar, which steers the terminal itself."""
    return stream.stream if isinstance(stream, PrintableStream) else stream


def _fill_closed_descriptors() -> None:
    """Put /dev/null where a standard stream was closed: else the next file that is opened would take its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def _text_on(file: _LenientFile, before: TextIO | None, is_unbuffered: bool) -> io.TextIOWrapper:
    encoding = before.encoding if before is not None else "utf-8"
    is_terminal = file.isatty()
    # A name that this encoding does not have is no reason to fail.
    return io.TextIOWrapper(
        io.BufferedWriter(cast(io.RawIOBase, file)),
        encoding,
        "backslashreplace",
        line_buffering=is_terminal or is_unbuffered,
    )


def _status_of(program: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    try:
        return program(arguments)
    except SystemExit as end:  # after --help
        return end.code if isinstance(end.code, int) else int(end.code is not None)
