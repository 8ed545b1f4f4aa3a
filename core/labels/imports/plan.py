"""Plans a version: what an import makes of an examined source.

Nothing is written to the workspace; `core.services.datasets.imports` stores a plan.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.errors import AppError, UploadError
from core.labels.checks.copy_checks import check_copies
from core.labels.checks.split_checks import OF_SPLITS, check_splits, readiness
from core.labels.findings import Finding, Severity
from core.labels.images.duplicates import group_images
from core.labels.images.store_images import stored_names
from core.labels.imports.carried import carry
from core.labels.imports.class_map import map_classes
from core.labels.imports.examination import Examination
from core.labels.imports.ignoring import ignore_objects
from core.labels.imports.kept import kept_labels_of
from core.labels.imports.options import ImportOptions
from core.labels.imports.splits import DEFAULT_RATIO, SplitPlan, assign_splits, classes_in_images, parse_ratio
from core.labels.label_set import LabelSet
from core.tables import ANNOTATIONS, IMAGES, SPLITS, conform


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """A version as it will be stored, apart from the images' hashes."""

    labels: LabelSet
    findings: list[Finding]
    split: str  # "source" or the ratio
    reasons: list[str]  # why it is not ready for training
    left_out: dict[str, int]  # numbers of blocked `images` and `objects`

    @property
    def split_counts(self) -> dict[str, int]:
        """Images in use by split."""
        used = self.labels.images.loc[self.labels.images["use"] != "unlabelled", "split"].value_counts()
        return {split: int(used.get(split, 0)) for split in SPLITS}


def plan_import(examination: Examination, options: ImportOptions) -> ImportPlan:
    """The version that an import with these options makes, without blocked images and objects.

    Raises AppError for options that do not fit the source, UploadError if nothing is left.
    """
    reading, facts = examination.reading, examination.facts
    kept = kept_labels_of(reading.label_set, facts, examination.repaired)
    blocked = examination.report.blocks
    if not len(kept.images) or (blocked and not len(kept.annotations)):
        what = "image" if not len(kept.images) else "object"
        raise UploadError(f"No usable {what} is left to import.", "Correct what the findings block, and import again.")
    mapped = ignore_objects(map_classes(kept, options.class_map), reading.attributes, options.ignore)
    images = mapped.images.assign(use=_uses(kept, mapped, examination, options))
    split, splits = _split(replace(mapped, images=images), facts, reading.has_splits, options)
    chosen = replace(mapped, images=images.assign(split=splits))
    labels = carry(reading, chosen, _renumbered(chosen, facts))
    findings = [f for f in examination.report.findings if f.check not in OF_SPLITS]
    copies = check_copies(images.assign(split=splits), facts, options.thresholds)
    return ImportPlan(
        labels=labels,
        findings=findings + copies + _lost_objects(mapped, images, examination) + check_splits(labels),
        split=split,
        reasons=readiness(labels),
        left_out=_left_out(examination),
    )


def kept_labels(examination: Examination) -> LabelSet:
    """The sound and repaired part of the source, which an import would keep; ids and classes as read."""
    return kept_labels_of(examination.reading.label_set, examination.facts, examination.repaired)


def content_hash(labels: LabelSet) -> str:
    """The sha256 of a version: images by their hash, boxes, classes, splits, regions and attributes; not its source."""
    digest = hashlib.sha256()
    for frame, ignored in (
        (labels.images, ["source"]),
        (labels.annotations, ["source_file", "source_line"]),
        (labels.categories, ["source_id"]),
        # An empty table adds nothing: so data without regions and attributes keeps the hash of earlier releases.
        *((table, []) for table in (labels.ignored, labels.attributes) if len(table)),
    ):
        digest.update(frame.drop(columns=ignored).to_csv(index=False, lineterminator="\n").encode())
    return digest.hexdigest()


