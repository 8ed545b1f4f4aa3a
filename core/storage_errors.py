"""A disk that is full or cannot be written, in words: the one translation of such an `OSError`. Anyone may import this.

`writing` turns it into a StorageError where the file is known; `as_app_error` is for the edge of a process, where one
that nobody has turned arrives. A StorageError still is an OSError, so code that can do without a file goes on.
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
    "Make room there, e.g. remove deleted runs for good (`python -m core trash --purge ID`), and do it again. "
    "What was there before is unchanged."
)
_ALLOW_IT: Final = (
    "Give the user who runs the app the right to write there, or choose another workspace (DETDESK_WORKSPACE). "
    "What was there before is unchanged."
)


def is_full(error: OSError) -> bool:
    """Whether the disk, or what the user may have of it, is used up."""
    return error.errno in _FULL


@contextmanager
def writing(path: Path, needed: Callable[[], int] | None = None) -> Iterator[None]:
    """Let a full or write-protected disk end the block as a StorageError that names `path`.

    `needed` gives the bytes that the block wanted to write, where that is known; it is asked in that case only.
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
    """What to tell the user where the disk is the reason of an exception that nobody dealt with; None for a bug."""
    if isinstance(error, AppError):
        return error
    if not isinstance(error, OSError) or error.errno not in _FULL | _FORBIDDEN:
        return None
    # A rename fails because of its target, a file that cannot be opened because of itself.
    place = error.filename2 or error.filename
    return _in_words(error, Path(os.fsdecode(place)) if isinstance(place, str | bytes) else None, None)


def spare_folder(name: str) -> Path:
    """A folder outside of the workspace, for what must be a file although the workspace cannot be written.

    Raises StorageError where no temporary folder of this machine has room.
    """
    # The second one is memory, for a machine whose only disk is full.
    for base in (tempfile.gettempdir(), "/dev/shm"):
        own = Path(base) / f"detdesk-{os.getuid()}"
        try:
            own.mkdir(mode=0o700, exist_ok=True)
            folder = own / name
            # In a folder that everybody may write to, somebody else may have been faster.
            if own.stat().st_uid == os.getuid() and not own.is_symlink():
                folder.mkdir(exist_ok=True)
                if can_write(folder):
                    return folder
        except OSError:
            continue
    raise _in_words(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), Path(tempfile.gettempdir()), None)


def can_write(folder: Path) -> bool:
    """Whether a small file can be written into the folder; tried, because rights do not tell of a full disk."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as handle:
            handle.write(b" " * 4096)
    except OSError:
        return False
    return True


def _in_words(error: OSError, path: Path | None, needed: int | None) -> StorageError:
    why = os.strerror(error.errno or 0)
    if error.errno in _FULL:
        place = f": {path} could not be written" if path else ""
        message = f"The disk is full{place} ({why}).{_room(path, needed)}"
        return StorageError(message, _FREE_IT, error.errno, path, needed or 0)
    place = f"{path} cannot be written" if path else "A file cannot be written"
    return StorageError(f"{place} ({why}).", _ALLOW_IT, error.errno, path, needed or 0)


def _room(path: Path | None, needed: int | None) -> str:
    """How much is free, and how much is needed where that is known."""
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
