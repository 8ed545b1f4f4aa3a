"""Folders for what is not yet a version: uploads, and versions being built.

They lie in the workspace, so that the rename that makes a version visible stays on one file system.
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

# A day: somebody may look at an inspection over night and import in the morning.
_UPLOAD_KEPT_S: Final = 24 * 3600
# A staging folder exists for a moment before its maker holds the lock.
_STAGING_UNLOCKED_S: Final = 60
_STAGING: Final = "import"
PART_SUFFIX: Final = ".part"
# Another process may take away the empty parent between two steps of ours.
_TRIES: Final = 5


def new_upload(layout: Layout, prefix: str) -> Path:
    """A new, empty folder below uploads/, named `<prefix>-…`."""
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
    """A new folder to build a version in; what is left of it afterwards is removed."""
    folder = new_upload(layout, _STAGING)
    handle = os.open(folder, os.O_RDONLY)
    try:
        # The kernel frees it when this process dies, whatever the reason: `clean_up` asks for it.
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)
        remove_if_empty(layout.uploads)


def clean_up(layout: Layout) -> None:
    """Remove staging folders whose process is gone, and uploads that nobody touched for a day."""
    if not layout.uploads.is_dir():
        return
    now = time.time()
    for folder in layout.uploads.iterdir():
        # Others clean up too: what vanishes meanwhile is none of our business.
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
    """A new file in `folder` for what is being received; what is left of it afterwards is removed.

    Nobody else writes to it. It is locked while this process lives: `remove_dead_parts` asks for that.
    """
    part = folder / f"{secrets.token_hex(8)}{PART_SUFFIX}"
    # Under the folder's lock, so that nobody finds it before it has a lock of its own.
    with locked(folder):
        handle = part.open("xb")
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with handle:
            yield handle
    finally:
        part.unlink(missing_ok=True)


def remove_dead_parts(folder: Path) -> None:
    """Remove the part files of `folder` whose process is gone: killed, or ended by a power failure."""
    with locked(folder):
        for part in folder.glob(f"*{PART_SUFFIX}"):
            with suppress(FileNotFoundError):
                if not _is_locked(part):
                    part.unlink()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One at a time in this folder, among threads and processes. Raises FileNotFoundError where it is gone."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def remove_if_empty(folder: Path) -> None:
    """Remove a folder that holds nothing, so that a refused first upload leaves the workspace as it was."""
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
