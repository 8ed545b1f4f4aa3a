"""Caps the findings of one kind and file, so that millions of bad records do not fill the memory."""

from collections import Counter
from typing import Final

from core.labels.findings import Finding, Severity
from core.labels.formats.written import Written

_KEPT: Final = 1_000


class Capped:
    """The faults of one label file. Objects are always counted; findings of a kind from the 1,001st on only counted."""

    def __init__(self, written: Written, file: str) -> None:
        self._written, self._file = written, file
        self._counts: Counter[tuple[str, Severity]] = Counter()

    def refuse_object(self, entry: int, token: str, check: str, message: str, line: int) -> None:
        """Like `Written.refuse_object`."""
        if self._is_kept(check, Severity.BLOCKS):
            self._written.refuse_object(entry, token, check, message, line)
        else:
            self._written.unreadable.append((entry, token))

    def fixed(self, check: str, message: str, line: int) -> None:
        """Like `Written.fixed`."""
        if self._is_kept(check, Severity.FIXED):
            self._written.fixed(check, message, self._file, line)

    def close(self) -> None:
        """Says how many findings were only counted."""
        for (check, severity), count in self._counts.items():
            if count > _KEPT:
                message = f"{self._file}: {count - _KEPT:,} more like these."
                more = Finding(check=check, severity=severity, message=message, file=self._file)
                self._written.findings.append(more)

    def _is_kept(self, check: str, severity: Severity) -> bool:
        self._counts[check, severity] += 1
        return self._counts[check, severity] <= _KEPT
