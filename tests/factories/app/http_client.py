"""A small HTTP client and server for route tests: real requests on a free port, headers exactly as given."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette

from tests.factories.app.app_server import free_port


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; header names in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes

    def json(self) -> Any:
        """The content as JSON."""
        return json.loads(self.content)


@dataclass(frozen=True, slots=True)
class Client:
    """Requests to one server with the headers of the client; those of a request override them."""

    host: str
    headers: dict[str, str]

    def request(self, method: str, path: str, content: bytes | None = None, **headers: str) -> Answer:
        """Returns the answer to a request. In header names `_` stands for `-`; an empty value omits the header."""
        given = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.request(method, path, content, {name: value for name, value in given.items() if value})
            response = connection.getresponse()
            return Answer(
                response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
            )
        finally:
            connection.close()


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serves an app in a thread and yields its host and port."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
