"""Counts the rows of a file that cannot be read, and gives each fault the first findings of its kind."""

from core.labels.findings import Finding, Severity
from core.labels.formats.alike import Alike
from core.labels.formats.written import Written


class Refusals:
    """The rows of one file that cannot be read."""

    def __init__(self, written: Written, file: str) -> None:
        self._written, self._file = written, file
        self._alike: Alike[tuple[str, str]] = Alike()  # of each (check, kind)

    def add(self, entry: int, token: str, check: str, kind: str, line: int, what: str) -> None:
        """Counts an object that cannot be read. `kind` is short, `what` says what is wrong."""
        if self._alike.is_worth_a_finding((check, kind)):
            self._written.refuse_object(entry, token, check, f"{self._file}, line {line}: {what}", line)
        else:
            self._written.unreadable.append((entry, token))

    def close(self) -> None:
        """Adds a finding for each kind that had more rows than findings."""
        for (check, kind), more in self._alike.more():
            message = f"{self._file}: {more:,} more lines like these: {kind}."
            finding = Finding(check=check, severity=Severity.BLOCKS, message=message, file=self._file)
            self._written.findings.append(finding)
