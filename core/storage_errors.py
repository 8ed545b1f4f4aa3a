"""Turns an `OSError` of a full or write-protected disk into words; nothing else does. Anyone may import this.

`writing` turns it into a StorageError where the file is known. `as_app_error` is for the entry of a process, where the
remaining ones arrive. A StorageError still is an OSError, so code that can do without a file continues.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from core.errors import AppError, StorageError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_FREE_IT: Final = (
    "Free space there, e.g. delete trashed runs for good (`python -m core trash --purge ID`), and try again. "
    "What was there before is unchanged."
)
_ALLOW_IT: Final = (
    "Give the user who runs the app the right to write there, or choose another workspace (DETDESK_WORKSPACE). "
    "What was there before is unchanged."
)


def is_full(error: OSError) -> bool:
    """Whether the disk or the user's quota is used up."""
    return error.errno in _FULL


@contextmanager
def writing(path: Path, needed: Callable[[], int] | None = None) -> Iterator[None]:
    """Turns the error of a full or write-protected disk in the block into a StorageError that names `path`.

    `needed` gives the bytes that the block had to write; it is called only after such an error.
    """
    try:
        yield
    except StorageError as error:
        if needed is None or error.needs:
            raise
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        raise _in_words(cause, path, needed()) from cause
    except OSError as error:
        if error.errno not in _FULL | _FORBIDDEN:
            raise
        raise _in_words(error, path, needed() if needed else None) from error


def as_app_error(error: BaseException) -> AppError | None:
    """The message for the user if the disk caused an unhandled exception; None for a bug."""
    if isinstance(error, AppError):
        return error
    if not isinstance(error, OSError) or error.errno not in _FULL | _FORBIDDEN:
        return None
    # A rename fails because of its target (filename2), an open because of the file itself.
    file = error.filename2 or error.filename
    return _in_words(error, Path(os.fsdecode(file)) if isinstance(file, str | bytes) else None, None)


def spare_folder(name: str) -> Path:
    """A folder outside the workspace, for files that are needed while the workspace cannot be written.

    Raises StorageError if no temporary folder of this machine has space.
    """
    # The second is in memory, for a machine whose only disk is full.
    for base in (tempfile.gettempdir(), "/dev/shm"):
        own = Path(base) / f"detdesk-{os.getuid()}"
        try:
            own.mkdir(mode=0o700, exist_ok=True)
            folder = own / name
            # The base folder is writable for all, so another user may have made this one.
            if own.stat().st_uid == os.getuid() and not own.is_symlink():
                folder.mkdir(exist_ok=True)
                if can_write(folder):
                    return folder
        except OSError:
            continue
    raise _in_words(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), Path(tempfile.gettempdir()), None)


def can_write(folder: Path) -> bool:
    """Whether a small file can be written into the folder. It is tried, because rights do not show a full disk."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as handle:
            handle.write(b" " * 4096)
    except OSError:
        return False
    return True


def _in_words(error: OSError, path: Path | None, needed: int | None) -> StorageError:
    why = os.strerror(error.errno or 0)
    if error.errno in _FULL:
        what = f": {path} could not be written" if path else ""
        message = f"The disk is full{what} ({why}).{_space(path, needed)}"
        return StorageError(message, _FREE_IT, error.errno, path, needed or 0)
    what = f"{path} cannot be written" if path else "A file cannot be written"
    return StorageError(f"{what} ({why}).", _ALLOW_IT, error.errno, path, needed or 0)


def _space(path: Path | None, needed: int | None) -> str:
    """The free space, and the needed space if that is known."""
    free = None if path is None else _free_at(path)
    free_words = "" if free is None else f" {_size(free)} are free there"
    if needed and free_words:
        return f"{free_words}, and {_size(needed)} are needed."
    return f" {_size(needed)} are needed." if needed else free_words and f"{free_words}."


def _free_at(path: Path) -> int | None:
    for folder in (path, *path.parents):
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            continue
    return None


def _size(count: int) -> str:
    size, units = float(count), ("bytes", "KiB", "MiB", "GiB", "TiB")
    for unit in units:
        if size < 1024 or unit == units[-1]:
            break
        size /= 1024
    return f"{size:,.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:,.1f} {unit}"
