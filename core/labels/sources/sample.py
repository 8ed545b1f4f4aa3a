"""Both ends of a file, from which a reader tells whether the file is its own."""

from dataclasses import dataclass
from typing import Final

from core.labels.sources.source_tree import SourceTree
from core.labels.sources.text import decode

_HEAD_BYTES: Final = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The path of a file below the source, its size in bytes, and the text of its first and last 64 KiB.

    `head` is the whole text of a file of at most 64 KiB; then `tail` is empty. Both are empty for binary data and for a
    file that cannot be read.
    """

    path: str
    size: int
    head: str
    tail: str

    @property
    def is_whole(self) -> bool:
        """Whether `head` is the whole file."""
        return self.size <= _HEAD_BYTES


def take_sample(tree: SourceTree, path: str) -> Sample:
    """Both ends of a file of the tree."""
    size = tree.sizes[path]
    try:
        with tree.path(path).open("rb") as handle:
            head = handle.read(_HEAD_BYTES)
            handle.seek(max(size - _HEAD_BYTES, len(head)))
            tail = handle.read(_HEAD_BYTES)
    except OSError:
        head = tail = b""
    first = decode(head, is_cut=size > _HEAD_BYTES)
    encoding = first.encoding if first else "utf-8"
    text = first.text if first else ""
    return Sample(path=path, size=size, head=text, tail=tail.decode(encoding, errors="replace"))
