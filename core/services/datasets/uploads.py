"""Uploads on their way in: a folder a page opens, files the server streams into it.

An upload's id is a secret that only the page knows which opened it: whoever has it may write into its folder, nobody
else. Each request writes another part file beside that folder, which is renamed into it when it is complete, so that a
half-received file is never imported and two requests for one name never mix: the first complete one stays.
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

# u: one file; m: many, as loose files are.
_ID: Final = re.compile(r"[um]-[A-Za-z0-9_-]{22}")
_UNSAFE: Final = re.compile(r"[^\w.\-+ ()]")
# 255 bytes is the limit of every common file system; a name in UTF-8 may take four bytes a character.
_NAME_CHARACTERS: Final = 60
# Loose files are for a handful; a folder of this many in one request each takes minutes, and an archive seconds.
_MOST_FILES: Final = 5_000


def open_upload(settings: Settings, is_many: bool = False, *, actor: Actor) -> str:
    """The id of a new upload of one file, or of many; its folder exists.

    Uploads that nobody touched for a day are removed first. `core.services.datasets.imports.discard_upload` removes it
    again.
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
    """Where the upload's files are received. Raises NotFoundError for an id that no page has opened."""
    folder = Layout(settings.workspace).uploads / key / "files"
    if not _ID.fullmatch(key) or not folder.is_dir():
        raise NotFoundError("This upload is not open.", "Reload the page and choose the file again.")
    return folder


class Incoming:
    """One file of an upload while it is received; `name` is what it will be called."""

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
    """A file to write to, which is in the upload after a clean exit, and nowhere after an exception.

    Raises NotFoundError for an upload that is not open, ConflictError where the upload has its file or one of this
    name, UploadError for more than the limit, promised or written; OSError (ENOSPC) where there is no room for it.
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
    """Bytes that the upload holds already. Raises ConflictError where it takes no file of this name."""
    files = list(folder.iterdir())
    if key.startswith("u") and files:
        raise ConflictError("This upload already holds a file.", "Cancel it, then choose another file.")
    if len(files) >= _MOST_FILES:
        raise UploadError(f"These are more than {_MOST_FILES:,} files.", "Upload them as a zip archive.")
    if name.casefold() in {path.name.casefold() for path in files}:
        raise ConflictError(f"Two of the files have the name {name}.", "Rename one, or upload them as a zip archive.")
    return sum(path.stat().st_size for path in files)


def add_files(settings: Settings, key: str, files: list[tuple[str, bytes]]) -> Path:
    """Write loose files (name, content) into the upload; the folder that holds them.

    Raises UploadError where two files have one name after cleaning, or all together are over the limit.
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
    """The refusal of an upload of more than `limit` bytes."""
    return UploadError(
        f"The upload is larger than {limit / 2**20:,.0f} MiB.",
        "Copy the files to the server and import the folder there, or raise DETDESK_MAX_UPLOAD_MIB.",
    )


def safe_name(name: str) -> str:
    """A file name that means nothing to any file system: no folders, no control or odd characters, not hidden."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    cleaned = _UNSAFE.sub("_", last).strip(" .") or "upload"
    stem, dot, suffix = cleaned.rpartition(".")
    if not dot:
        return cleaned[:_NAME_CHARACTERS]
    return f"{stem[:_NAME_CHARACTERS]}.{suffix[:10]}"
