"""Folders for what is not yet a version: uploads, and versions being built.

They lie in the workspace, so that the rename that makes a version visible stays on one file system.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from core.workspace.layout import Layout
from core.workspace.registry import new_id

# A day: somebody may look at an inspection over night and import in the morning.
_UPLOAD_KEPT_S: Final = 24 * 3600
# A staging folder exists for a moment before its maker holds the lock.
_STAGING_UNLOCKED_S: Final = 60
_STAGING: Final = "import"
# Another process may take away the empty parent between two steps of ours.
_TRIES: Final = 5


def new_upload(layout: Layout, prefix: str) -> Path:
    """A new, empty folder below uploads/, named `<prefix>-…`."""
    for attempt in range(_TRIES):
        folder = layout.uploads / new_id(prefix)
        try:
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
