"""Makes a child version of a data set: the one way to change labels, images in use or splits.

The version is built in a staging folder and made visible by one rename, like an import; its images are hard links to
the parent's. Ids of images and objects stay, so that evaluations and the splits of runs are valid on both versions.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import pandas as pd

from core.actor import Actor
from core.files import keep_copy, only_one
from core.labels.checks.split_checks import check_splits, readiness
from core.labels.findings import Finding, counts_by_severity, findings_from_frame
from core.labels.imports.plan import content_hash
from core.labels.label_set import LabelSet
from core.services.datasets.inspection import try_evaluator
from core.settings import Settings
from core.storage_errors import writing
from core.tables import SPLITS
from core.workspace.datasets import (
    VersionFolder,
    load_facts,
    load_findings,
    load_labels,
    publish,
    store_tables,
    versions_of,
)
from core.workspace.layout import Layout
from core.workspace.registry import Registry
from core.workspace.uploads import clean_up, staging

# The findings that depend on classes and splits are made anew; those about the source stay.
_OF_SPLITS: Final = "class-missing-from-split"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The labels of a child version, how they differ from the parent's in `words`, and more for `difference`."""

    labels: LabelSet
    words: str
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildVersion:
    """A child version; `words` describe its difference to its `parent`."""

    dataset: str
    version: str
    parent: str
    words: str

    def to_json(self) -> dict[str, Any]:
        """The version as the command line gives it."""
        return asdict(self)


def find_child(settings: Settings, dataset: str, parent: str, key: str, digest: str) -> ChildVersion | None:
    """The newest child of a version whose `difference` has this digest under this key; None if there is none yet."""
    layout = Layout(settings.workspace)
    for version in reversed(versions_of(layout, dataset)):
        facts = load_facts(VersionFolder(layout.version(dataset, version)))
        made_by = facts.get("difference") or {}
        if facts.get("parent") == parent and made_by.get(key) == digest:
            return ChildVersion(dataset=dataset, version=version, parent=parent, words=str(made_by["words"]))
    return None


def make_child(
    settings: Settings,
    dataset: str,
    parent: str,
    change: Callable[[LabelSet], Change],
    key: str,
    digest: str,
    *,
    actor: Actor,
) -> ChildVersion:
    """Make the child of a version (ids) with a change, or return the one that was made by the same request.

    `difference` of version.json keeps the `digest` of the request under `key`. Raises what `change` raises, and leaves
    nothing then.
    """
    layout = Layout(settings.workspace)
    clean_up(layout)
    # Two clicks at once make one version; two different changes make two, one after the other.
    lock = layout.decisions(dataset, parent).with_suffix(".making.lock")
    with writing(lock):
        lock.parent.mkdir(exist_ok=True)
    with only_one(lock, f"Data set {dataset}"):
        if made := find_child(settings, dataset, parent, key, digest):
            return made
        name = Registry(settings).find("dataset", dataset).name
        before = VersionFolder(layout.version(dataset, parent))
        changed = change(load_labels(before))
        difference = {"words": changed.words, **changed.more, key: digest}
        with staging(layout) as work:
            folder = VersionFolder(work / "version")
            _build(folder, before, changed.labels, difference, actor)
            _, version = publish(settings, name, folder.root)
    return ChildVersion(dataset=dataset, version=version, parent=parent, words=changed.words)


def _build(
    folder: VersionFolder, parent: VersionFolder, labels: LabelSet, difference: Mapping[str, Any], actor: Actor
) -> None:
    """Write the child into an empty folder."""
    with writing(folder.images):
        folder.images.mkdir(parents=True)
        for name in labels.images["file_name"]:
            target = folder.images / name
            target.parent.mkdir(parents=True, exist_ok=True)
            keep_copy(parent.images / name, target)
    findings = [*_kept_findings(load_findings(parent), labels), *check_splits(labels)]
    facts = _facts(load_facts(parent), labels, difference, parent.root.name)
    facts["findings"] = counts_by_severity(findings)
    facts["bytes"] = sum(path.stat().st_size for path in folder.images.rglob("*") if path.is_file())
    facts["actor"] = actor.to_json()
    store_tables(folder, labels, findings, facts)


def _kept_findings(findings: pd.DataFrame, labels: LabelSet) -> list[Finding]:
    """The parent's findings, without those about splits and about images that are gone."""
    is_here = (findings["image"] == "") | findings["image"].isin(labels.images["source"])
    return findings_from_frame(findings[is_here & (findings["check"] != _OF_SPLITS)].reset_index(drop=True))


def _facts(parent: dict[str, Any], labels: LabelSet, difference: Mapping[str, Any], version: str) -> dict[str, Any]:
    """version.json of the child: the parent's, updated for its labels."""
    uses, reasons = Counter(labels.images["use"]), readiness(labels)
    used = labels.images.loc[labels.images["use"] != "unlabelled", "split"].value_counts()
    return {
        **parent,
        "created": time.time(),
        "parent": version,
        "difference": dict(difference),
        "imported": {"images": len(labels.images), "annotations": len(labels.annotations)},
        "uses": {use: uses.get(use, 0) for use in ("labelled", "background", "unlabelled")},
        "classes": labels.class_names,
        "splits": {split: int(used.get(split, 0)) for split in SPLITS},
        "ready": not reasons,
        "reasons": reasons,
        "content_hash": content_hash(labels),
        "self_test": try_evaluator(labels).to_json(),
    }
