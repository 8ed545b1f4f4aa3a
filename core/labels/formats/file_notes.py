"""The findings of one file: the first of each check, and the number of the others."""

from collections import Counter
from typing import Final

from core.coco.values import text
from core.labels.findings import Finding, Severity
from core.labels.formats.written import Written

# Nobody reads more of one kind, and a finding takes a hundred times the memory of a bad record.
_MOST: Final = 1_000


class FileNotes:
    """Adds findings on one file; `close` adds the number of those beyond the first 1,000 of each check."""

    def __init__(self, written: Written, file: str) -> None:
        """Takes the target and the file's path."""
        self.written, self.file = written, file
        self._counts: Counter[tuple[str, Severity]] = Counter()

    def refuse_object(self, entry: int, token: str, check: str, where: str, what: str, line: int) -> None:
        """Counts an object that cannot be read (entry -1: of no known image), and says why."""
        self.written.unreadable.append((entry, text(token)))
        self.blocked(check, where, what, line)

    def blocked(self, check: str, where: str, what: str, line: int) -> None:
        """Adds a finding that blocks. Args: where, the record in words; what, the fault."""
        self._add(check, Severity.BLOCKS, where, what, line)

    def fixed(self, check: str, where: str, what: str, line: int) -> None:
        """Adds a finding about something that the reader put right."""
        self._add(check, Severity.FIXED, where, what, line)

    def look(self, check: str, where: str, what: str, line: int) -> None:
        """Adds a finding that the user should check."""
        self._add(check, Severity.LOOK, where, what, line)

    def sum_up(self, check: str, message: str) -> None:
        """Adds one finding on the whole file, to be checked."""
        self.written.look(check, text(f"{self.file}: {message}"), self.file)

    def close(self) -> None:
        """Adds the number of the findings that were not added."""
        for (check, severity), count in self._counts.items():
            if count > _MOST:
                message = f"{self.file}: {count - _MOST:,} more records like these."
                self.written.findings.append(Finding(check=check, severity=severity, message=message, file=self.file))

    def _add(self, check: str, severity: Severity, where: str, what: str, line: int) -> None:
        self._counts[check, severity] += 1
        if self._counts[check, severity] <= _MOST:
            message = text(f"{self.file}, {where}: {what}.")
            self.written.findings.append(
                Finding(check=check, severity=severity, message=message, file=self.file, line=line)
            )
