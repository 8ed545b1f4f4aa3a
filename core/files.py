"""Reads and writes files so that a reader never sees half of one. Anyone may import this.

Whole files are written under a temporary name beside the target, then renamed. Appended files (JSON lines) may end in
half a line, because their writer is in the middle of it or died there.
"""

import errno
import fcntl
import json
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from core.errors import AppError, NotFoundError, StorageError
from core.records import damaged
from core.storage_errors import is_full, writing

_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@contextmanager
def atomic_writer(path: Path, *, is_forced: bool = True) -> Iterator[BinaryIO]:
    """A binary handle. On a clean exit its content replaces `path`; on an exception it is discarded.

    The content is on the disk before the exit, unless `is_forced` is False; then a loss of power may leave `path`
    empty.
    Raises StorageError if the disk is full or write-protected; `path` then stays as it was.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as handle:
                yield handle
                handle.flush()
                if is_forced:
                    os.fsync(handle.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def write_json(path: Path, document: Any) -> None:
    """Replaces `path` by `document` as JSON, atomically. Raises ValueError for NaN and infinities."""
    with atomic_writer(path) as handle:
        handle.write(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False).encode())


def keep_copy(source: Path, target: Path) -> None:
    """Makes `target` a hard link to `source`, atomically; a copy where the file system has no hard links.

    Replacing `source` later leaves `target` as it is. Writing into `source` would change both.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    with writing(target):
        temporary.unlink(missing_ok=True)
        try:
            try:
                os.link(source, temporary)
            except OSError:
                shutil.copyfile(source, temporary)
            temporary.replace(target)
        finally:
            # If `target` already is this link, the rename does nothing and the temporary name stays.
            temporary.unlink(missing_ok=True)


def check_regular(path: Path, remedy: str) -> int:
    """The size of a file in bytes. Raises NotFoundError if it is missing, AppError if it is no readable file.

    Folders, devices and pipes are refused: a pipe would block its reader for ever, and a device has no end.
    """
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"There is no file {path.name}.", remedy) from error
    except (OSError, ValueError) as error:
        raise AppError(f"{path.name} cannot be read: {getattr(error, 'strerror', None) or error}.", remedy) from error
    if not stat.S_ISREG(facts.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(facts.st_mode)), "no regular file")
        raise AppError(f"{path.name} is {kind}, where a file is expected.", remedy)
    if not os.access(path, os.R_OK):
        raise AppError(f"{path.name} cannot be read: Permission denied.", remedy)
    return facts.st_size


def bytes_below(folder: Path) -> int:
    """Bytes that the files of a folder take on disk. A hard link counts once; a file that vanishes meanwhile, not."""
    seen: dict[tuple[int, int], int] = {}
    for path in folder.rglob("*"):
        try:
            facts = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(facts.st_mode):
            seen[facts.st_dev, facts.st_ino] = facts.st_size
    return sum(seen.values())


def read_json(path: Path) -> Any:
    """The document in `path`. Raises FileNotFoundError, or json.JSONDecodeError for a broken file."""
    return json.loads(path.read_bytes())


def append_json_line(path: Path, record: dict[str, Any]) -> None:
    """Appends one record as a line, in a single write so that lines never mix. Raises StorageError."""
    line = json.dumps(record, allow_nan=False, ensure_ascii=False) + "\n"
    data = line.encode()
    with writing(path), path.open("ab", buffering=0) as handle:
        written = handle.write(data)
        if written < len(data):
            # Half a line would spoil the next one too.
            handle.truncate(handle.tell() - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_json_lines(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The complete records after byte `offset`, and the offset for the next call.

    A last line without a line end is left for the next call. A complete line that is no JSON object is skipped: a
    writer was killed inside it and another one continued. A missing file has no records. Raises DamagedFileError if
    `path` is a folder.
    """
    try:
        with path.open("rb") as handle:
            handle.seek(offset)
            data = handle.read()
    except FileNotFoundError:
        return [], offset
    except IsADirectoryError:
        raise damaged(path, "it is a folder") from None
    complete = data[: data.rfind(b"\n") + 1]
    return parse_json_lines(complete.splitlines()), offset + len(complete)


def parse_json_lines(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """The JSON objects in the lines; any other line is skipped."""
    records = []
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            records.append(record)
    return records


@contextmanager
def only_one(lock: Path, title: str) -> Iterator[None]:
    """Lets one thread of one process at a time into the block; creates `lock` if it is missing.

    If the disk is too full for a lock file, the lock's folder is locked instead: deleting files must need no space.

    Raises NotFoundError, naming the `title`, if the lock's folder is gone or goes during the wait, and StorageError if
    the folder cannot be written.
    """
    gone = NotFoundError(f"{title} is gone: somebody has deleted it.", "Restore it from the trash, or leave it.")
    try:
        descriptor, locked = _open_lock(lock)
    except FileNotFoundError as error:
        raise gone from error
    try:
        with _held(descriptor, locked):
            if not locked.exists() or not os.path.samestat(os.fstat(descriptor), locked.stat()):
                raise gone
            yield
    finally:
        os.close(descriptor)


# The folders that this thread has locked in place of a lock file: it then holds every other lock in them too.
_LOCKED_FOLDERS: Final = threading.local()


def _open_lock(lock: Path) -> tuple[int, Path]:
    """An open descriptor and its path: of the lock file, or of its folder if the disk is too full for a file."""
    try:
        with writing(lock):
            return os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666), lock
    except StorageError as error:
        if not is_full(error):
            raise
        return os.open(lock.parent, os.O_RDONLY | os.O_CLOEXEC), lock.parent


@contextmanager
def _held(descriptor: int, locked: Path) -> Iterator[None]:
    mine: set[Path] = _LOCKED_FOLDERS.__dict__.setdefault("paths", set())
    if locked in mine:
        yield
        return
    # flock, not lockf: it also keeps two threads of one page server apart.
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    if not locked.is_dir():
        yield
        return
    mine.add(locked)
    try:
        yield
    finally:
        mine.discard(locked)
