"""Unpacks an uploaded archive that may be hostile.

All limits are checked while files are written, because headers can lie. Files go into a temporary folder, which
replaces the target only if the whole archive is good. A refusal leaves nothing behind.
"""

import shutil
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from errno import ENOSPC
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Final

from core.errors import UploadError
from core.progress import Progress, say_nothing
from core.settings import Limits

_BROKEN: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    LZMAError,
    EOFError,
    ValueError,
    OverflowError,
)
if sys.version_info >= (3, 14):
    # From Python 3.14 on, zipfile and tarfile also read Zstandard, which has a separate error class.
    from compression.zstd import ZstdError

    _BROKEN += (ZstdError,)

_CHUNK: Final = 2**20
# Small archives of empty label files exceed any ratio and do no harm.
_RATIO_FROM_BYTES: Final = 64 * 2**20
_LONGEST_PATH: Final = 1000
_LONGEST_NAME: Final = 255
_ENCRYPTED: Final = 0x1
_UNIX_LINK: Final = 0o120000
_UNIX_KIND: Final = 0o170000
_ARCHIVE_SUFFIXES: Final = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar")
_REPACK: Final = "Pack the folder again, with plain relative names."


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    open: Callable[[], IO[bytes]]
    share: float  # of the archive before this entry, 0 to 1, roughly


@dataclass(slots=True, kw_only=True)
class _Meter:
    """Counts the files and bytes that come out of an archive, and compares them with the limits."""

    packed_bytes: int
    limits: Limits
    written: int = 0
    files: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)

    def take_name(self, name: str) -> PurePosixPath:
        """The relative path of an entry. Raises UploadError if it leaves the folder or exists already."""
        path = _safe_path(name)
        if len(self.files) >= self.limits.unpacked_files:
            raise UploadError(
                f"The archive holds more than {self.limits.unpacked_files:,} files.", "Split it into several archives."
            )
        if not path.parts:
            raise UploadError(f"{name[:200]!r} in the archive is no usable file name.", _REPACK)
        folders = ["/".join(path.parts[:depth]) for depth in range(1, len(path.parts))]
        whole = str(path)
        # Compared without case: on some systems `a.jpg` would overwrite `A.jpg`.
        clash = self.files.get(whole.casefold()) or self.folders.get(whole.casefold())
        for folder in folders:
            spelling = self.folders.setdefault(folder.casefold(), folder)
            clash = clash or self.files.get(folder.casefold()) or (spelling if spelling != folder else None)
        if clash is not None:
            raise UploadError(f"The archive holds {clash!r} and {whole!r}, the same name twice.", _REPACK)
        self.files[whole.casefold()] = whole
        return path

    def add(self, count: int) -> None:
        """Counts written bytes. Raises UploadError beyond the limits."""
        self.written += count
        if self.written > self.limits.unpacked_bytes:
            raise UploadError(
                f"The archive unpacks to more than {self.limits.unpacked_bytes / 2**30:.0f} GiB.",
                "Split it into several archives, or give a folder on the server.",
            )
        if self.written > max(self.packed_bytes * self.limits.unpacked_ratio, _RATIO_FROM_BYTES):
            raise UploadError(
                f"The archive unpacks to more than {self.limits.unpacked_ratio} times its size, as a bomb does.",
                "Pack the images as JPEG or PNG files, or give a folder on the server.",
            )


def unpack(archive: Path, target: Path, limits: Limits, progress: Progress = say_nothing) -> int:
    """Unpacks a zip or tar (plain, gz, bz2, xz; by content) into the folder `target`; returns the number of files.

    `target` is made, or must be empty. Raises UploadError, and leaves `target` as it was, for an archive that is none,
    broken, empty, encrypted, hostile (traversal, links, devices, the same name twice) or beyond the limits.
    """
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise UploadError(f"The folder {target.name} is not empty.", "Choose an empty folder.")
    meter = _Meter(packed_bytes=archive.stat().st_size, limits=limits)
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=target.parent) as work:
        with _readable(archive):
            for entry in _entries(archive):
                _write(entry, Path(work), meter)
                if len(meter.files) % 200 == 0:
                    progress(entry.share, f"Unpacked {len(meter.files):,} files")
        if not meter.files:
            raise UploadError("The archive is empty.", "Pack the images and labels, and upload it again.")
        _refuse_nested(meter)
        for path in Path(work).iterdir():
            shutil.move(path, target / path.name)
    return len(meter.files)


