"""A model zoo on loopback with configurable behaviour, and weights files like those of the real one."""

import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np


class Mine:
    """An object that creates a file if a loader executes its pickle."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def pickled(arrays: dict[str, np.ndarray], *, protocol: int = 2, **more: Any) -> bytes:
    """A weights file as in Detectron2's zoo."""
    return pickle.dumps({"model": arrays, "__author__": "Detectron2 Model Zoo", **more}, protocol=protocol)


class ZooServer:
    """Answers each path of `files` with its bytes, others with 404. `requests` lists the requested paths.

    `cut` is the number of bytes sent of those announced; `silent` answers nothing until the end; `status` overrides.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.cut: int | None = None
        self.silent = False
        self.status = 200
        self.closing = threading.Event()
        self.address = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answers one request."""
        self.requests.append(handler.path)
        if self.silent:
            self.closing.wait(30)
            return
        content = self.files.get(handler.path.removeprefix("/detectron2/"))
        if content is None or self.status != 200:
            handler.send_error(404 if content is None else self.status)
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[: self.cut])


@contextmanager
def serve_zoo() -> Iterator[ZooServer]:
    """Runs a zoo for the block."""
    zoo = ZooServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            zoo.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    zoo.address = f"http://127.0.0.1:{server.server_port}/detectron2/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield zoo
    finally:
        zoo.closing.set()
        server.shutdown()
        server.server_close()
