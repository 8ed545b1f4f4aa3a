"""Downloads published weights from the model zoo's host into the workspace cache, once.

A file is written as `.part` and renamed when it is complete. A small JSON file beside it has its address and sha256.
The sha256 is checked at each use, because others may write to the disk of the cache. What else can be checked of a file
that was put there by hand, core.services.zoo_weights checks on request (core.training.recipe.zoo_files).
"""

import fcntl
import hashlib
import http.client
import logging
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

from core.errors import AppError
from core.files import read_json, write_json
from core.training.recipe.zoo_files import ends_whole, note_of

_LOG = logging.getLogger(__name__)
# Without any data. A slow download continues as long as data arrives.
_TIMEOUT_S: Final = 20.0
_BLOCK: Final = 2**18
_MB: Final = 1e6
_POLL_S: Final = 0.5
OTHER_WEIGHTS: Final = "Start from your own weights file, from an earlier run, or from random weights."
_BY_HAND: Final = "The page Weights by hand and `python -m core weights` say how, and check it."

Tell = Callable[[str], None]
Cancelled = Callable[[], bool]


class DownloadStoppedError(Exception):
    """A stop was requested during a download. It is no failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zoo:
    """The model zoo: base address with final slash, folder of downloaded files, and the most bytes of a file."""

    host: str
    cache: Path
    most_bytes: int


def fetch(zoo: Zoo, path: str, name: str, tell: Tell, cancelled: Cancelled) -> Path:
    """The file at `path` below the zoo's address, downloaded if the cache has no file `name`.

    `tell` gets the progress in words. Raises AppError for a file that is not available or that changed since its
    download, DownloadStoppedError if `cancelled` became true meanwhile.
    """
    target = zoo.cache / name
    if target.is_file():
        _check(target)
        return target
    address = zoo.host + path
    zoo.cache.mkdir(parents=True, exist_ok=True)
    with _turn(target.with_name(f"{name}.part"), tell, cancelled) as part:
        if target.is_file():  # another run has downloaded it meanwhile
            _check(target)
            return target
        _LOG.info("Downloading %s", address)
        noted = _download(zoo, address, part, target, tell, cancelled)
        write_json(note_of(target), {"address": address, **noted})
        Path(part.name).replace(target)
    return target


def _check(target: Path) -> None:
    """Raises AppError if a cached file changed since its download. Notes the hash of a file put there by hand."""
    with target.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    try:
        noted = read_json(note_of(target))
    except FileNotFoundError:
        if not ends_whole(target):
            raise AppError(
                f"The weights {target.name} were put there by hand, but the file is incomplete.",
                f"Copy it again. {_BY_HAND}",
            ) from None
        write_json(note_of(target), {"address": "", "bytes": target.stat().st_size, "sha256": sha256})
        return
    except ValueError:
        noted = {}
    if not isinstance(noted, dict) or noted.get("sha256") != sha256:
        raise AppError(
            f"The downloaded weights {target.name} have changed on disk: their sha256 is not the noted one.",
            f"Delete {target} and start again; it is downloaded anew.",
        )


def _download(
    zoo: Zoo, address: str, part: IO[bytes], target: Path, tell: Tell, cancelled: Cancelled
) -> dict[str, Any]:
    """Downloads the file to `part` and returns its size and sha256. Raises AppError with the cause."""
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:
            return _copy(answer, part, zoo.most_bytes, tell, cancelled)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.NOT_FOUND:
            cause = f"{_host(address)} has no such file ({address}, 404)"
        else:
            cause = f"{_host(address)} answered {error.code} {error.reason}"
    except TimeoutError:
        cause = f"{_host(address)} sent nothing for {_TIMEOUT_S:g} s"
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, TimeoutError):
            cause = f"{_host(address)} did not answer for {_TIMEOUT_S:g} s"
        else:
            cause = f"{_host(address)} cannot be reached ({str(reason).strip() or type(reason).__name__})"
    raise AppError(
        f"The model zoo's weights cannot be downloaded: {cause}.",
        f"{OTHER_WEIGHTS} Or bring the file by hand: {address} goes to {target}. {_BY_HAND}",
    )


def _copy(answer: Any, part: IO[bytes], most_bytes: int, tell: Tell, cancelled: Cancelled) -> dict[str, Any]:
    promised = int(answer.headers.get("Content-Length") or 0)
    of = f"{promised / _MB:.0f}" if promised else "an unknown number of"
    digest, size = hashlib.sha256(), 0
    while block := answer.read1(_BLOCK):
        if cancelled():
            raise DownloadStoppedError
        size += len(block)
        if max(size, promised) > most_bytes:
            raise AppError(
                f"The model zoo's weights are larger than {most_bytes / _MB:.0f} MB.", f"Is it a model? {OTHER_WEIGHTS}"
            )
        digest.update(block)
        part.write(block)
        tell(f"downloading weights, {size / _MB:.0f} of {of} MB")
    if size < promised:
        raise AppError(
            f"The download of the model zoo's weights broke off after {size:,} of {promised:,} bytes.",
            f"Start again. {OTHER_WEIGHTS}",
        )
    part.flush()
    os.fsync(part.fileno())
    return {"bytes": size, "sha256": digest.hexdigest()}


@contextmanager
def _turn(path: Path, tell: Tell, cancelled: Cancelled) -> Iterator[IO[bytes]]:
    """The part file, empty and locked by this process. It is removed afterwards."""
    while True:
        with path.open("ab") as part:
            _wait_for_lock(part, tell, cancelled)
            # The process before us has renamed or removed the file that we waited for.
            if not _is_at(part, path):
                continue
            part.truncate(0)
            try:
                yield part
            finally:
                if _is_at(part, path):
                    path.unlink(missing_ok=True)
            return


def _wait_for_lock(part: IO[bytes], tell: Tell, cancelled: Cancelled) -> None:
    while True:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            tell("waiting for another run to download the same weights")
        if cancelled():
            raise DownloadStoppedError
        time.sleep(_POLL_S)


def _is_at(part: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(part.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _host(address: str) -> str:
    return urlsplit(address).netloc
