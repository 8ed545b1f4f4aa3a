"""Spares workers the import of torch and Detectron2, which costs 6 s of CPU each: `python -m
tests.factories.workers.warm.nursery SOCKET` has imported them and forks a process for every worker that is started.

A test starts its worker by the product's own line (`python -m core.worker VERB …`), from any process. That process
finds `sitecustomize.py` beside this file on its PYTHONPATH and hands command line, environment, folder and output to
the nursery. The forked process is the worker: a new session, the same module run as `python -m` runs it. The
process that was started waits for it and ends as it does; when that one is killed, so is the worker.

Only Linux has what this needs (pidfd_open); elsewhere `open_nursery` gives no variables, and workers start cold.
"""

import gc
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.factories.waiting import eventually
from tests.factories.workers.warm.sitecustomize import VARIABLE, receive

ROOT = Path(__file__).resolve().parents[4]
# Imported before the first worker; each imports what it needs of torch and Detectron2.
_HEAVY = ("train", "evaluate", "preflight", "preview", "serve", "examine")
_START_S = 240.0


@contextmanager
def open_nursery(folder: Path) -> Iterator[dict[str, str]]:
    """A nursery with its socket and log in `folder`; the variables of the environment that lead workers there."""
    if not hasattr(os, "pidfd_open"):
        yield {}
        return
    path = folder / "nursery"
    cold = {name: value for name, value in os.environ.items() if name != VARIABLE}
    command = [sys.executable, "-m", __spec__.name, str(path)]
    with (folder / "nursery.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=cold, stdout=log, stderr=log)
    try:
        eventually(lambda: path.exists() or process.poll() is not None, _START_S, "the start of the nursery")
        assert process.poll() is None, (folder / "nursery.log").read_text()[-2000:]
        found = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
        yield {VARIABLE: str(path), "PYTHONPATH": found}
    finally:
        process.terminate()
        process.wait()


class _Nursery:
    """Forks workers and tells those who asked for them how they ended."""

    def __init__(self, path: Path) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        # Bound under another name first: who sees the socket can connect.
        self._listener.bind(f"{path}.new")
        self._listener.listen(64)
        Path(f"{path}.new").rename(path)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._askers: dict[int, socket.socket] = {}

    def wait_for_worker(self) -> tuple[dict[str, Any], list[int]]:
        """Returns in each forked process, with its request and its standard streams; never in this one."""
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    if (asked := self._fork()) is not None:
                        return asked
                elif isinstance(key.fileobj, int):
                    self._tell_end(key.data, key.fileobj)
                else:
                    self._end(key.data, key.fileobj)  # type: ignore[arg-type]

    def _fork(self) -> tuple[dict[str, Any], list[int]] | None:
        connection, _ = self._listener.accept()
        try:
            request, streams = receive(connection)
        except EOFError:  # killed while it asked
            connection.close()
            return None
        pid = os.fork()
        if pid == 0:
            self._selector.close()
            self._listener.close()
            connection.close()
            for asker in self._askers.values():
                asker.close()
            return request, streams
        for stream in streams:
            os.close(stream)
        self._askers[pid] = connection
        self._selector.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
        self._selector.register(connection, selectors.EVENT_READ, pid)
        return None

    def _tell_end(self, pid: int, pidfd: int) -> None:
        self._selector.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        asker = self._askers.pop(pid)
        with suppress(KeyError):
            self._selector.unregister(asker)
        with suppress(OSError):
            asker.sendall(str(os.waitstatus_to_exitcode(status)).encode())
        asker.close()

    def _end(self, pid: int, asker: socket.socket) -> None:
        """The process that asked is gone before its worker."""
        if self._askers.get(pid) is not asker:  # told of its end a moment ago
            return
        self._selector.unregister(asker)
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Make this process what the one that asked would have become."""
    os.setsid()
    os.setpriority(os.PRIO_PROCESS, 0, request["niceness"])
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for output in (sys.stdout, sys.stderr):
        output.reconfigure(line_buffering=unbuffered or output is sys.stderr, write_through=unbuffered)  # type: ignore[union-attr]
    # A worker that starts itself anew starts cold, with all that it has from before.
    sys.orig_argv[:] = request["command"]
    import numpy as np

    np.random.seed()  # else all workers would have the same one


def main(path: Path) -> None:
    """Import, fork, and run each worker's module in its process."""
    import importlib

    for name in _HEAVY:
        importlib.import_module(f"core.worker.commands.{name}")
    gc.collect()
    gc.freeze()
    request, streams = _Nursery(path).wait_for_worker()
    _become(request, streams)
    module, *arguments = request["command"][2:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
