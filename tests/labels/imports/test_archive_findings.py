"""What unpacking passed over or guessed becomes findings."""

from core.labels.imports.archive.notes import ArchiveNotes, GuessedNames, LeftPacked
from core.labels.imports.archive_findings import archive_findings


def guessed(*code_pages: str) -> GuessedNames:
    """Names of which the code pages are not known."""
    names = (("Übung.jpg", "šbung.jpg"),)
    return GuessedNames(archive="", code_pages=code_pages, names=names, count=3)


def test_links_and_archives_are_named_and_the_rest_is_counted() -> None:
    left = (LeftPacked(path="old.zip", reason="the archive holds it already"),)
    notes = ArchiveNotes(files=9, links=("a.jpg",), link_count=5, left=left, left_count=1)
    findings = list(archive_findings(notes))
    assert [(finding.check, str(finding.severity), finding.file) for finding in findings] == [
        ("link-passed-over", "look", "a.jpg"),
        ("link-passed-over", "look", ""),
        ("left-out", "look", "old.zip"),
    ]
    assert "4 more links" in findings[1].message


def test_names_block_only_where_two_code_pages_read_them_differently() -> None:
    (finding,) = archive_findings(ArchiveNotes(files=3, names_guessed=(guessed("cp850", "cp1250"), guessed("cp850"))))
    assert (finding.check, str(finding.severity)) == ("encoding-guessed", "blocks")
    assert "Übung.jpg or šbung.jpg" in finding.message
