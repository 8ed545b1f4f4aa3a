"""Findings as values and as a table of any version; of very many, the rest is counted."""

import pandas as pd
import pytest

from core.labels.findings import (
    COLUMNS,
    Finding,
    Report,
    Severity,
    capped,
    counts_by_severity,
    findings_from_frame,
    with_all_columns,
)


def findings(number: int, check: str = "tiny-box", severity: Severity = Severity.LOOK) -> list[Finding]:
    """Findings of one kind, numbered by their line."""
    return [Finding(check=check, severity=severity, message="m", line=line) for line in range(1, number + 1)]


def test_of_very_many_findings_the_first_are_kept_and_the_rest_is_counted() -> None:
    mixed = [*findings(5), *findings(2, "zero-area", Severity.FIXED), *findings(4)]
    kept = list(capped(mixed, kept=3))
    assert [(f.check, f.line, f.stands_for) for f in kept] == [
        ("tiny-box", 1, 1),
        ("tiny-box", 2, 1),
        ("tiny-box", 3, 1),
        ("zero-area", 1, 1),
        ("zero-area", 2, 1),
        ("tiny-box", 0, 6),
    ]
    assert kept[-1].message == "6 more like these."
    assert counts_by_severity(kept) == counts_by_severity(mixed) == {"look": 9, "fixed": 2}


def test_findings_capped_twice_are_counted_once() -> None:
    assert list(capped(capped(findings(9), kept=3), kept=3)) == list(capped(findings(9), kept=3))


def test_a_table_gives_the_findings_back() -> None:
    written = [
        *capped(findings(4), kept=2),
        Finding(check="a", severity=Severity.BLOCKS, message="b", box=(1, 2, 3, 4)),
    ]
    frame = Report(written).to_frame()
    assert list(frame.columns) == COLUMNS
    assert findings_from_frame(frame) == written


def test_a_table_of_an_earlier_version_stands_for_one_fault_a_row() -> None:
    frame = Report(findings(2)).to_frame().drop(columns="stands_for")
    assert with_all_columns(frame)["stands_for"].tolist() == [1, 1]
    assert findings_from_frame(frame) == findings(2)


def test_a_table_without_a_column_of_the_first_version_is_refused() -> None:
    with pytest.raises(KeyError, match="message"):
        with_all_columns(pd.DataFrame({"check": ["a"], "severity": ["look"]}))
