"""A real Ray head on loopback with one CPU, removed without a trace afterwards."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

from core.training.launch.ray_api import ClusterError, list_jobs
from tests.factories.waiting import eventually

_RAY: Final = Path(sys.executable).parent / "ray"
# A head takes 10 s on a free machine.
_START_S: Final = 180.0


@contextmanager
def ray_head(cpus: int = 1) -> Iterator[str]:
    """The address of its Jobs API. `ray start --block` and all its children end with the block."""
    ports = _free_ports(9)
    # Short, because Ray puts sockets below it, whose paths may have 107 characters.
    root = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    command = [
        *(str(_RAY), "start", "--head", "--block", "--disable-usage-stats", f"--temp-dir={root}"),
        *("--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1", "--include-dashboard=true"),
        *(f"--num-cpus={cpus}", "--num-gpus=0", "--object-store-memory=80000000"),
        *(f"--{name}={port}" for name, port in zip(_PORTS, ports, strict=True)),
    ]
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_DISABLE_IMPORT_WARNING": "1"}
    environment.pop("RAY_ADDRESS", None)
    with (root / "start.txt").open("wb") as log:
        head = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True)
    address = f"http://127.0.0.1:{ports[_PORTS.index('dashboard-port')]}"
    try:
        eventually(lambda: head.poll() is not None or _answers(address), _START_S, "the head answers")
        assert head.poll() is None, (root / "start.txt").read_text()
        yield address
    finally:
        _end(head, root)


_PORTS: Final = (
    "port",
    "dashboard-port",
    "dashboard-agent-listen-port",
    "dashboard-agent-grpc-port",
    "runtime-env-agent-port",
    "metrics-export-port",
    "node-manager-port",
    "object-manager-port",
    "ray-client-server-port",
)


def _answers(address: str) -> bool:
    try:
        list_jobs(address)
    except ClusterError:
        return False
    return True


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _end(head: subprocess.Popen[bytes], root: Path) -> None:
    """Kills the head, its services and the processes of jobs, even those that init has adopted."""
    doomed = {head.pid: psutil.Process(head.pid)} if head.poll() is None else {}
    for process in psutil.process_iter():
        # Services name the folder in their arguments, and workers and jobs in their environment.
        with suppress(psutil.Error):
            if process.pid != os.getpid() and any(str(root) in word for word in _words(process)):
                doomed[process.pid] = process
    for process in list(doomed.values()):
        with suppress(psutil.Error):
            doomed |= {child.pid: child for child in process.children(recursive=True)}
    for process in doomed.values():
        with suppress(psutil.Error):
            process.kill()
    head.wait(30)
    psutil.wait_procs(list(doomed.values()), timeout=30)
    shutil.rmtree(root, ignore_errors=True)


def _words(process: psutil.Process) -> list[str]:
    words: list[str] = process.cmdline()
    with suppress(psutil.Error):
        words = [*words, *process.environ().values()]
    return words