def _uses(kept: LabelSet, mapped: LabelSet, examination: Examination, options: ImportOptions) -> list[str]:
    """The use of each kept image (rule 6).

    - `labelled`: it has objects.
    - `unlabelled`: repairs or blocks took some or all of its objects, and none is left.
    - `background`: the user dropped the classes of all its objects.
    - `options.empty_use`: a label file says that it is empty. `options.no_label_use`: no label file speaks of it.
    """
    has_objects, had_objects = set(mapped.annotations["image_id"]), set(kept.annotations["image_id"])
    blocked = {finding.image for finding in examination.report.of(Severity.BLOCKS)} | examination.reading.lost
    use_of_empty = {"background": options.empty_use, "unlabelled": options.no_label_use}

    def use(image_id: int, source: str, use_as_read: str) -> str:
        if image_id in has_objects:
            return "labelled"
        if image_id in had_objects:
            return "background"
        if source in blocked or use_as_read == "labelled":
            return "unlabelled"
        return use_of_empty[use_as_read]

    return [use(*row) for row in mapped.images[["image_id", "source", "use"]].itertuples(index=False)]


def _lost_objects(mapped: LabelSet, images: pd.DataFrame, examination: Examination) -> list[Finding]:
    """A finding for each image that repairs or blocks left without an object: it is not background."""
    was_labelled = (mapped.images["use"] == "labelled").to_numpy() & (images["use"] == "unlabelled").to_numpy()
    message = "lost all its objects to repairs or blocks. It is unlabelled, not background."
    return [
        Finding(check="lost-objects", severity=Severity.LOOK, message=f"{source} {message}", file=source, image=source)
        for source in mapped.images["source"][was_labelled]
    ]


def _split(labels: LabelSet, facts: pd.DataFrame, has_splits: bool, options: ImportOptions) -> tuple[str, list[str]]:
    """The rule of the split ("source" or the ratio), and the split of each image; unused images are in none."""
    images = labels.images
    is_used = (images["use"] != "unlabelled").to_numpy()
    wanted = options.split or ("source" if has_splits else DEFAULT_RATIO)
    if wanted == "source":
        if not has_splits:
            raise AppError("The source does not say how it is split.", f"Give a ratio such as {DEFAULT_RATIO}.")
        return wanted, np.where(is_used, images["split"], "").tolist()
    shares = parse_ratio(wanted)
    used = images[is_used]
    in_image = classes_in_images(used, labels.annotations, len(labels.categories))
    looks = facts.set_index("image_id").loc[used["image_id"]]
    groups = group_images(
        options.group, used["source"].tolist(), looks["pixels_hash"].tolist(), looks["look_hash"].tolist()
    )
    splits = np.full(len(images), "", dtype=object)
    if len(np.unique(groups)) < sum(share > 0 for share in shares):
        # Too few to split: the version says that it is not ready, and the labels can be looked at.
        splits[is_used] = "train"
    else:
        splits[is_used] = assign_splits(in_image, groups, SplitPlan(shares, options.seed))
    return wanted, splits.tolist()


def _renumbered(labels: LabelSet, facts: pd.DataFrame) -> LabelSet:
    """The labels with dense ids from 1, stored file names and exact schemas."""
    new_id = {image_id: number for number, image_id in enumerate(labels.images["image_id"], 1)}
    conversion = facts.set_index("image_id").loc[labels.images["image_id"], "conversion"]
    images = labels.images.assign(
        image_id=labels.images["image_id"].map(new_id),
        file_name=stored_names(labels.images["source"].tolist(), (conversion != "").tolist()),
    )
    annotations = labels.annotations.assign(
        annotation_id=range(1, len(labels.annotations) + 1), image_id=labels.annotations["image_id"].map(new_id)
    )
    return replace(labels, images=conform(images, IMAGES), annotations=conform(annotations, ANNOTATIONS))


def _left_out(examination: Examination) -> dict[str, int]:
    repaired = examination.repaired
    unread = examination.reading.accounts.objects.blocked
    blocked = int((~repaired.is_finite | ~repaired.is_on_readable).sum())
    unreadable = int((examination.facts["problem"] != "").sum())
    return {"images": unreadable, "objects": max(unread, 0) + blocked}


def stored_facts(facts: pd.DataFrame, labels: LabelSet, images_as_read: pd.DataFrame) -> pd.DataFrame:
    """The facts under the image ids of a plan, for storing its images."""
    source_of = images_as_read.set_index("image_id")["source"]
    id_of: dict[Any, Any] = dict(zip(labels.images["source"], labels.images["image_id"], strict=True))
    renumbered = facts.assign(image_id=facts["image_id"].map(source_of).map(id_of))
    kept = renumbered[renumbered["image_id"].notna()]
    return kept.astype({"image_id": "int64"})
