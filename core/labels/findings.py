"""Findings: faults of labels and images, as values.

A reader or a check returns findings and does not raise, so that one bad line never hides the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd


class Severity(StrEnum):
    """How severe a finding is: BLOCKS must be corrected or left out, FIXED is repaired on import, LOOK may be wrong."""

    BLOCKS = "blocks"
    FIXED = "fixed"
    LOOK = "look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault at one place.

    `check` is the check's short id. `file` is the label file or image below the source, `line` its 1-based line or
    element (0: none). `image` is the image's path below the source, `annotation` the object's `annotation_id` as read
    (0: none), `box` its corners (x1, y1, x2, y2) as written, in px, for drawing. `stands_for` is the number of faults:
    above 1 only for a finding that counts those beyond the ones listed one by one.
    """

    check: str
    severity: Severity
    message: str
    file: str = ""
    line: int = 0
    image: str = ""
    annotation: int = 0
    box: tuple[float, float, float, float] | None = None
    stands_for: int = 1


# The columns of every version; those of later ones follow with a default for tables without them.
_FIRST_COLUMNS: Final = ["check", "severity", "message", "file", "line", "image", "annotation", "x1", "y1", "x2", "y2"]
COLUMNS: Final = [*_FIRST_COLUMNS, "stands_for"]
# Nobody reads more of one kind, and a million findings take a gigabyte.
KEPT: Final = 10_000


def rest_of(check: str, severity: Severity, number: int) -> Finding:
    """The finding that stands for the faults of a check beyond those that are listed."""
    return Finding(check=check, severity=severity, message=f"{number:,} more like these.", stands_for=number)


def capped(findings: Iterable[Finding], kept: int = KEPT) -> Iterator[Finding]:
    """The first findings of each check and severity, then one finding for the rest of each."""
    seen: Counter[tuple[str, Severity]] = Counter()
    rest: Counter[tuple[str, Severity]] = Counter()
    for finding in findings:
        kind = (finding.check, finding.severity)
        if finding.stands_for > 1 or seen[kind] >= kept:
            rest[kind] += finding.stands_for
        else:
            seen[kind] += 1
            yield finding
    yield from (rest_of(check, severity, number) for (check, severity), number in rest.items())


@dataclass(slots=True)
class Report:
    """All findings of one import."""

    findings: list[Finding] = field(default_factory=list)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Appends findings in their order."""
        self.findings.extend(findings)

    def of(self, severity: Severity) -> list[Finding]:
        """The findings of one severity."""
        return [finding for finding in self.findings if finding.severity is severity]

    @property
    def blocks(self) -> bool:
        """Whether any finding blocks training."""
        return any(finding.severity is Severity.BLOCKS for finding in self.findings)

    def to_frame(self) -> pd.DataFrame:
        """A frame with COLUMNS, one row per finding, for the CSV download; corners are NaN without a box."""
        import pandas as pd

        rows = [
            (
                f.check,
                str(f.severity),
                f.message,
                f.file,
                f.line,
                f.image,
                f.annotation,
                *(f.box or (None,) * 4),
                f.stands_for,
            )
            for f in self.findings
        ]
        frame = pd.DataFrame(rows, columns=COLUMNS)
        return frame.astype(dict.fromkeys(("x1", "y1", "x2", "y2"), "float64") | {"stands_for": "int64"})


def with_all_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """A stored frame of any version with COLUMNS. Raises KeyError for one that lacks a column of the first version."""
    if lacking := [name for name in _FIRST_COLUMNS if name not in frame]:
        raise KeyError(lacking[0])
    return frame[_FIRST_COLUMNS].assign(stands_for=frame.get("stands_for", 1))


def counts_by_severity(findings: Iterable[Finding]) -> dict[str, int]:
    """The number of faults by severity; severities without one are left out."""
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[str(finding.severity)] += finding.stands_for
    return dict(counts)


def findings_from_frame(frame: pd.DataFrame) -> list[Finding]:
    """The findings in a frame from `Report.to_frame`."""
    import pandas as pd

    return [
        Finding(
            check=str(row["check"]),
            severity=Severity(row["severity"]),
            message=str(row["message"]),
            file=str(row["file"]),
            line=int(row["line"]),
            image=str(row["image"]),
            annotation=int(row["annotation"]),
            box=None if pd.isna(row["x1"]) else (row["x1"], row["y1"], row["x2"], row["y2"]),
            stands_for=int(row.get("stands_for", 1)),
        )
        for row in frame.to_dict("records")
    ]
