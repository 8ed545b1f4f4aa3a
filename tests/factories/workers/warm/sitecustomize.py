"""Python loads this at its start where its folder is on PYTHONPATH: a worker's process hands over to `nursery.py`.

Any other process goes on as it would without it.
"""

import json
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any

VARIABLE = "DETDESK_TEST_NURSERY"
# Workers that may be handed over: they are started as `python -m MODULE …`.
_MODULES = ("core.worker", *(f"tests.factories.workers.{name}_worker" for name in ("dying", "eager", "failing")))
_LENGTH = struct.Struct("!Q")


def hand_over(path: str) -> int:
    """Let the nursery run this process's command; its exit status."""
    request = {
        "command": sys.orig_argv,
        # Of a worker this variable is gone: what it starts is started as ever.
        "environment": {name: value for name, value in os.environ.items() if name != VARIABLE},
        "folder": str(Path.cwd()),
        "niceness": os.getpriority(os.PRIO_PROCESS, 0),
    }
    content = json.dumps(request).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [_LENGTH.pack(len(content))], [0, 1, 2])
        connection.sendall(content)
        # Whoever waits for the end of the output must not wait for this process, too.
        with Path(os.devnull).open("r+b") as nothing:
            for number in range(3):
                os.dup2(nothing.fileno(), number)
        return int(connection.recv(16) or b"1")


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """The request that `hand_over` sends, and copies of its standard streams. Raises EOFError where it is cut short."""
    head, streams, _, _ = socket.recv_fds(connection, _LENGTH.size, 3)
    content = b""
    while len(head) < _LENGTH.size or len(content) < _LENGTH.unpack(head)[0]:
        part = connection.recv(2**16)
        if not head or not part:
            raise EOFError
        content += part
    return json.loads(content), list(streams)


def _end_as(status: int) -> None:
    """End this process as another one ended: negative is the signal."""
    if status < 0:
        import signal

        signal.signal(-status, signal.SIG_DFL) if -status != signal.SIGKILL else None
        os.kill(os.getpid(), -status)
    os._exit(status)


if os.environ.get(VARIABLE) and sys.orig_argv[1:2] == ["-m"] and sys.orig_argv[2:3] and sys.orig_argv[2] in _MODULES:
    _end_as(hand_over(os.environ[VARIABLE]))
