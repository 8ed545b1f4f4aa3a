"""Standard output and error of the command line, whose readers may close them at any time. For core.__main__.

A reader may close the pipe early (`… | head`): then the command ends quietly, as git does. Writing never raises,
whether a verb, a library's help text, a traceback or the flush at exit writes.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TextIO, cast

from core.terminal import PrintableStream

# The exit status that a shell reports after SIGPIPE.
_CLOSED_PIPE: Final = 141
_NOT_WRITTEN: Final = 2


class _LenientFile(io.FileIO):
    """A file descriptor that stores its first failure and discards all later output."""

    failure: OSError | None = None

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.failure is None:
            try:
                return super().write(data)
            except OSError as error:
                self.failure = error
        return len(data)


def run_program(program: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """Run a program with lenient standard streams and return the exit status of the process.

    It is 141 if the reader closed standard output, 2 if writing failed for another reason, else the program's status.
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
    print("Send it to a file on a disk with free space.", file=sys.stderr)
    return status or _NOT_WRITTEN


@contextmanager
def printable_streams() -> Iterator[None]:
    """Escape control characters in all output to standard output and error inside the block."""
    out, error = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = cast(TextIO, PrintableStream(out)), cast(TextIO, PrintableStream(error))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, error


def terminal_of(stream: TextIO) -> TextIO:
    """The stream without escaping, for a progress bar, which writes control characters."""
    return stream.stream if isinstance(stream, PrintableStream) else stream


def _fill_closed_descriptors() -> None:
    """Open /dev/null for each closed standard stream: else the next opened file would take its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def _text_on(file: _LenientFile, before: TextIO | None, is_unbuffered: bool) -> io.TextIOWrapper:
    encoding = before.encoding if before is not None else "utf-8"
    is_terminal = file.isatty()
    # A name that the encoding cannot represent must not raise.
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
