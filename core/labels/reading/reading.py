"""A source as it was read: labels with boxes in px, and why they were read so."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.labels.findings import Finding
from core.labels.label_set import LabelSet
from core.labels.reading.accounts import Accounts
from core.labels.reading.settling import GroupReading

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A source as its formats and the rules of reading make it (docs/reading.md).

    In `label_set.images`, `source` and `file_name` are the image's path below the tree; `split` is "" if the source has
    none; `use` is labelled for an image with any written object (even a blocked one), background for one that a label
    file says is empty, else unlabelled; width and height are those that the labels claim, 0 if none. Boxes are in px of
    the upright image, not clipped and not ordered.

    `written` counts all objects in the source, also blocked and unreadable ones; `written_per_class` by the class's
    name, or by its token if it has no name. `lost` are images some objects of which are blocked. `turned` maps ids of
    EXIF-turned images to whether their labels mean the image as stored, and why; `scaled` ids of images to the size
    that their labels claim, where the boxes were scaled from it. `attributes` has a row for each attribute of an object
    (annotation_id, name, value), `ignored` the regions without a class (image_id, x1, y1, x2, y2, reason). `accounts`
    holds what is settled before boxes are repaired: files, images and split entries, and objects that are left out.
    """

    format: str
    label_set: LabelSet
    findings: list[Finding]
    evidence: str
    groups: list[GroupReading]
    attributes: "pd.DataFrame"
    ignored: "pd.DataFrame"
    accounts: Accounts
    unmatched_images: list[str] = field(default_factory=list)  # images without a label file or entry
    unmatched_labels: list[str] = field(default_factory=list)  # label files without an image
    has_splits: bool = False
    label_files: int = 0
    written: int = 0
    written_per_class: Counter[str] = field(default_factory=Counter)
    lost: frozenset[str] = frozenset()
    turned: dict[int, tuple[bool, str]] = field(default_factory=dict)
    scaled: dict[int, tuple[int, int]] = field(default_factory=dict)
