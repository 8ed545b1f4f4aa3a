"""Unpacks uploaded archives that may be hostile."""

from core.labels.imports.archive.notes import ArchiveNotes, GuessedNames, LeftPacked, read_archive_notes
from core.labels.imports.archive.unpacking import is_archive, unpack

__all__ = ["ArchiveNotes", "GuessedNames", "LeftPacked", "is_archive", "read_archive_notes", "unpack"]
