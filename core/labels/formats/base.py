"""The interface of a label format.

A reader is a module with `FORMAT_ID`, `sniff(tree) -> Sniff` and `read(tree, options) -> Reading`. One bad line or file
never raises: faults become findings, and blocked objects are counted but left out of the annotations table.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Protocol

from core.labels.findings import Finding
from core.labels.formats.source_tree import SourceTree
from core.labels.label_set import LabelSet

# `auto` decides by the values. `absolute`: corners in px. `normalised`: centre and size from 0 to 1. The longer names
# are the two remaining combinations.
COORDINATES: Final = ("auto", "absolute", "normalised", "absolute-centre", "normalised-corners")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """The user's overrides: the coordinates (one of COORDINATES) and the class names by index."""

    coordinates: str = "auto"
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sniff:
    """How sure a reader is that a source has its format: a score from 0 (not at all) to 1, and the reason."""

    score: float
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A source as one format reads it.

    In `label_set.images`, `source` and `file_name` are the image's path below the tree; `split` is "" if the source has
    none; `use` is labelled for an image with any written object (even a blocked one), else background; width and
    height are 0 if the labels state no size. `written` counts all objects in the source, also blocked and unreadable
    ones; `written_per_class` counts them by the class's name, or by its token if it has no name.
    """

    format: str
    label_set: LabelSet
    findings: list[Finding]
    evidence: str
    unmatched_images: list[str] = field(default_factory=list)  # images without a label file or entry
    unmatched_labels: list[str] = field(default_factory=list)  # label files without an image
    has_splits: bool = False
    label_files: int = 0
    written: int = 0
    written_per_class: Counter[str] = field(default_factory=Counter)


class Reader(Protocol):
    """The interface of a reader module."""

    FORMAT_ID: str

    @staticmethod
    def sniff(tree: SourceTree) -> Sniff:
        """How likely the source has this format. Cheap: it reads a sample."""
        ...

    @staticmethod
    def read(tree: SourceTree, options: ReadOptions) -> Reading:
        """Reads the whole source; faults become findings."""
        ...


def quoted(text: str, at_most: int = 40) -> str:
    """Text from a file for a message: quoted, shortened and printable."""
    cut = text if len(text) <= at_most else f"{text[:at_most]}… ({len(text)} characters)"
    return repr(cut)
