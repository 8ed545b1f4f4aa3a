"""Answers of the app's routes: refusals as JSON, and files exactly as they were when they were opened."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from core.errors import AppError

_CHUNK_BYTES: Final = 2**20
# Files up to this size are sent from memory, so that one emptied meanwhile still arrives whole. Most logs are smaller.
_WHOLE_BYTES: Final = 8 * 2**20


def refusal(status: int, message: str, remedy: str) -> JSONResponse:
    """An error answer, in the JSON form of the command line."""
    return JSONResponse({"error": {"message": message, "remedy": remedy}}, status_code=status)


def refusal_of(status: int, error: AppError) -> JSONResponse:
    """The error answer for a user's mistake."""
    return refusal(status, error.message, error.remedy)


class FileAsOpened(Response):
    """The present bytes of a file with their length; bytes appended later are not sent.

    A file that is replaced or removed while it is sent arrives whole. If a file of more than 8 MiB is emptied, the
    connection breaks, so that a part is not taken for the whole. Raises OSError if the file cannot be read.
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
        """Sends the file; only its headers for HEAD."""
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
        """Reads `size` bytes; fewer only at the end of the file."""
        parts = []
        while size and (part := self._handle.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
