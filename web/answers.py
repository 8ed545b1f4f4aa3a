"""Answers of the app's own routes: refusals as JSON, and files exactly as they were when they were opened."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from core.errors import AppError

_CHUNK_BYTES: Final = 2**20
# Sent from memory, so that a file that is emptied meanwhile still arrives whole; nearly all logs are smaller.
_WHOLE_BYTES: Final = 8 * 2**20


def refusal(status: int, message: str, remedy: str) -> JSONResponse:
    """An error in the form of the command line's."""
    return JSONResponse({"error": {"message": message, "remedy": remedy}}, status_code=status)


def refusal_of(status: int, error: AppError) -> JSONResponse:
    """A user's mistake, as JSON."""
    return refusal(status, error.message, error.remedy)


class FileAsOpened(Response):
    """The bytes that a file holds at this moment, with their length: whatever is appended later is not sent.

    A file that is replaced or removed while it is sent arrives whole. One of more than 8 MiB that is emptied breaks the
    connection, so that nobody takes a part for the whole. Raises OSError where there is no such file to read.
    """

    def __init__(self, path: Path, media_type: str, headers: Mapping[str, str]) -> None:
        self._handle = path.open("rb", buffering=0)
        try:
            self._size = os.fstat(self._handle.fileno()).st_size
            self._start = self._read(self._size) if self._size <= _WHOLE_BYTES else b""
        except BaseException:
            self._handle.close()
            raise
        if self._size <= _WHOLE_BYTES:
            self._size = len(self._start)
        super().__init__(headers={**headers, "Content-Length": str(self._size)}, media_type=media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; for HEAD its headers only."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                await self._send_content(send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._handle.close()

    async def _send_content(self, send: Send) -> None:
        if self._start:
            await send({"type": "http.response.body", "body": self._start, "more_body": True})
        left = self._size - len(self._start)
        while left:
            chunk = await run_in_threadpool(self._read, min(left, _CHUNK_BYTES))
            if not chunk:
                raise EOFError(f"A file of {self._size} bytes was cut to {self._size - left} while it was sent.")
            left -= len(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

    def _read(self, size: int) -> bytes:
        """Up to `size` bytes; less only at the end of the file."""
        parts = []
        while size and (part := self._handle.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
