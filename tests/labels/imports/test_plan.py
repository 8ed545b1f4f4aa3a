"""The demo's planted faults: each is found by its check at its place."""

from pathlib import Path

from core.demo.demo import write_demo
from core.labels.checks.check_texts import CHECK_TEXTS
from core.labels.imports.examination import examine, examine_images
from core.labels.imports.options import ImportOptions
from core.labels.imports.plan import plan_import
from core.labels.sources.source_tree import SourceTree


def test_every_planted_fault_is_found_where_it_is_and_every_finding_has_words(tmp_path: Path) -> None:
    demo = write_demo(tmp_path / "demo", 18, 0, 240, True, lambda *_: None)
    labels = examine(SourceTree.walk(tmp_path / "demo"), ImportOptions(), lambda *_: None)
    examination = examine_images(labels, ImportOptions(), lambda *_: None)
    found = {(finding.check, finding.file, finding.line) for finding in examination.report.findings}
    assert {(fault.check, fault.file, fault.line) for fault in demo.faults} <= found
    assert len(demo.faults) >= 12
    assert {check for check, _, _ in found} <= CHECK_TEXTS.keys()
    plan = plan_import(examination, ImportOptions())
    stored, left_out = len(plan.labels.annotations), plan.left_out["objects"]
    dropped = sum(f.check in ("zero-area", "outside-image", "duplicate-object") for f in examination.report.findings)
    assert stored + left_out + dropped == examination.reading.written == demo.annotations
