"""Receives uploads: a page opens a folder, and the server streams files into it.

The id of an upload is a secret of the page that opened it: only its holder can write into the folder. Each request
writes its own part file beside the folder and renames it into the folder when it is complete. So a half-received file
is never imported, and two requests for one name never mix: the first complete file stays.
"""

import errno
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from core.actor import Actor
from core.errors import ConflictError, NotFoundError, UploadError
from core.settings import Settings, make_workspace
from core.storage_errors import writing
from core.workspace.history import note_change
from core.workspace.layout import Layout
from core.workspace.uploads import clean_up, locked, part_file, remove_dead_parts

# u: one file; m: many loose files.
_ID: Final = re.compile(r"[um]-[A-Za-z0-9_-]{22}")
_UNSAFE: Final = re.compile(r"[^\w.\-+ ()]")
# 255 bytes is the limit of every common file system; a name in UTF-8 may take four bytes a character.
_NAME_CHARACTERS: Final = 60
# So many loose files, one request each, take minutes; an archive takes seconds.
_MOST_FILES: Final = 5_000


def open_upload(settings: Settings, is_many: bool = False, *, actor: Actor) -> str:
    """Open an upload of one file, or of many, and return its id.

    Removes uploads first that nobody touched for a day. `core.services.datasets.imports.discard_upload` removes an
    upload.
    """
    layout = Layout(settings.workspace)
    clean_up(layout)
    key = f"{'m' if is_many else 'u'}-{secrets.token_urlsafe(16)}"
    make_workspace(settings.workspace)
    with writing(layout.uploads):
        (layout.uploads / key / "files").mkdir(parents=True)
    note_change(layout.uploads / key, "opened", actor)
    return key


def upload_folder(settings: Settings, key: str) -> Path:
    """The folder that receives an upload's files. Raises NotFoundError if the upload is not open."""
    folder = Layout(settings.workspace).uploads / key / "files"
    if not _ID.fullmatch(key) or not folder.is_dir():
        raise NotFoundError("This upload is not open.", "Reload the page and choose the file again.")
    return folder


class Incoming:
    """A file of an upload while it is received; `name` is its final name."""

    def __init__(self, name: str, handle: BinaryIO, most_bytes: int, limit: int) -> None:
        self.name = name
        self.bytes = 0
        self._handle = handle
        self._most_bytes = most_bytes
        self._limit = limit

    def write(self, chunk: bytes) -> None:
        """Append to the file. Raises UploadError above the upload's limit."""
        self.bytes += len(chunk)
        if self.bytes > self._most_bytes:
            raise too_large(self._limit)
        self._handle.write(chunk)


@contextmanager
def receive_file(settings: Settings, key: str, name: str, promised_bytes: int = 0) -> Iterator[Incoming]:
    """Yield a file to write to. It joins the upload on a clean exit and is removed on an exception.

    Raises NotFoundError if the upload is not open, ConflictError if it already has its file or one of this name,
    UploadError if more bytes than the limit are promised or written, OSError (ENOSPC) if the disk is full.
    """
    folder, stored = upload_folder(settings, key), safe_name(name)
    limit = settings.limits.upload_bytes
    most_bytes = limit - _check_free(folder, key, stored)
    if promised_bytes > most_bytes:
        raise too_large(limit)
    if promised_bytes > shutil.disk_usage(folder).free:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))
    try:
        remove_dead_parts(folder.parent)
        with part_file(folder.parent) as handle:
            incoming = Incoming(stored, handle, most_bytes, limit)
            yield incoming
            handle.flush()
            with locked(folder):
                if incoming.bytes + _check_free(folder, key, stored) > limit:
                    raise too_large(limit)
                Path(handle.name).replace(folder / stored)
    except FileNotFoundError as error:
        raise NotFoundError("This upload was cancelled.", "Choose the file again.") from error


def _check_free(folder: Path, key: str, name: str) -> int:
    """Bytes that the upload already holds. Raises ConflictError if it cannot take a file of this name."""
    files = list(folder.iterdir())
    if key.startswith("u") and files:
        raise ConflictError("This upload already holds a file.", "Cancel it, then choose another file.")
    if len(files) >= _MOST_FILES:
        raise UploadError(f"These are more than {_MOST_FILES:,} files.", "Upload them as a zip archive.")
    if name.casefold() in {path.name.casefold() for path in files}:
        raise ConflictError(f"Two of the files have the name {name}.", "Rename one, or upload them as a zip archive.")
    return sum(path.stat().st_size for path in files)


def add_files(settings: Settings, key: str, files: list[tuple[str, bytes]]) -> Path:
    """Write loose files (name, content) into the upload and return its folder.

    Raises UploadError if two files have the same name after cleaning, or their total size exceeds the limit.
    """
    folder = upload_folder(settings, key)
    names = [safe_name(name) for name, _ in files]
    if len({name.casefold() for name in names}) < len(names):
        raise UploadError("Two of the files have the same name.", "Rename one, or upload them as a zip archive.")
    if sum(len(content) for _, content in files) > settings.limits.upload_bytes:
        raise too_large(settings.limits.upload_bytes)
    with writing(folder, lambda: sum(len(content) for _, content in files)):
        for name, (_, content) in zip(names, files, strict=True):
            (folder / name).write_bytes(content)
    return folder


def too_large(limit: int) -> UploadError:
    """The error for an upload of more than `limit` bytes."""
    return UploadError(
        f"The upload is larger than {limit / 2**20:,.0f} MiB.",
        "Copy the files to the server and import the folder there, or raise DETDESK_MAX_UPLOAD_MIB.",
    )


def safe_name(name: str) -> str:
    """A file name that is safe on any file system: no folders, no control or odd characters, not hidden."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    cleaned = _UNSAFE.sub("_", last).strip(" .") or "upload"
    stem, dot, suffix = cleaned.rpartition(".")
    if not dot:
        return cleaned[:_NAME_CHARACTERS]
    return f"{stem[:_NAME_CHARACTERS]}.{suffix[:10]}"
