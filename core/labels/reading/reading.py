"""A source as it was read: labels with boxes in px, and why they were read so."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.labels.findings import Finding
from core.labels.images.header_sizes import ImageSizes
from core.labels.label_set import LabelSet
from core.labels.reading.accounts import Accounts
from core.labels.reading.class_lists import ClassScope
from core.labels.reading.settled import GroupReading

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A source as its formats and the rules of reading make it (docs/reading.md).

    In `label_set.images`, `source` and `file_name` are the image's path below the tree; `split` is "" if the source has
    none; `use` is labelled for an image with any written object (even a blocked one), background for one that a label
    file says is empty, else unlabelled; width and height are those that the labels claim, 0 if none. Boxes are in px of
    the upright image, not clipped and not ordered.

    `written` counts all objects in the source, also blocked and unreadable ones, each once; `written_per_class` by
    the class's name, or by its token if it has no name. `lost` are images some objects of which are blocked. `turned`
    maps ids of EXIF-turned images to whether their labels mean the image as stored, and why; `scaled` ids of images
    to the size that their labels claim, where the boxes were scaled from it. `attributes` (core.tables.ATTRIBUTES)
    are those of objects and images, `ignored` (core.tables.IGNORED) the regions without a class, clipped to their
    images. `sizes` are those of the images' headers. `embedded` are label files that hold their image, which the
    source lacks. `accounts` holds what is settled before boxes are repaired: files, images and split entries, and
    objects that are left out. `class_scopes` say which lists of names rule which label files, `annotators` counts the
    images of each person.
    """

    format: str
    label_set: LabelSet
    findings: list[Finding]
    evidence: str
    groups: list[GroupReading]
    attributes: "pd.DataFrame"
    ignored: "pd.DataFrame"
    accounts: Accounts
    sizes: ImageSizes
    unmatched_images: list[str] = field(default_factory=list)  # images without a label file or entry
    unmatched_labels: list[str] = field(default_factory=list)  # label files without an image
    has_splits: bool = False
    label_files: int = 0
    written: int = 0
    written_per_class: Counter[str] = field(default_factory=Counter)
    lost: frozenset[str] = frozenset()
    embedded: tuple[str, ...] = ()
    turned: dict[int, tuple[bool, str]] = field(default_factory=dict)
    scaled: dict[int, tuple[int, int]] = field(default_factory=dict)
    class_scopes: list[ClassScope] = field(default_factory=list)
    annotators: Counter[str] = field(default_factory=Counter)
