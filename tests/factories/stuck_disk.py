"""A folder on a full or read-only disk: a small mount, or the same simulated in Python.

A mount needs rights that not every user has; `kinds()` gives the possible kinds. The other kind answers like the kernel
in this process, at the calls of Python's standard library for a path below the folder, and sets SQLite's switches.

`python -m tests.factories.stuck_disk FOLDER STATE` runs the command lines on standard input (JSON, a list of
lists) through `core.__main__.main` one after the other, and prints exit code, standard output and error of each.
"""

import builtins
import contextlib
import errno
import io
import json
import os
import sqlite3.dbapi2
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
FULL, READ_ONLY = "full", "read-only"
STATES = (FULL, READ_ONLY)


def kinds() -> list[str]:
    """`told` always; `mounted` if this user may mount."""
    with tempfile.TemporaryDirectory() as folder:
        if not _mount(Path(folder)):
            return ["told"]
        subprocess.run(["umount", folder], check=True)
    return ["told", "mounted"]


class StuckDisk:
    """A folder that can become full or read-only, and good again."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder, self._mounted = folder, kind == "mounted"
        # The same files by another path, which stays writable: files open there do not prevent the state.
        self.behind = folder.with_name(f"{folder.name}-behind") if self._mounted else folder
        self.told = ""  # the state that each process must simulate
        if self._mounted:
            self.behind.mkdir()
            assert _mount(self.behind)
            subprocess.run(["mount", "--bind", str(self.behind), str(folder)], check=True)

    @contextmanager
    def stuck(self, state: str) -> Iterator[None]:
        """Puts the disk into this state for the block, in this process and in those that `run` starts."""
        if not self._mounted:
            self.told = state
            try:
                with stuck_below(self.folder, state):
                    yield
            finally:
                self.told = ""
            return
        self._fill() if state == FULL else self._remount("ro")
        try:
            yield
        finally:
            self._remount("rw")
            for path in self.folder.glob("filler-*"):
                path.unlink()

    def run(self, *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
        """Exit code, standard output and standard error of each command line, in a separate process."""
        command = [sys.executable, "-m", "tests.factories.stuck_disk", str(self.folder), self.told]
        given = json.dumps(commands).encode()
        done = subprocess.run(command, input=given, capture_output=True, cwd=ROOT, timeout=300, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return [tuple(answer) for answer in json.loads(done.stdout)]

    def close(self) -> None:
        """Removes the mount."""
        if self._mounted:
            for folder in (self.folder, self.behind):
                subprocess.run(["umount", "--lazy", str(folder)], check=True)

    def _fill(self) -> None:
        # The inodes first: then not even an empty file can be made.
        with (self.folder / "filler-bytes").open("wb", buffering=0) as handle, contextlib.suppress(OSError):
            number = 0
            while True:
                (self.folder / f"filler-{number}").touch()
                number += 1
        with (self.folder / "filler-bytes").open("wb", buffering=0) as handle, contextlib.suppress(OSError):
            while handle.write(b" " * 4096):
                pass

    def _remount(self, mode: str) -> None:
        subprocess.run(["mount", "-o", f"remount,bind,{mode}", str(self.folder)], check=True)


@contextmanager
def stuck_below(folder: Path, state: str) -> Iterator[None]:
    """Makes calls of this process for paths below the folder fail as on a disk in this state."""
    stack = ExitStack()
    number = errno.ENOSPC if state == FULL else errno.EROFS
    below = os.fspath(folder) + os.sep

    def refuse(path: Any) -> None:
        raise OSError(number, os.strerror(number), path)

    def is_below(path: Any) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith(below)

    def refusing(call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda path, *rest, **more: refuse(path) if is_below(path) else call(path, *rest, **more)

    def refusing_target(call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda source, target, *rest, **more: (
            refuse(target) if is_below(target) else call(source, target, *rest, **more)
        )

    really_open, low_open, connect = io.open, os.open, sqlite3.dbapi2.connect

    def opened(path: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if not is_below(path) or not set(mode) & set("wax+"):
            return really_open(path, mode, *rest, **more)
        if state == READ_ONLY or not Path(path).exists():
            refuse(path)
        return really_open("/dev/full", mode, *rest, **more)

    def opened_low(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if is_below(path) and writes and (state == READ_ONLY or not Path(path).exists()):
            refuse(path)
        return low_open(path, flags, *rest, **more)

    def connected(database: Any, *rest: Any, **more: Any) -> Any:
        if is_below(database) and not Path(database).exists():
            raise sqlite3.OperationalError("unable to open database file")
        connection = connect(database, *rest, **more)
        if is_below(database):
            connection.execute("PRAGMA max_page_count = 1" if state == FULL else "PRAGMA query_only = 1")
        return connection

    for module in (builtins, io):
        stack.enter_context(patch.object(module, "open", opened))
    stack.enter_context(patch.object(os, "open", opened_low))
    stack.enter_context(patch.object(sqlite3.dbapi2, "connect", connected))
    for name in ("mkdir", "symlink"):
        stack.enter_context(patch.object(os, name, refusing(getattr(os, name))))
    stack.enter_context(patch.object(os, "link", refusing_target(os.link)))
    for name in ("unlink", "remove", "rmdir") if state == READ_ONLY else ():
        stack.enter_context(patch.object(os, name, refusing(getattr(os, name))))
    for name in ("rename", "replace") if state == READ_ONLY else ():
        stack.enter_context(patch.object(os, name, refusing_target(getattr(os, name))))
    with stack:
        yield


def _mount(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", "size=6m,nr_inodes=1500", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _answer(command: list[str]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(command)
    return code, out.getvalue(), err.getvalue()


if __name__ == "__main__":
    from core.__main__ import main

    with stuck_below(Path(sys.argv[1]), sys.argv[2]) if sys.argv[2] else contextlib.nullcontext():
        print(json.dumps([_answer(command) for command in json.load(sys.stdin)]))
