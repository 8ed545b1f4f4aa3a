"""What every label format gives and takes.

A reader is a module with `FORMAT_ID`, `sniff(tree) -> Sniff` and `read(tree, options) -> Reading`. It never raises for
one bad line or file: faults are findings, blocked objects stay out of the annotations table and are counted.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Protocol

from core.labels.findings import Finding
from core.labels.formats.source_tree import SourceTree
from core.labels.label_set import LabelSet

# auto decides from the values. Of the others, `absolute` are corners in px, `normalised` centre and size from 0 to 1;
# the longer names are the two remaining combinations.
COORDINATES: Final = ("auto", "absolute", "normalised", "absolute-centre", "normalised-corners")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user overrides: the coordinates (one of COORDINATES) and the class names by index."""

    coordinates: str = "auto"
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sniff:
    """How sure a reader is that the source is its own: score 0 (not at all) to 1, and why, in plain words."""

    score: float
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A source as one format reads it.

    In `label_set.images`, `source` and `file_name` are the image's path below the tree, `split` is "" where the source
    has none, `use` is labelled for an image with any object written (even a blocked one), else background, and
    width and height are 0 where the labels claim no size. `written` counts objects as the source wrote them, blocked
    and unreadable ones included; `written_per_class` does so by the class's name, or its token where it has none.
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
    """The face of a reader module."""

    FORMAT_ID: str

    @staticmethod
    def sniff(tree: SourceTree) -> Sniff:
        """How likely the source is in this format. Cheap: looks at a sample."""
        ...

    @staticmethod
    def read(tree: SourceTree, options: ReadOptions) -> Reading:
        """Everything the source holds, faults as findings."""
        ...


def shown(text: str, at_most: int = 40) -> str:
    """A quoted, shortened, printable form of something found in a file, for messages."""
    cut = text if len(text) <= at_most else f"{text[:at_most]}… ({len(text)} characters)"
    return repr(cut)
