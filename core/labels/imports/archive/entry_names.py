"""Names of entries: made safe, and kept from overwriting each other."""

import unicodedata
from typing import Final

from core.errors import UploadError
from core.labels.imports.archive.entry import REPACK
from core.labels.imports.archive.meter import Meter

_LONGEST_PATH: Final = 1000
_LONGEST_NAME: Final = 255
# Data sets have five or so. Removing a folder opens one file for each level, and systems allow about 1,000.
_DEEPEST: Final = 64
_QUOTED_CHARACTERS: Final = 200


def safe_path(name: str) -> str:
    """The entry's path below its folder, with `/` between names; "" for the folder itself.

    Some programs pack with backslashes. Raises UploadError if the path is absolute, leaves its folder, or is not
    portable.
    """
    path = name.replace("\\", "/")
    # `./a.jpg` is how tar names the files of the current folder.
    parts = [part for part in path.split("/") if part not in ("", ".")]
    has_drive = path[1:2] == ":"
    if path.startswith("/") or ".." in parts or has_drive:
        raise UploadError(f"{_quoted(name)} in the archive leads out of its folder.", REPACK)
    is_odd = any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in name)
    too_long = len(name) > _LONGEST_PATH or any(len(part.encode(errors="replace")) > _LONGEST_NAME for part in parts)
    if is_odd or too_long or len(parts) > _DEEPEST:
        raise UploadError(f"{_quoted(name)} in the archive is no usable file name.", REPACK)
    return "/".join(parts)


def safe_file_path(name: str) -> str:
    """As `safe_path`; also raises UploadError for a path that names no file."""
    path = safe_path(name)
    if not path:
        raise UploadError(f"{_quoted(name)} in the archive is no usable file name.", REPACK)
    return path


def _quoted(name: str) -> str:
    return repr(name if len(name) <= _QUOTED_CHARACTERS else f"{name[:_QUOTED_CHARACTERS]}…")


class Names:
    """The paths taken so far in one archive.

    They are compared without case and with characters composed: on some systems `a.jpg` would overwrite `A.jpg`, and an
    `é` in one character that in two.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._files)

    def take(self, path: str) -> None:
        """Takes a safe path. Raises UploadError if it, or a folder of it, exists already in another spelling."""
        key = _key(path)
        clash = self._files.get(key) or self._folders.get(key) or self._take_folders(path)
        if clash:
            raise UploadError(f"The archive holds {clash!r} and {path!r}, the same name twice.", REPACK)
        # One text instead of two equal ones halves the memory of a million names.
        self._files[key] = key if key == path else path

    def _take_folders(self, path: str) -> str:
        """Takes the folders of a path. Returns the name that they clash with, or ""."""
        folder = path.rpartition("/")[0]
        if not folder or self._folders.get(_key(folder)) == folder:
            return ""
        if clash := self._take_folders(folder):
            return clash
        key = _key(folder)
        if taken := self._files.get(key) or self._folders.get(key):
            return taken
        self._meter.count_entry()
        self._folders[key] = folder
        return ""


def _key(path: str) -> str:
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
