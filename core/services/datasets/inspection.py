"""Results of an inspection and an import, as values and as documents of the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import AppError
from core.evaluation.scores.self_test import SelfTest, self_test
from core.images import BitRange
from core.labels.checks.check_texts import check_text
from core.labels.findings import Finding, Severity
from core.labels.images.bit_range import bit_range_of, parse_bit_range
from core.labels.imports.accounting import accounts_of
from core.labels.imports.examination import Examination
from core.labels.imports.options import ImportOptions
from core.labels.imports.plan import ImportPlan, kept_labels
from core.labels.label_set import LabelSet
from core.services.datasets.reading_preview import encoding_document, group_document, scope_document

_EXAMPLES: Final = 5
_FEW_VALUES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The content of a source. `tree` is the folder that was read, `upload_id` its upload ("" for a server folder)."""

    name: str  # suggested for the data set
    source: Path  # as it was given: an archive, or the tree
    tree: Path
    upload_id: str
    options: ImportOptions
    examination: Examination

    def is_of(self, source: Path, options: ImportOptions) -> bool:
        """Whether this is an inspection of `source`, read as with these options. The files may have changed since."""
        is_same = source in (self.source, self.tree) and options.reading == self.options.reading
        return is_same and self.tree.is_dir()

    @property
    def findings(self) -> list[Finding]:
        """All findings, worst severity first."""
        return self.examination.report.findings

    @property
    def bit_range(self) -> BitRange | None:
        """The range that maps deep images to 8 bits; None if there are none, or before the image pass."""
        return parse_bit_range(self.options.bit_range) or bit_range_of(self.examination.facts)

    @property
    def blocks(self) -> bool:
        """Whether an import needs `leave_out_blocked`."""
        return self.examination.report.blocks

    def to_json(self) -> dict[str, Any]:
        """The document of `inspect` (docs/cli.md). Counts are of the source, before the import."""
        reading = self.examination.reading
        return {
            "format": reading.format,
            "images": len(reading.label_set.images),
            "annotations": reading.written,
            "classes": [
                {"name": name, "annotations": reading.written_per_class[name]}
                for name in dict.fromkeys(reading.label_set.class_names)
            ],
            "ignored_regions": len(reading.ignored),
            "unmatched": {"images": len(reading.unmatched_images), "labels": len(reading.unmatched_labels)},
            "evidence": reading.evidence,
            "groups": [group_document(group) for group in reading.groups],
            "class_lists": [scope_document(scope) for scope in reading.class_scopes],
            "encodings": [encoding_document(guessed) for guessed in self.examination.encodings],
            "annotators": dict(reading.annotators.most_common()),
            "accounts": accounts_of(self.examination).to_json(),
            "images_read": self.examination.has_pixels,
            "deep_images": _deep_document(self),
            "findings": findings_by_check(self.findings),
            "notes": try_evaluator(kept_labels(self.examination)).notes,
        }


def _deep_document(inspection: Inspection) -> dict[str, Any] | None:
    """The images with more than 8 bits, the values in them, and the range that maps them; None if there are none."""
    facts, taken = inspection.examination.facts, inspection.bit_range
    measured = bit_range_of(facts)
    if measured is None or taken is None:
        return None
    return {"count": int(facts["is_deep"].sum()), "measured": list(measured), "range": list(taken)}


def attributes_to_ignore(inspection: Inspection) -> dict[tuple[str, str], int]:
    """Attributes (name, value) that an import may ignore objects by -> the number of objects, as in the source.

    Of the attributes of objects, only those with few values: a track or a text says nothing about many objects.
    """
    attributes = inspection.examination.reading.attributes
    of_objects = attributes[attributes["annotation_id"] > 0]
    numbers = of_objects.groupby(["name", "value"]).size()
    few = numbers[numbers.groupby("name").transform("size") <= _FEW_VALUES]
    return {(str(name), str(value)): int(number) for (name, value), number in few.items()}


def try_evaluator(labels: LabelSet) -> SelfTest:
    """The evaluator's self-test on these labels, without unlabelled images."""
    images = labels.images[labels.images["use"] != "unlabelled"]
    return self_test(images, labels.annotations, labels.categories)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A stored version with its inspection and import plan."""

    inspection: Inspection
    plan: ImportPlan
    dataset: str
    version: str

    def to_json(self) -> dict[str, Any]:
        """The document of `import` (docs/cli.md)."""
        labels = self.plan.labels
        return {
            **self.inspection.to_json(),
            "findings": findings_by_check(self.plan.findings),
            "notes": try_evaluator(labels).notes,
            "accounts": accounts_of(self.inspection.examination, self.plan).to_json(),
            "dataset": self.dataset,
            "version": self.version,
            "imported": {"images": len(labels.images), "annotations": len(labels.annotations)},
            "left_out": self.plan.left_out,
            "splits": self.plan.split_counts,
            "ready": not self.plan.reasons,
            "reasons": self.plan.reasons,
        }


class BlockedImportError(AppError):
    """Findings block an import. `inspection` holds them."""

    def __init__(self, inspection: Inspection) -> None:
        """Count the blocking findings and name the first."""
        blocking = inspection.examination.report.of(Severity.BLOCKS)
        number = sum(finding.stands_for for finding in blocking)
        counted = "1 finding blocks" if number == 1 else f"{number:,} findings block"
        remedy = f"{check_text(blocking[0].check).remedy} To import the rest: --leave-out blocked."
        super().__init__(f"{counted} the import; first: {blocking[0].message}", remedy)
        self.inspection = inspection


def findings_by_check(findings: list[Finding]) -> list[dict[str, Any]]:
    """One entry per check and severity, in the order of the findings, with at most 5 examples each."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.check, str(finding.severity)), []).append(finding)
    return [
        {
            "check": check,
            "severity": severity,
            "count": sum(finding.stands_for for finding in group),
            "remedy": check_text(check).remedy,
            "examples": [_example(finding) for finding in group[:_EXAMPLES]],
        }
        for (check, severity), group in groups.items()
    ]


def _example(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "line": finding.line,
        "image": finding.image,
        "annotation": finding.annotation,
        "message": finding.message,
    }
