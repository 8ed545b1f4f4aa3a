"""Folders for uploads and for versions being built.

They lie in the workspace, so that the rename that publishes a version stays on one file system.
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from core.settings import make_workspace
from core.storage_errors import writing
from core.workspace.layout import Layout
from core.workspace.registry import new_id

# A day: an upload inspected in the evening can be imported in the morning.
_UPLOAD_KEPT_S: Final = 24 * 3600
# A staging folder exists for a moment before its process holds the lock.
_STAGING_UNLOCKED_S: Final = 60
_STAGING: Final = "import"
PART_SUFFIX: Final = ".part"
# Another process may remove the empty parent folder between two of our steps.
_TRIES: Final = 5


def new_upload(layout: Layout, prefix: str) -> Path:
    """Makes a new, empty folder below uploads/, named `<prefix>-…`."""
    make_workspace(layout.root)
    for attempt in range(_TRIES):
        folder = layout.uploads / new_id(prefix)
        try:
            with writing(folder):
                folder.mkdir(parents=True)
        except (FileNotFoundError, FileExistsError):
            if attempt == _TRIES - 1:
                raise
            continue
        break
    return folder


@contextmanager
def staging(layout: Layout) -> Iterator[Path]:
    """A new folder to build a version in; it is removed afterwards."""
    folder = new_upload(layout, _STAGING)
    handle = os.open(folder, os.O_RDONLY)
    try:
        # The kernel frees the lock when this process dies, whatever the reason; `clean_up` tests it.
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)
        remove_if_empty(layout.uploads)


def clean_up(layout: Layout) -> None:
    """Removes staging folders whose process is gone, and uploads untouched for a day."""
    if not layout.uploads.is_dir():
        return
    now = time.time()
    for folder in layout.uploads.iterdir():
        # Another process may clean up at the same time and remove it first.
        with suppress(FileNotFoundError):
            age_s = now - folder.stat().st_mtime
            is_staging = folder.name.startswith(f"{_STAGING}-")
            kept_s = _STAGING_UNLOCKED_S if is_staging else _UPLOAD_KEPT_S
            if age_s > kept_s and not (is_staging and _is_locked(folder)):
                shutil.rmtree(folder, ignore_errors=True)
            elif not is_staging and folder.is_dir():
                remove_dead_parts(folder)


@contextmanager
def part_file(folder: Path) -> Iterator[BinaryIO]:
    """A new file in `folder` for data being received; it is removed afterwards.

    Nobody else writes to it. It is locked while this process lives; `remove_dead_parts` tests that.
    """
    part = folder / f"{secrets.token_hex(8)}{PART_SUFFIX}"
    # Under the folder's lock, so that nobody sees the file before it is locked.
    with locked(folder):
        handle = part.open("xb")
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with handle:
            yield handle
    finally:
        part.unlink(missing_ok=True)


def remove_dead_parts(folder: Path) -> None:
    """Removes the part files of `folder` whose process is gone: killed, or ended by a power failure."""
    with locked(folder):
        for part in folder.glob(f"*{PART_SUFFIX}"):
            with suppress(FileNotFoundError):
                if not _is_locked(part):
                    part.unlink()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lets one thread of one process at a time into this folder. Raises FileNotFoundError if it is gone."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def remove_if_empty(folder: Path) -> None:
    """Removes a folder if it is empty, so that a refused first upload leaves the workspace as it was."""
    with suppress(OSError):
        folder.rmdir()


def _is_locked(folder: Path) -> bool:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
