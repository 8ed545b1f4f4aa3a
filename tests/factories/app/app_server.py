"""A page server in a separate process, on a free port and with a separate workspace."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_START_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AppServer:
    """A running server: `url` ends with a slash; `process` leads a separate process group."""

    url: str
    workspace: Path
    process: subprocess.Popen[bytes]


@contextmanager
def serve(
    workspace: Path, command: list[str] | None = None, port: int = 0, variables: Mapping[str, str] | None = None
) -> Iterator[AppServer]:
    """Runs `server.py` (or another command, with PORT in its environment) until the end of the block.

    Args: variables, added to its environment.
    """
    port = port or free_port()
    log = workspace.parent / f"server-{port}.log"
    environment = {**os.environ, "DETDESK_WORKSPACE": str(workspace), "HOST": "127.0.0.1", "PORT": str(port)}
    environment.update(variables or {})
    # A script of the tests is run from its own folder.
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
    arguments = [part.replace("{port}", str(port)) for part in command or ["server.py"]]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            _wait_until_healthy(process, port, log)
            yield AppServer(url=f"http://127.0.0.1:{port}/", workspace=workspace, process=process)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The server did not start:\n{log.read_text(errors='replace')[-4000:]}")
