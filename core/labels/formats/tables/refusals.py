"""Counts the rows of a file that cannot be read, and gives each fault the first findings of its kind."""

from collections import Counter
from typing import Final

from core.labels.findings import Finding, Severity
from core.labels.formats.written import Written

# A file of a million bad rows must not fill the memory.
FINDINGS_OF_A_KIND: Final = 1_000


class Refusals:
    """The rows of one file that cannot be read."""

    def __init__(self, written: Written, file: str) -> None:
        self._written, self._file = written, file
        self._counts: Counter[tuple[str, str]] = Counter()  # (check, kind) -> rows

    def add(self, entry: int, token: str, check: str, kind: str, line: int, what: str) -> None:
        """Counts an object that cannot be read. `kind` is short, `what` says what is wrong."""
        self._counts[check, kind] += 1
        if self._counts[check, kind] > FINDINGS_OF_A_KIND:
            self._written.unreadable.append((entry, token))
        else:
            self._written.refuse_object(entry, token, check, f"{self._file}, line {line}: {what}", line)

    def close(self) -> None:
        """Adds a finding for each kind that had more rows than findings."""
        for (check, kind), count in self._counts.items():
            if (more := count - FINDINGS_OF_A_KIND) > 0:
                message = f"{self._file}: {more:,} more lines like these: {kind}."
                self._written.findings.append(
                    Finding(check=check, severity=Severity.BLOCKS, message=message, file=self._file)
                )
