"""Findings of one kind and file are capped; the objects are all counted."""

from core.labels.formats.capped import Capped
from core.labels.formats.written import Entry, Written


def test_a_thousand_of_each_kind_are_kept_and_the_rest_is_one_finding() -> None:
    written = Written(format="x")
    written.add_entry(Entry(file="a.xml"))
    faults = Capped(written, "a.xml")
    for number in range(1, 1_004):
        faults.refuse_object(0, "cat", "malformed-line", f"a.xml, object {number}: bad.", number)
    for number in range(1, 1_001):
        faults.fixed("bad-segmentation", f"a.xml, object {number}: bad mask.", number)
    faults.close()
    assert len(written.unreadable) == 1_003
    assert len(written.findings) == 2_001
    last = written.findings[-1]
    assert (last.check, str(last.severity), last.message) == ("malformed-line", "blocks", "a.xml: 3 more like these.")
