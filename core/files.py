"""Reading and writing files so that a reader never sees half of one. Anyone may import this.

Whole files are written to a temporary name beside the target and renamed; appended files (JSON lines) are read
leniently at the tail, because their writer may be in the middle of a line or may have died there.
"""

import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from core.errors import AppError, NotFoundError

_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@contextmanager
def atomic_writer(path: Path) -> Iterator[BinaryIO]:
    """A binary handle whose content replaces `path` on a clean exit, and vanishes on an exception."""
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
    """Append one record as a line, in a single write so that lines of one writer never mix."""
    line = json.dumps(record, allow_nan=False, ensure_ascii=False) + "\n"
    with path.open("ab", buffering=0) as handle:
        handle.write(line.encode())


def read_json_lines(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The complete records after byte `offset`, and the offset to go on from.

    A last line without a line end is left for the next call; a complete line that is no JSON object (a writer was
    killed inside it and another went on) is passed over. A missing file has no records.
    """
    try:
        with path.open("rb") as handle:
            handle.seek(offset)
            data = handle.read()
    except FileNotFoundError:
        return [], offset
    complete = data[: data.rfind(b"\n") + 1]
    return parse_json_lines(complete.splitlines()), offset + len(complete)


def parse_json_lines(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """The lines that are JSON objects, as such; others are passed over."""
    records = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records


@contextmanager
def only_one(lock: Path, title: str) -> Iterator[None]:
    """Let one at a time into the block, over all threads and processes; `lock` is created where it is missing.

    Raises NotFoundError, naming the `title`, where the lock's folder is gone, also where it went while this one waited.
    """
    gone = NotFoundError(f"{title} is gone: somebody has deleted it.", "Restore it from the trash, or leave it.")
    try:
        handle = lock.open("ab")
    except FileNotFoundError as error:
        raise gone from error
    with handle:
        # flock, not lockf: it also keeps two threads of one page server apart.
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not lock.exists() or not os.path.samestat(os.fstat(handle.fileno()), lock.stat()):
            raise gone
        yield
