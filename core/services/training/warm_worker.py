"""Client of the warm worker, which has torch loaded. Starts the worker when needed. No torch here.

The server is core.worker.commands.serve. They exchange JSON over loopback, with a token from a file that only this user
can read.
"""

import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypedDict

from core.errors import AppError, DamagedFileError
from core.progress import Progress
from core.records import read_as
from core.settings import REPOSITORY, Settings
from core.storage_errors import can_write, spare_folder
from core.training.launch.liveness import probe
from core.workspace.layout import Layout

# Importing torch and Detectron2 takes 5 s on a quiet machine.
_START_S: Final = 5.0
_PATIENCE_S: Final = 120.0
_ANSWER_S: Final = 60.0
_POLL_S: Final = 0.1
# The worker ends after so long without a request.
_IDLE_S: Final = 300.0
_BROKEN: Final = (OSError, http.client.HTTPException)


class _Address(TypedDict):
    port: int
    token: str
    pid: int


def ask(settings: Settings, name: str, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The worker's answer to a request, as JSON values. `progress` gets the finished share of the worker's start.

    Raises AppError for an invalid request, and if the worker cannot be started or does not answer.
    """
    folder = _folder(settings)
    try:
        return _answer(_reach(folder, progress), name, request)
    except _BROKEN:
        pass  # it died or timed out before the call: try once more with a new worker
    try:
        return _answer(_reach(folder, progress), name, request)
    except _BROKEN as error:
        raise AppError(f"The preview worker does not answer: {error}.", f"Read {folder / 'log.txt'}.") from error


def _folder(settings: Settings) -> Path:
    # Each machine of a shared workspace needs its own worker, whose address is on loopback.
    folder = Layout(settings.workspace).warm_worker / socket.gethostname()
    if probe(folder / "lock").held:
        return folder
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if folder.is_dir() and can_write(folder):
        return folder
    # A preview must also work on a read-only or full disk, and its files are temporary.
    return spare_folder(f"warm-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}")


def _reach(folder: Path, progress: Progress) -> dict[str, Any]:
    """Port and token of the running worker; starts one if none runs."""
    began, process = time.monotonic(), None
    while True:
        lock = probe(folder / "lock")
        address = _read_address(folder)
        if lock.held and address.get("pid") == lock.pid:
            return address
        if not lock.held:
            if process is not None and process.poll() not in (None, 2):  # 2: another worker holds the lock
                raise AppError("The preview worker could not be started.", f"Read {folder / 'log.txt'}.")
            if process is None or process.poll() == 2:
                process = _spawn(folder)
        waited = time.monotonic() - began
        if waited > _PATIENCE_S:
            raise AppError("The preview worker did not start in two minutes.", f"Read {folder / 'log.txt'}.")
        progress(waited / (waited + _START_S), "Starting the preview worker: it loads PyTorch and Detectron2.")
        time.sleep(_POLL_S)


def _read_address(folder: Path) -> dict[str, Any]:
    try:
        return dict(read_as(folder / "address.json", _Address))
    except (FileNotFoundError, DamagedFileError):
        return {}


def _spawn(folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "core.worker", "serve", str(folder), "--idle-s", str(_IDLE_S)]
    # One thread and no GPU, which runs need more.
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()
    return process


def _answer(address: dict[str, Any], name: str, request: dict[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", int(address["port"]), timeout=_ANSWER_S)
    try:
        headers = {"Authorization": f"Bearer {address['token']}", "Content-Type": "application/json"}
        connection.request("POST", f"/{name}", json.dumps(request), headers)
        response = connection.getresponse()
        document: dict[str, Any] = json.loads(response.read())
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise AppError(document["error"]["message"], document["error"]["remedy"])
    return document