def is_archive(path: Path) -> bool:
    """Whether the content is a zip or tar that `unpack` reads; also true for a broken one."""
    return path.is_file() and (zipfile.is_zipfile(path) or tarfile.is_tarfile(path))


@contextmanager
def _readable(archive: Path) -> Iterator[None]:
    """Turns the archive libraries' exceptions for broken data into an UploadError."""
    try:
        yield
    except UploadError:
        raise
    except _BROKEN as error:
        raise UploadError(f"The archive is broken: {error}.", "Pack it again, and check that it is whole.") from error
    except (NotImplementedError, RuntimeError) as error:
        raise UploadError(f"The archive is packed in a way that cannot be read: {error}.", _REPACK) from error
    except OSError as error:
        # gzip and bz2 report broken data as an OSError without a number; a full disk has one.
        if error.errno == ENOSPC:
            raise UploadError("The disk is full; nothing was kept.", "Free some space, then upload again.") from error
        if error.errno is not None:
            raise
        raise UploadError(f"The archive is broken: {error}.", "Pack it again, and check that it is whole.") from error


def _entries(archive: Path) -> Iterator[_Entry]:
    if zipfile.is_zipfile(archive):
        yield from _zip_entries(archive)
    elif tarfile.is_tarfile(archive):
        yield from _tar_entries(archive)
    else:
        raise UploadError("The upload is no zip or tar archive.", "Pack the folder with images and labels as a zip.")


def _zip_entries(archive: Path) -> Iterator[_Entry]:
    with zipfile.ZipFile(archive) as opened:
        total = len(opened.infolist())
        for number, info in enumerate(opened.infolist()):
            if info.flag_bits & _ENCRYPTED:
                raise UploadError(f"{info.filename!r} in the archive is encrypted.", "Pack it without a password.")
            kind = (info.external_attr >> 16) & _UNIX_KIND
            if kind == _UNIX_LINK:
                raise UploadError(f"{info.filename!r} in the archive is a link.", "Pack the files themselves.")
            # `orig_filename`: in `filename` zipfile cuts at a NUL and changes separators, which would hide an attack.
            if info.is_dir():
                _safe_path(info.orig_filename.rstrip("/") or "/")
            else:
                yield _Entry(info.orig_filename, lambda info=info: opened.open(info), number / total)  # type: ignore[misc]


def _tar_entries(archive: Path) -> Iterator[_Entry]:
    packed_bytes = max(archive.stat().st_size, 1)
    with closing(tarfile.open(archive, "r|*")) as opened:
        for member in opened:
            if member.isdir():
                _safe_path(member.name)
                continue
            if not member.isreg() or member.issparse():
                raise UploadError(f"{member.name!r} in the archive is a link or a device.", "Pack plain files only.")
            handle = opened.extractfile(member)
            if handle is not None:
                yield _Entry(member.name, lambda handle=handle: handle, min(member.offset / packed_bytes, 1.0))  # type: ignore[misc]


def _safe_path(name: str) -> PurePosixPath:
    """The entry's path. Raises UploadError if it is absolute, leaves its folder, or is no portable name."""
    # `./a.jpg` is how tar names the files of the current folder.
    parts = [part for part in name.split("/") if part != "."]
    is_odd = any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in name)
    drive = len(name) > 1 and name[1] == ":"
    if name.startswith("/") or ".." in parts or "\\" in name or drive:
        raise UploadError(f"{name[:200]!r} in the archive leads out of its folder.", _REPACK)
    parts = [part for part in parts if part]
    too_long = len(name) > _LONGEST_PATH or any(len(part.encode(errors="replace")) > _LONGEST_NAME for part in parts)
    if is_odd or too_long:
        raise UploadError(f"{name[:200]!r} in the archive is no usable file name.", _REPACK)
    return PurePosixPath(*parts)


def _write(entry: _Entry, work: Path, meter: _Meter) -> None:
    relative = meter.take_name(entry.name)
    path = work / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    with entry.open() as source, path.open("xb") as sink:
        while chunk := source.read(_CHUNK):
            meter.add(len(chunk))
            sink.write(chunk)


def _refuse_nested(meter: _Meter) -> None:
    if all(name.lower().endswith(_ARCHIVE_SUFFIXES) for name in meter.files.values()):
        raise UploadError(
            "The archive holds nothing but other archives.", "Upload the inner archive, or pack its content directly."
        )
