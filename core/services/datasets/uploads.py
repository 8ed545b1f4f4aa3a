"""Uploads on their way in: a folder a page opens, files the server streams into it.

An upload's id is a secret that only the page knows which opened it: whoever has it may write into its folder, nobody
else. Files are written as `<name>.part` and renamed when complete, so that a half-received file is never imported.
"""

import re
import secrets
import unicodedata
from pathlib import Path
from typing import Final

from core.errors import ConflictError, NotFoundError, UploadError
from core.settings import Settings
from core.workspace.layout import Layout
from core.workspace.uploads import clean_up

_ID: Final = re.compile(r"u-[A-Za-z0-9_-]{22}")
_UNSAFE: Final = re.compile(r"[^\w.\-+ ()]")
# 255 bytes is the limit of every common file system; a name in UTF-8 may take four bytes a character.
_NAME_CHARACTERS: Final = 60
PART_SUFFIX: Final = ".part"


def open_upload(settings: Settings) -> str:
    """The id of a new upload; its folder exists. Uploads that nobody touched for a day are removed first.

    `core.services.datasets.imports.discard_upload` removes it again.
    """
    layout = Layout(settings.workspace)
    clean_up(layout)
    key = f"u-{secrets.token_urlsafe(16)}"
    (layout.uploads / key / "files").mkdir(parents=True)
    return key


def upload_folder(settings: Settings, key: str) -> Path:
    """Where the upload's files are received. Raises NotFoundError for an id that no page has opened."""
    folder = Layout(settings.workspace).uploads / key / "files"
    if not _ID.fullmatch(key) or not folder.is_dir():
        raise NotFoundError("This upload is not open.", "Reload the page and choose the file again.")
    return folder


def file_in_upload(settings: Settings, key: str, name: str) -> Path:
    """Where a file of this name goes. Raises ConflictError where the upload already has a file."""
    folder = upload_folder(settings, key)
    if any(path.suffix != PART_SUFFIX for path in folder.iterdir()):
        raise ConflictError("This upload already holds a file.", "Cancel it, then choose another file.")
    return folder / safe_name(name)


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
