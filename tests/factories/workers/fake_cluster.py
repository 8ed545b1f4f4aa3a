"""Ray's Jobs API as an HTTP server: jobs are entries of a dict whose states the test sets."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(kw_only=True)
class FakeCluster:
    """The state of the server. `submitted` holds the documents as received, `ended` the keys of stopped jobs."""

    address: str = ""
    cpus: int = 4
    gpus: int = 0
    states: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    submitted: list[dict[str, Any]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)  # answers to the next submissions, each with status 500

    def answer(self, path: str) -> Any:
        """The document for a GET; None for a path that the real API does not have."""
        if path == "/api/jobs/":
            return [
                {"submission_id": key, "status": state, "message": self.messages.get(key, "")}
                for key, state in self.states.items()
            ]
        if path.startswith("/api/v0/nodes"):
            nodes = [
                {"state": "ALIVE", "resources_total": {"CPU": float(self.cpus), "GPU": float(self.gpus)}},
                {"state": "DEAD", "resources_total": {"CPU": 1.0}},
            ]
            return {"data": {"result": {"result": nodes}}}
        return None


@contextmanager
def fake_cluster(**facts: Any) -> Iterator[FakeCluster]:
    """Runs a cluster on loopback for the block."""
    cluster = FakeCluster(**facts)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(cluster.answer(self.path))

        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
            if self.path.endswith("/stop"):
                cluster.ended.append(self.path.split("/")[3])
                self._send({"stopped": True})
            elif cluster.refusals:
                self._send(cluster.refusals.pop(0), 500)
            else:
                cluster.submitted.append(document)
                cluster.states[document["submission_id"]] = "PENDING"
                self._send({"submission_id": document["submission_id"]})

        def _send(self, document: Any, status: int = 200) -> None:
            self.send_response(status if document is not None else 404)
            self.end_headers()
            self.wfile.write(document.encode() if isinstance(document, str) else json.dumps(document).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cluster.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()
