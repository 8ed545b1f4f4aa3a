"""The warm worker: answers pages over a loopback socket, so that torch is imported once. `core.worker serve FOLDER`.

It holds FOLDER/lock until it ends and writes FOLDER/address.json ({port, token, pid}), which only its user can read. A
request without that token is refused. Bodies are JSON. It answers one request at a time, because random seeds are
global, and ends after a while without requests.
"""

import hmac
import json
import logging
import os
import secrets
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final

from core.errors import AppError
from core.files import write_json

_LOG = logging.getLogger(__name__)
# A recipe has about 2 kB; expert settings may have 200 kB.
_MOST_BYTES: Final = 2**20
# A caller that sends nothing must not block the others.
_SILENCE_S: Final = 10.0

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def serve(folder: Path, answers: dict[str, Answer], idle_s: float) -> None:
    """Answers `POST /<name>` by `answers[name]` until no request came for `idle_s` seconds."""
    token = secrets.token_urlsafe(32)
    with _Server(("127.0.0.1", 0), _handler(token, answers)) as server:
        # Written through a temporary file that only its user can read; the mode stays.
        write_json(folder / "address.json", {"port": server.server_port, "token": token, "pid": os.getpid()})
        server.timeout = idle_s
        while not server.is_idle:
            server.handle_request()
        # Removed before the port closes, so that a new caller waits for the lock and starts another worker.
        (folder / "address.json").unlink()


class _Server(HTTPServer):
    is_idle = False

    def handle_timeout(self) -> None:
        self.is_idle = True


def _handler(token: str, answers: dict[str, Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SILENCE_S

        def do_POST(self) -> None:
            authorization = self.headers.get("Authorization", "")
            length = self.headers.get("Content-Length", "")
            if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
                self._reply(403, _error("The request has no valid token."))
            elif not length.isdecimal() or int(length) > _MOST_BYTES:
                self._reply(413, _error("The request is too long, or does not say how long it is."))
            elif self.path.lstrip("/") not in answers:
                self._reply(404, _error(f"There is nothing at {self.path}."))
            else:
                self._reply(*_answered(answers[self.path.lstrip("/")], self.rfile.read(int(length))))

        def _reply(self, status: int, document: dict[str, Any]) -> None:
            content = json.dumps(document, allow_nan=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            _LOG.info(format, *args)

    return Handler


def _answered(answer: Answer, body: bytes) -> tuple[int, dict[str, Any]]:
    """The HTTP status and document of a request. A failed request is logged and does not end the worker."""
    try:
        return 200, answer(json.loads(body))
    except AppError as error:
        return 422, error.as_dict()
    except Exception as error:
        _LOG.exception("A request failed")
        return 500, _error(f"{type(error).__name__}: {error}")


def _error(message: str) -> dict[str, Any]:
    return AppError(message, "Reload the page.").as_dict()
