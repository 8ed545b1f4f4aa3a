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
NEAR_BITS: Final = 3
# Ten thousand frames of one scene would make 50 million pairs; each frame has a partner long before.
_MOST_PAIRS: Final = 2_000_000
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
        # An image that was not decoded has none.
        if digest:
            parent[root(index)] = root(first.setdefault(digest, index))
    same: dict[str, int] = {}
    for index, digest in enumerate(look_hashes):
        # The hash of a flat image is 0 and tells nothing.
        if digest.strip("0"):
            parent[root(index)] = root(same.setdefault(digest, index))
    for left, right in near_pairs(look_hashes, NEAR_BITS).tolist():
        parent[root(left)] = root(right)
    return _numbered([str(root(index)) for index in range(len(parent))])


def near_pairs(look_hashes: list[str], most_bits: int) -> npt.NDArray[np.int64]:
    """(P, 2) pairs of different look hashes (16 hex digits) that differ in at most so many bits; of equal ones, none.

    By pigeonhole, two hashes within three bits agree in one of four quarters; for more bits there are more parts. The
    hash 0 of a flat image tells nothing, and is in no pair.
    """
    hashes, first = np.unique(
        np.array([int(digest or "0", 16) for digest in look_hashes], np.uint64), return_index=True
    )
    hashes, first = hashes[hashes != 0], first[hashes != 0]
    parts = min(64, most_bits + 1)
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for low, high in zip(_cuts(parts)[:-1], _cuts(parts)[1:], strict=True):
        keys = (hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)
        pairs.append(_pairs_of_key(hashes, keys, most_bits))
    return np.sort(first[np.unique(np.concatenate(pairs), axis=0)], axis=1).astype(np.int64)


def _cuts(parts: int) -> list[int]:
    """The borders of so many parts of 64 bits."""
    return [64 * part // parts for part in range(parts + 1)]


def _pairs_of_key(
    hashes: npt.NDArray[np.uint64], keys: npt.NDArray[np.uint64], most_bits: int
) -> npt.NDArray[np.int64]:
    """(P, 2) pairs of the (N,) hashes that have one key and differ in at most so many bits.

    Sorted by key, each hash is compared with the next one, the one after it, and so on, all hashes at once.
    """
    order = np.argsort(keys, kind="stable").astype(np.int64)
    keys, hashes = keys[order], hashes[order]
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    left, count = np.arange(len(order)), 0
    for step in range(1, len(order)):
        left = left[left + step < len(order)]
        left = left[keys[left] == keys[left + step]]
        if not len(left):
            break
        near = left[np.bitwise_count(hashes[left] ^ hashes[left + step]) <= most_bits]
        pairs.append(np.sort(np.stack([order[near], order[near + step]], axis=1), axis=1))
        count += len(near)
        if count > _MOST_PAIRS:
            break
    return np.concatenate(pairs)


def _numbered(keys: list[str]) -> npt.NDArray[np.int64]:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
