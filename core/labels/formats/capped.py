"""Caps the findings of one kind and file, so that millions of bad records do not fill the memory."""

from core.labels.findings import Finding, Severity
from core.labels.formats.alike import Alike
from core.labels.formats.written import Written


class Capped:
    """The faults of one label file. Objects are always counted; findings of a kind from the 1,001st on only counted."""

    def __init__(self, written: Written, file: str) -> None:
        self._written, self._file = written, file
        self._alike: Alike[tuple[str, Severity]] = Alike()

    def refuse_object(self, entry: int, token: str, check: str, message: str, line: int) -> None:
        """Like `Written.refuse_object`."""
        if self._alike.is_worth_a_finding((check, Severity.BLOCKS)):
            self._written.refuse_object(entry, token, check, message, line)
        else:
            self._written.unreadable.append((entry, token))

    def fixed(self, check: str, message: str, line: int) -> None:
        """Like `Written.fixed`."""
        if self._alike.is_worth_a_finding((check, Severity.FIXED)):
            self._written.fixed(check, message, self._file, line)

    def close(self) -> None:
        """Says how many findings were only counted."""
        for (check, severity), more in self._alike.more():
            message = f"{self._file}: {more:,} more like these."
            self._written.findings.append(Finding(check=check, severity=severity, message=message, file=self._file))
