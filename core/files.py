"""Reading and writing files so that a reader never sees half of one. Anyone may import this.

Whole files are written to a temporary name beside the target and renamed; appended files (JSON lines) are read
leniently at the tail, because their writer may be in the middle of a line or may have died there.
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
def atomic_writer(path: Path) -> Iterator[BinaryIO]:
    """A binary handle whose content replaces `path` on a clean exit, and vanishes on an exception.

    Raises StorageError where the disk is full or write-protected; then `path` is as it was.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as handle:
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def write_json(path: Path, document: Any) -> None:
    """Replace `path` by `document` as JSON, atomically. NaN and infinities are refused (ValueError)."""
    with atomic_writer(path) as handle:
        handle.write(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False).encode())


def keep_copy(source: Path, target: Path) -> None:
    """Make `target` hold what `source` holds now, atomically: as a hard link, or as a copy where there are none.

    What replaces `source` later leaves the link as it is; a file that is written into must not be kept like this.
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
            # Still there where `target` was this very link already: such a rename does nothing.
            temporary.unlink(missing_ok=True)


def check_regular(path: Path, remedy: str) -> int:
    """The size of a file in bytes. Raises NotFoundError where nothing is, AppError for what is no readable file.

    Folders, devices and pipes are none: a pipe would keep its reader waiting for ever, and a device has no end.
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
    """What the files of a folder take on disk; a hard link counts once, a file that goes in this moment not at all."""
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
    """Append one record as a line, in a single write so that lines of one writer never mix. Raises StorageError."""
    line = json.dumps(record, allow_nan=False, ensure_ascii=False) + "\n"
    data = line.encode()
    with writing(path), path.open("ab", buffering=0) as handle:
        written = handle.write(data)
        if written < len(data):
            # Half a line would spoil the next one too.
            handle.truncate(handle.tell() - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_json_lines(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The complete records after byte `offset`, and the offset to go on from.

    A last line without a line end is left for the next call; a complete line that is no JSON object (a writer was
    killed inside it and another went on) is passed over. A missing file has no records. Raises DamagedFileError for a
    folder in its place.
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
    """The lines that are JSON objects, as such; others are passed over."""
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
    """Let one at a time into the block, over all threads and processes; `lock` is created where it is missing.

    On a disk without room for it the lock's folder is locked instead: what makes room must not need any.

    Raises NotFoundError, naming the `title`, where the lock's folder is gone, also where it went while this one waited,
    and StorageError where the folder cannot be written.
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


# The folders that a thread of this process has locked in place of a lock file: a second lock in there is held already.
_LOCKED_FOLDERS: Final = threading.local()


def _open_lock(lock: Path) -> tuple[int, Path]:
    """What to lock, open: the lock file, or its folder where there is no room for a file."""
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
