"""Findings about what unpacking an archive left out or guessed."""

from collections.abc import Iterator

from core.labels.findings import Finding, Severity
from core.labels.imports.archive.notes import ArchiveNotes, GuessedNames

_NAMED = 200
_EXAMPLES = 4


def archive_findings(notes: ArchiveNotes) -> Iterator[Finding]:
    """Links that were passed over, archives that stay packed, and names whose code page is a guess."""
    for link in notes.links[:_NAMED]:
        yield _finding("link-passed-over", Severity.LOOK, f"{link} is a link and was passed over.", link)
    if more := notes.link_count - len(notes.links[:_NAMED]):
        yield _finding("link-passed-over", Severity.LOOK, f"{more:,} more links were passed over.")
    for left in notes.left[:_NAMED]:
        message = f"{left.path} is an archive inside the archive; it was not unpacked: {left.reason}."
        yield _finding("left-out", Severity.LOOK, message, left.path)
    for guessed in notes.names_guessed:
        yield from _guessed(guessed)


def _guessed(guessed: GuessedNames) -> Iterator[Finding]:
    """A guess blocks only where another code page reads the names differently."""
    if len(guessed.code_pages) < 2:
        return
    first, second = guessed.code_pages[:2]
    excerpt = "; ".join(f"{names[0]} or {names[1]}" for names in guessed.names[:_EXAMPLES])
    where = guessed.archive or "The archive"
    message = (
        f"{where}: {guessed.count:,} names of files are in a code page that it does not state, {first} or {second}: "
        f"{excerpt}."
    )
    yield _finding("encoding-guessed", Severity.BLOCKS, message, guessed.archive)


def _finding(check: str, severity: Severity, message: str, file: str = "") -> Finding:
    return Finding(check=check, severity=severity, message=message, file=file)
