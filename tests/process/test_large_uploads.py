"""A 3 GB upload through the route of a real server, whose memory is watched meanwhile."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from core.services import datasets
from core.settings import Settings
from tests.factories.actors import ADA
from tests.factories.app.app_server import AppServer, serve

pytestmark = [pytest.mark.long, pytest.mark.process, pytest.mark.timeout(900)]

MIB = 2**20
UPLOAD_BYTES = 3 * 2**30
MOST_GROWTH_BYTES = 50 * MIB


def test_an_upload_of_three_gigabytes_grows_the_server_by_at_most_50_mib(tmp_path: Path) -> None:
    with serve(tmp_path / "workspace") as server:
        # The first upload imports what every upload needs.
        _delete(_put(server, MIB))
        with _watched(server) as memory:
            stored = _put(server, UPLOAD_BYTES)
        assert stored.stat().st_size == UPLOAD_BYTES
        _delete(stored)
    assert len(memory) > 20
    assert max(memory) - memory[0] <= MOST_GROWTH_BYTES


def _put(server: AppServer, size: int) -> Path:
    """Sends zeros as one file, in blocks; returns where it lies."""
    key = datasets.open_upload(Settings(workspace=server.workspace), actor=ADA)
    token = generate_xsrf_token_string()
    connection = http.client.HTTPConnection(server.url.removeprefix("http://").rstrip("/"), timeout=300)
    headers = {
        "Content-Length": str(size),
        "X-File-Name": "large.zip",
        "X-Xsrftoken": token,
        "Cookie": f"_streamlit_xsrf={token}",
    }
    connection.request("PUT", f"/api/upload/{key}", (bytes(MIB) for _ in range(size // MIB)), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, content
    return datasets.upload_folder(Settings(workspace=server.workspace), key) / "large.zip"


def _delete(stored: Path) -> None:
    stored.unlink()


@contextmanager
def _watched(server: AppServer) -> Iterator[list[int]]:
    """The resident memory of the server's processes in bytes, every 50 ms until the block ends."""
    ended, memory = threading.Event(), list[int]()

    def watch() -> None:
        process = psutil.Process(server.process.pid)
        while not ended.is_set():
            family = (process, *process.children(recursive=True))
            memory.append(sum(member.memory_info().rss for member in family))
            time.sleep(0.05)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield memory
    finally:
        ended.set()
        thread.join()
