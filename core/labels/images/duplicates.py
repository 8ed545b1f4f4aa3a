"""Groups images that belong together: copies, near copies, neighbours by folder or by name.

A split keeps each group whole: an image and its near copy must not be in two splits.
"""

import re
from pathlib import PurePosixPath
from typing import Final

import numpy as np
import numpy.typing as npt

GROUPINGS: Final = ("none", "folder", "stem", "duplicates")
# Two images whose 64-bit difference hashes differ in at most this many bits look the same: rescaled, recompressed.
_NEAR_BITS: Final = 3
# Roboflow's augmented copies: `cat_jpg.rf.0123abcd….jpg`.
_COPY_MARK: Final = re.compile(r"\.rf\.[0-9a-f]{8,}$")
_NUMBER_AT_END: Final = re.compile(r"[\W_]*\d+$")


def group_images(
    grouping: str, sources: list[str], pixels_hashes: list[str], look_hashes: list[str]
) -> npt.NDArray[np.int64]:
    """(N,) a group number for each image, by one of GROUPINGS.

    `folder`: its folder. `stem`: its name without the number at the end (`clip3_0017` → `clip3`), and augmented copies
    of one image. `duplicates`: equal pixels, or look hashes that differ in at most 3 of 64 bits.
    """
    if grouping == "folder":
        return _numbered([str(PurePosixPath(source).parent) for source in sources])
    if grouping == "stem":
        return _numbered([stem_group(source) for source in sources])
    if grouping == "duplicates":
        return near_duplicates(pixels_hashes, look_hashes)
    return np.arange(len(sources), dtype=np.int64)


def stem_group(source: str) -> str:
    """The folder and the stem without the number at its end; a stem that is only a number stays as it is."""
    path = PurePosixPath(source)
    stem, copies = _COPY_MARK.subn("", path.stem)
    if not copies:
        stem = _NUMBER_AT_END.sub("", stem) or stem
    return str(path.parent / stem)


def near_duplicates(pixels_hashes: list[str], look_hashes: list[str]) -> npt.NDArray[np.int64]:
    """(N,) group numbers; one group has equal pixels, or look hashes (16 hex digits) at most 3 bits apart."""
    parent = list(range(len(look_hashes)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first: dict[str, int] = {}
    for index, digest in enumerate(pixels_hashes):
        parent[root(index)] = root(first.setdefault(digest, index))
    for left, right in _near_pairs(look_hashes):
        parent[root(left)] = root(right)
    return _numbered([str(root(index)) for index in range(len(parent))])


def _near_pairs(look_hashes: list[str]) -> list[tuple[int, int]]:
    """Pairs of hashes at most 3 bits apart. By pigeonhole, at least one of their four 16-bit quarters is equal."""
    hashes = np.array([int(digest or "0", 16) for digest in look_hashes], dtype=np.uint64)
    # The hash of a flat image is 0 and tells nothing.
    textured = np.flatnonzero(hashes != 0)
    pairs: list[tuple[int, int]] = []
    for quarter in range(4):
        keys = (hashes[textured] >> np.uint64(16 * quarter)) & np.uint64(0xFFFF)
        order = textured[np.argsort(keys, kind="stable")]
        sorted_keys = np.sort(keys, kind="stable")
        for bucket in np.split(order, np.flatnonzero(np.diff(sorted_keys)) + 1):
            for position in range(len(bucket) - 1):
                rest = bucket[position + 1 :]
                apart = np.bitwise_count(hashes[bucket[position]] ^ hashes[rest])
                pairs.extend((int(bucket[position]), int(other)) for other in rest[apart <= _NEAR_BITS])
    return pairs


def _numbered(keys: list[str]) -> npt.NDArray[np.int64]:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
