"""The interface of a label format.

A reader is a module with `FORMAT_ID`, `SUFFIXES`, `claim(sample)` and `read(tree, files)`. It reads what the files say,
and nothing else: it does not look for images, and it does not clip, order or convert boxes. core.labels.reading does
that for all formats. One bad line or file never raises: faults become findings.
"""

from typing import Protocol

from core.labels.formats.written import Written
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree


class Reader(Protocol):
    """The interface of a reader module."""

    FORMAT_ID: str
    SUFFIXES: tuple[str, ...]  # of its label files, lower case: (".json",)

    def claim(self, sample: Sample) -> bool:
        """Whether a file with one of the suffixes is a label file of this format. Cheap: it sees both ends."""
        ...

    def read(self, tree: SourceTree, files: list[str]) -> Written:
        """Reads label files of this format; faults become findings."""
        ...


def quoted(text: str, at_most: int = 40) -> str:
    """Text from a file for a message: quoted, shortened and printable."""
    cut = text if len(text) <= at_most else f"{text[:at_most]}… ({len(text)} characters)"
    return repr(cut)
