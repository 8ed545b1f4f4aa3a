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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from lzma import LZMAError
from pathlib import Path
from typing import Final

from core.errors import UploadError
from core.labels.imports.archive.entry import CHECK_WHOLE, REPACK, Entry
from core.labels.imports.archive.entry_names import Names, safe_file_path
from core.labels.imports.archive.meter import LimitError, Meter
from core.labels.imports.archive.nested import Level, Nested, unpack_nested
from core.labels.imports.archive.notes import MOST_NAMES, ArchiveNotes, write_archive_notes
from core.labels.imports.archive.tar_entries import begins_as_tar, tar_entries
from core.labels.imports.archive.tar_stream import no_archive
from core.labels.imports.archive.zip_entries import ZipReader
from core.labels.sources.file_kinds import is_archive_name
from core.progress import Progress, say_nothing
from core.settings import Limits
from core.storage_errors import is_full

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

_ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06")


def unpack(archive: Path, target: Path, limits: Limits, progress: Progress = say_nothing) -> ArchiveNotes:
    """Unpacks a zip or tar (plain, gz, bz2, xz; by content) into the folder `target`.

    `target` is made, or must be empty. What was passed over or guessed is returned, and stored beside `target` for
    `read_archive_notes`. Raises UploadError, and leaves `target` as it was, for an archive that is none, broken, cut
    off, empty, encrypted, hostile (traversal, devices, the same name twice) or beyond the limits.
    """
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise UploadError(f"The folder {target.name} is not empty.", "Choose an empty folder.")
    meter = Meter(packed_bytes=archive.stat().st_size, limits=limits)
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=target.parent) as work:
        notes = _unpack_into(archive, Path(work), meter, progress)
        for path in Path(work).iterdir():
            shutil.move(path, target / path.name)
    write_archive_notes(target.parent, notes)
    return notes


def is_archive(path: Path) -> bool:
    """Whether the content is a zip or tar that `unpack` reads; also true for a broken one, and for other gz files."""
    return path.is_file() and (_is_zip(path) or begins_as_tar(path))


def _unpack_into(archive: Path, work: Path, meter: Meter, progress: Progress) -> ArchiveNotes:
    outer = _unpack_level(archive, work, meter, progress)
    if not outer.files:
        raise UploadError("The archive is empty.", "Pack the images and labels, and upload it again.")

    def unpack_inner(path: str, folder: str) -> Level:
        return _unpack_level(work / path, work / folder, meter, progress)

    nested = unpack_nested(work, outer.archives, unpack_inner)
    if outer.files == len(outer.archives) and not nested.unpacked:
        raise _nothing_but_archives(nested)
    return _notes(outer, nested)


def _unpack_level(archive: Path, folder: Path, meter: Meter, progress: Progress) -> Level:
    level, names, parents = Level(), Names(meter), set[Path]()
    with _readable():
        for entry in _entries(archive, meter, level):
            path = safe_file_path(entry.name)
            if entry.is_link:
                level.link_count += 1
                if len(level.links) < MOST_NAMES:
                    level.links.append(path)
                continue
            names.take(path)
            _write(entry, folder / path, parents)
            level.files += 1
            if is_archive_name(path):
                level.archives.append(path)
            if level.files % 200 == 0:
                progress(entry.share, f"Unpacked {level.files:,} files")
    return level


def _entries(archive: Path, meter: Meter, level: Level) -> Iterator[Entry]:
    if not _is_zip(archive):
        if not begins_as_tar(archive):
            raise no_archive()
        yield from tar_entries(archive, meter)
        return
    with ZipReader(archive, meter) as opened:
        level.guessed = opened.names.guessed
        yield from opened.entries()


def _is_zip(path: Path) -> bool:
    with path.open("rb") as handle:
        if handle.read(4) in _ZIP_STARTS:
            return True
    # A program may stand before a zip that unpacks itself. A tar may end in a zip, but begins otherwise.
    return not begins_as_tar(path) and zipfile.is_zipfile(path)


def _write(entry: Entry, path: Path, parents: set[Path]) -> None:
    """Writes a file. `parents` are the folders made so far; the one of this file is added."""
    if path.parent not in parents:
        path.parent.mkdir(parents=True, exist_ok=True)
        parents.add(path.parent)
    with path.open("xb") as sink:
        for chunk in entry.content:
            sink.write(chunk)


def _notes(outer: Level, nested: Nested) -> ArchiveNotes:
    levels = [("", outer), *((f"{folder}/", level) for _, folder, level in nested.unpacked)]
    guesses = [("", outer.guessed), *((path, level.guessed) for path, _, level in nested.unpacked)]
    return ArchiveNotes(
        files=sum(level.files for _, level in levels) - len(nested.unpacked),
        links=tuple([prefix + link for prefix, level in levels for link in level.links][:MOST_NAMES]),
        link_count=sum(level.link_count for _, level in levels),
        unpacked=tuple(path for path, _, _ in nested.unpacked),
        left=tuple(nested.left[:MOST_NAMES]),
        left_count=len(nested.left),
        names_guessed=tuple(replace(guess, archive=path) for path, guess in guesses if guess),
    )


def _nothing_but_archives(nested: Nested) -> UploadError:
    first = nested.left[0]
    return UploadError(
        f"The archive holds nothing but other archives, and none can be unpacked: {first.path[:200]} ({first.reason}).",
        "Upload the inner archive, or pack its content directly.",
    )


@contextmanager
def _readable() -> Iterator[None]:
    """Turns the archive libraries' exceptions for broken data into an UploadError."""
    try:
        yield
    except UploadError:
        raise
    except _BROKEN as error:
        raise UploadError(f"The archive is broken: {error}.", CHECK_WHOLE) from error
    except (NotImplementedError, RuntimeError) as error:
        raise UploadError(f"The archive is packed in a way that cannot be read: {error}.", REPACK) from error
    except MemoryError as error:
        raise UploadError("The archive needs more memory to unpack than there is.", REPACK) from error
    except OSError as error:
        # gzip and bz2 report broken data as an OSError without a number; a full disk has one.
        if is_full(error):
            raise LimitError("The disk is full; nothing was kept.", "Free some space, then upload again.") from error
        if error.errno is not None:
            raise
        raise UploadError(f"The archive is broken: {error}.", CHECK_WHOLE) from error
