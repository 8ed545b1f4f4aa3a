"""What unpacking an archive left out or guessed, as a value and as a file beside the unpacked tree."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from core.files import write_json
from core.records import read_as

_FILE: Final = "archive.json"
# Names that are kept of one kind; beyond that only their number.
MOST_NAMES: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftPacked:
    """An archive inside the archive that was not unpacked, and why, as a part of a sentence."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessedNames:
    """Names that were decoded with a guessed code page, because the archive does not say which it is.

    `archive` is the path of the archive below the tree, "" for the outer one. `code_pages` are the one taken and its
    likeliest rival; there is none if no other reads the names differently. `names` are the first of the names in doubt,
    each as every code page reads it. `count` is the number of all of them.
    """

    archive: str
    code_pages: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveNotes:
    """An unpacked archive: the number of its files, and what is not as it was packed.

    `links` are the first of the links that were passed over, `link_count` the number of all. `unpacked` are archives
    inside it that were unpacked as well, `left` the first of those that were not.
    """

    files: int
    links: tuple[str, ...] = ()
    link_count: int = 0
    unpacked: tuple[str, ...] = ()
    left: tuple[LeftPacked, ...] = ()
    left_count: int = 0
    names_guessed: tuple[GuessedNames, ...] = ()


def write_archive_notes(upload_folder: Path, notes: ArchiveNotes) -> None:
    """Stores the notes in an upload's folder. Raises StorageError."""
    write_json(upload_folder / _FILE, asdict(notes))


def read_archive_notes(upload_folder: Path) -> ArchiveNotes | None:
    """The notes in an upload's folder; None if no archive was unpacked there. Raises DamagedFileError."""
    try:
        return read_as(upload_folder / _FILE, ArchiveNotes)
    except FileNotFoundError:
        return None
