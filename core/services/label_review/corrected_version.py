"""Makes a child version of a data set with the accepted corrections of its labels.

The version is built in a staging folder and made visible by one rename, like an import; its images are hard links to
the parent's. Splits and ids stay, so that evaluations and the splits of runs are valid on both versions.
"""

import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.actor import Actor
from core.errors import AppError
from core.files import keep_copy, only_one
from core.labels.checks.split_checks import check_splits, readiness
from core.labels.corrections import correct
from core.labels.findings import counts_by_severity, findings_from_frame
from core.labels.imports.plan import content_hash
from core.labels.label_set import LabelSet
from core.services.datasets.inspection import try_evaluator
from core.services.label_review.review import Review
from core.settings import Settings
from core.storage_errors import writing
from core.workspace.datasets import (
    VersionFolder,
    load_facts,
    load_findings,
    load_labels,
    publish,
    store_tables,
    versions_of,
)
from core.workspace.decisions import ACCEPT, REJECT, change_decisions
from core.workspace.layout import Layout
from core.workspace.registry import Registry
from core.workspace.uploads import clean_up, staging

# The only finding that depends on the objects; the others are about the source and stay.
_OF_SPLITS = "class-missing-from-split"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedVersion:
    """The child version; `words` describe its difference to its `parent`."""

    dataset: str
    version: str
    parent: str
    words: str

    def to_json(self) -> dict[str, Any]:
        """The value of `made` in the document of `suspects` (docs/cli.md)."""
        return asdict(self)


def find_corrected(settings: Settings, reviewed: Review) -> CorrectedVersion | None:
    """The child version with exactly these corrections; None if there is none yet."""
    layout = Layout(settings.workspace)
    for version in reversed(versions_of(layout, reviewed.dataset)) if reviewed.dataset else ():
        facts = load_facts(VersionFolder(layout.version(reviewed.dataset, version)))
        made_by = facts.get("difference") or {}
        if facts.get("parent") == reviewed.version and made_by.get("corrections") == reviewed.digest:
            return CorrectedVersion(
                dataset=reviewed.dataset, version=version, parent=reviewed.version, words=str(made_by["words"])
            )
    return None


def next_version(settings: Settings, reviewed: Review) -> str:
    """The name of the data set's next version, unless another one is made first."""
    versions = versions_of(Layout(settings.workspace), reviewed.dataset)
    return f"v{int(versions[-1][1:]) + 1 if versions else 1}"


def make_corrected(settings: Settings, reviewed: Review, *, actor: Actor) -> CorrectedVersion:
    """Make the child version with all accepted corrections, or return the one that already exists.

    Raises AppError if nothing is accepted.
    """
    if not reviewed.corrections:
        raise AppError("No label issue is accepted, so there is nothing to correct.", "Accept some first.")
    layout = Layout(settings.workspace)
    clean_up(layout)
    # Two clicks at once make one version; two different sets of corrections make two, one after the other.
    lock = layout.decisions(reviewed.dataset, reviewed.version).with_suffix(".making.lock")
    with only_one(lock, f"Data set {reviewed.dataset}"):
        if made := find_corrected(settings, reviewed):
            return made
        name = Registry(settings).find("dataset", reviewed.dataset).name
        parent = VersionFolder(layout.version(reviewed.dataset, reviewed.version))
        with staging(layout) as work:
            folder = VersionFolder(work / "version")
            words = _build(folder, parent, reviewed, actor)
            dataset, version = publish(settings, name, folder.root)
        _keep_confirmed(layout, reviewed, dataset, version)
    return CorrectedVersion(dataset=dataset, version=version, parent=reviewed.version, words=words)


def _keep_confirmed(layout: Layout, reviewed: Review, dataset: str, version: str) -> None:
    """Copy the confirmations of labels to the child, which has the parent's ids."""
    confirmed = [decision for decision in reviewed.decisions if decision.verdict == REJECT]
    change_decisions(layout, dataset, version, lambda decisions: [*confirmed, *decisions])


def _build(folder: VersionFolder, parent: VersionFolder, reviewed: Review, actor: Actor) -> str:
    """Write the child into an empty folder and return its difference in words."""
    before = load_labels(parent)
    annotations = correct(before.annotations, before.images, reviewed.corrections)
    has_objects = before.images["image_id"].isin(annotations["image_id"])
    uses = before.images["use"].mask(has_objects & (before.images["use"] == "background"), "labelled")
    labels = replace(before, annotations=annotations, images=before.images.assign(use=uses))
    with writing(folder.images):
        folder.images.mkdir(parents=True)
        for name in labels.images["file_name"]:
            target = folder.images / name
            target.parent.mkdir(parents=True, exist_ok=True)
            keep_copy(parent.images / name, target)
    findings = [finding for finding in findings_from_frame(load_findings(parent)) if finding.check != _OF_SPLITS]
    findings += check_splits(labels)
    difference = _difference(reviewed)
    facts = _facts(load_facts(parent), labels, difference, reviewed.version)
    facts["findings"] = counts_by_severity(findings)
    facts["actor"] = actor.to_json()
    store_tables(folder, labels, findings, facts)
    return str(difference["words"])


def _difference(reviewed: Review) -> dict[str, Any]:
    """The child's difference to its parent, for version.json."""
    sources = sorted({decision.evaluation for decision in reviewed.decisions if decision.verdict == ACCEPT})
    words = f"{reviewed.difference.words}, from evaluation{'s' if len(sources) > 1 else ''} {', '.join(sources)}"
    counts = reviewed.difference.to_json()
    return {"words": words, **counts, "evaluations": sources, "corrections": reviewed.digest}


def _facts(parent: dict[str, Any], labels: LabelSet, difference: dict[str, Any], version: str) -> dict[str, Any]:
    """version.json of the child: the parent's, updated for the corrections."""
    uses, reasons = Counter(labels.images["use"]), readiness(labels)
    return {
        **parent,
        "created": time.time(),
        "parent": version,
        "difference": difference,
        "imported": {"images": len(labels.images), "annotations": len(labels.annotations)},
        "uses": {use: uses.get(use, 0) for use in ("labelled", "background", "unlabelled")},
        "ready": not reasons,
        "reasons": reasons,
        "content_hash": content_hash(labels),
        "self_test": try_evaluator(labels).to_json(),
    }
