"""The findings of one file: the first of each check, and the number of the others."""

from typing import Any

from core.coco.values import quoted, text
from core.labels.findings import Finding, Severity
from core.labels.formats.alike import Alike
from core.labels.formats.written import Written


class FieldFaultError(Exception):
    """A field of a record cannot be used: the id of the check, and words in which each {} stands for a value."""

    def __init__(self, check: str, words: str, *values: Any) -> None:
        """Takes the values as they are; a hostile file may hold millions, and only some are put into words."""
        super().__init__(words)
        self.check, self.words, self.values = check, words, values


class FileNotes:
    """Adds findings on one file; `close` adds the number of those beyond the first 1,000 of each check.

    `where` is the record in words, `words` the fault, in which a quoted value of the file replaces each {}.
    """

    def __init__(self, written: Written, file: str) -> None:
        """Takes the target and the file's path."""
        self.written, self.file = written, file
        self._alike: Alike[tuple[str, Severity]] = Alike()
        self._last = (-1, "")

    def refuse_object(self, entry: int, token: str, fault: FieldFaultError, where: str, line: int) -> None:
        """Counts an object that cannot be read (entry -1: of no known image), and says why."""
        self.count_unreadable(entry, token)
        self._add(fault.check, Severity.BLOCKS, where, fault.words, line, fault.values)

    def count_unreadable(self, entry: int, token: str) -> None:
        """Counts an object that cannot be read for a reason that is told elsewhere."""
        # Millions of bad objects in a row share a record.
        if self._last != (entry, token):
            self._last = (entry, text(token))
        self.written.unreadable.append(self._last)

    def blocked(self, check: str, where: str, words: str, line: int, *values: Any) -> None:
        """Adds a finding that blocks."""
        self._add(check, Severity.BLOCKS, where, words, line, values)

    def fixed(self, check: str, where: str, words: str, line: int, *values: Any) -> None:
        """Adds a finding about something that the reader put right."""
        self._add(check, Severity.FIXED, where, words, line, values)

    def look(self, check: str, where: str, words: str, line: int, *values: Any) -> None:
        """Adds a finding that the user should check."""
        self._add(check, Severity.LOOK, where, words, line, values)

    def sum_up(self, check: str, message: str) -> None:
        """Adds one finding on the whole file, to be checked."""
        self.written.look(check, text(f"{self.file}: {message}"), self.file)

    def close(self) -> None:
        """Adds the number of the findings that were not added."""
        for (check, severity), more in self._alike.more():
            message = f"{self.file}: {more:,} more records like these."
            self.written.findings.append(Finding(check=check, severity=severity, message=message, file=self.file))

    def _add(self, check: str, severity: Severity, where: str, words: str, line: int, values: tuple[Any, ...]) -> None:
        if self._alike.is_worth_a_finding((check, severity)):
            message = text(f"{self.file}, {where}: {words.format(*map(quoted, values))}.")
            self.written.findings.append(
                Finding(check=check, severity=severity, message=message, file=self.file, line=line)
            )
