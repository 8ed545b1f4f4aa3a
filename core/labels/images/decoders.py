"""Processes that decode images, so that hashing and measuring use all cores, and a decoder's crash costs one image.

They are started with an empty memory, not forked: the page server's is large, and has threads. They end when their
input is closed, so that none outlives its parent, whatever ends that.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Final, Self

from core.errors import AppError
from core.labels.images.image_fact import ImageFact
from core.settings import Limits

_ROOT: Final = Path(__file__).resolve().parents[3]
_CRASHED: Final = "cannot be decoded: the decoder crashed"


class Decoders:
    """Some processes that read images below a folder. They start with the first images.

    The one that decodes a large image holds a lock on the file `lock_path`.
    """

    lock_path: str

    def __init__(self, root: Path, limits: Limits, thumbnails: Path | None, count: int) -> None:
        self._root, self._count = root.resolve(), count
        self._task = {
            "image_pixels": limits.image_pixels,
            "thumbnails": str(thumbnails.resolve()) if thumbnails else "",
        }
        self._idle: SimpleQueue[_Decoder] = SimpleQueue()

    def __enter__(self) -> Self:
        self._lock = tempfile.NamedTemporaryFile(prefix="detdesk-large-")
        self._task["large"] = self.lock_path = self._lock.name
        self._all = [_Decoder(self._task) for _ in range(self._count)]
        for decoder in self._all:
            self._idle.put(decoder)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for decoder in self._all:
            decoder.end()
        self._lock.close()

    def read(self, batch: list[tuple[int, str]]) -> list[ImageFact]:
        """The facts of images, given as id and path: below the folder, or absolute. Waits for an idle process."""
        decoder = self._idle.get()
        try:
            return decoder.read([(image_id, str(self._root / source)) for image_id, source in batch])
        finally:
            self._idle.put(decoder)


class _Decoder:
    """One process, which is started again after a crash."""

    def __init__(self, task: dict[str, object]) -> None:
        self._task = task
        self._process: subprocess.Popen[str] | None = None

    def read(self, batch: list[tuple[int, str]]) -> list[ImageFact]:
        facts: list[ImageFact] = []
        while len(facts) < len(batch):
            facts += self._read(batch[len(facts) :])
            if len(facts) < len(batch):
                self.end()
                facts.append(ImageFact(image_id=batch[len(facts)][0], problem=_CRASHED))
        return facts

    def _read(self, batch: list[tuple[int, str]]) -> list[ImageFact]:
        """The facts of images up to the first at which the process ends."""
        requests, replies = self._pipes()
        facts: list[ImageFact] = []
        try:
            requests.write("".join(f"{json.dumps(item)}\n" for item in batch))
            requests.flush()
        except BrokenPipeError:
            return facts
        for image_id, _ in batch:
            if not (line := replies.readline()).endswith("\n"):
                break
            facts.append(ImageFact(image_id=image_id, **json.loads(line)))
        return facts

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        if self._process is None:
            self._process = _start(self._task)
        assert self._process.stdin is not None and self._process.stdout is not None
        return self._process.stdin, self._process.stdout

    def end(self) -> None:
        """Ends the process, in the middle of an image if need be."""
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None


def _start(task: dict[str, object]) -> subprocess.Popen[str]:
    """Starts a process. Raises AppError if it does not answer: then no image is to blame."""
    process = subprocess.Popen(
        [sys.executable, "-m", "core.labels.images.decoder", json.dumps(task)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        # Ctrl-C in a terminal is for the parent, which ends its processes.
        start_new_session=True,
    )
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        process.kill()
        process.communicate()
        raise AppError(
            f"The process that decodes images did not start (exit code {process.returncode}).",
            "The server's log says why; it may lack memory. Then import again.",
        )
    return process
