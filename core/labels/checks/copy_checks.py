"""Checks for images that are in the set more than once, in one split or across splits."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.labels.checks.check_input import Subject
from core.labels.checks.thresholds import Thresholds
from core.labels.findings import KEPT, Finding, Severity, rest_of
from core.labels.images.duplicates import near_pairs

Rows = npt.NDArray[np.int64]
Partners = tuple[Rows, Rows]


def copies(subject: Subject) -> Iterator[Finding]:
    """The findings of `check_copies` for the splits of the source."""
    yield from check_copies(subject.labels.images, subject.facts, subject.thresholds)


def check_copies(images: pd.DataFrame, facts: pd.DataFrame, thresholds: Thresholds) -> list[Finding]:
    """Images that are the same as an earlier one, or look almost the same, in their split or across splits.

    `images` has image_id, source and split; `facts` (core.labels.images.scan) belongs to the same ids. Across splits
    is the worse: it is said instead of the other. Images that were not decoded are passed over.
    """
    readable = facts.loc[facts["problem"] == "", ["image_id", "pixels_hash", "look_hash"]]
    table = images[["image_id", "source", "split"]].merge(readable, on="image_id").reset_index(drop=True)
    splits = pd.factorize(table["split"])[0].astype(np.int64)
    pixels = pd.factorize(table["pixels_hash"].replace("", None))[0].astype(np.int64)
    no_pairs = np.zeros((0, 2), dtype=np.int64)
    same = _partners(pixels, splits, no_pairs)
    looks, look_values = pd.factorize(table["look_hash"].replace("", None))
    pairs = near_pairs(look_values.tolist(), int(thresholds.near_duplicate_bits))
    # A flat image has the hash 0, which tells nothing.
    textured = np.array([value.strip("0") != "" for value in look_values], dtype=np.bool_)
    looks = np.where((looks >= 0) & (textured[looks] if len(textured) else False), looks, -1)
    alike = _partners(looks.astype(np.int64), splits, pairs)
    return [*_across(table, same[1], alike[1]), *_within(table, same, alike)]


def _partners(codes: Rows, splits: Rows, pairs: Rows) -> Partners:
    """For each image (N,) the first earlier partner in its split, and the first in another; -1 for none.

    `codes` (N,): images of one code are partners, -1 is in none. `pairs` (P, 2): codes that are partners, too.
    """
    nobody = len(codes)
    known = np.flatnonzero(codes >= 0)
    # A node is a code in a split; all its images have the same partners.
    nodes, first, node_of = np.unique(
        codes[known] * (splits.max(initial=0) + 1) + splits[known], return_index=True, return_inverse=True
    )
    node_codes, node_first = nodes // (splits.max(initial=0) + 1), known[first]
    node_splits = splits[node_first]
    own, other = node_first.copy(), np.full(len(nodes), nobody, dtype=np.int64)
    for one, two in _node_pairs(node_codes, pairs):
        same_split = node_splits[one] == node_splits[two]
        np.minimum.at(own, one[same_split], node_first[two[same_split]])
        np.minimum.at(other, one[~same_split], node_first[two[~same_split]])
    within, across = np.full(nobody, -1, dtype=np.int64), np.full(nobody, -1, dtype=np.int64)
    for target, partner in ((within, own[node_of]), (across, other[node_of])):
        is_earlier = partner < known
        target[known[is_earlier]] = partner[is_earlier]
    return within, across


def _node_pairs(node_codes: Rows, pairs: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of nodes, in both directions, of one code or of codes that are a pair; `node_codes` (M,) ascending."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    starts = np.searchsorted(node_codes, np.arange(node_codes.max(initial=-1) + 2))
    sizes = np.diff(starts)
    one_code = np.flatnonzero(sizes > 1)
    for left, right in (both.T, (one_code, one_code)):
        # Each node of the left code with the k-th node of the right one: there are at most as many as splits.
        for k in range(int(sizes.max(initial=0))):
            for j in range(int(sizes.max(initial=0))):
                usable = (sizes[left] > j) & (sizes[right] > k)
                one, two = starts[left[usable]] + j, starts[right[usable]] + k
                yield one[one != two], two[one != two]


def _across(table: pd.DataFrame, same: Rows, alike: Rows) -> Iterator[Finding]:
    partners, rest = np.where(same >= 0, same, alike), 0
    for row in _first(np.flatnonzero(partners >= 0)):
        image, partner = table.iloc[row], table.iloc[partners[row]]
        how = "shows the same image as" if same[row] >= 0 else "looks almost the same as"
        where = f"({partner['split'] or 'no split'}; this one: {image['split'] or 'no split'})"
        yield _finding("duplicate-across-splits", image["source"], f"{how} {partner['source']} {where}.")
    if (rest := int((partners >= 0).sum()) - KEPT) > 0:
        yield rest_of("duplicate-across-splits", Severity.LOOK, rest)


def _within(table: pd.DataFrame, same: Partners, alike: Partners) -> Iterator[Finding]:
    leaks = (same[1] >= 0) | (alike[1] >= 0)
    is_copy = ~leaks & (same[0] >= 0)
    is_near = ~leaks & ~is_copy & (alike[0] >= 0)
    kinds = (
        ("duplicate-image", is_copy, same[0], "shows the same image as"),
        ("near-duplicate-image", is_near, alike[0], "looks almost the same as"),
    )
    for check, mask, partners, how in kinds:
        rows = np.flatnonzero(mask)
        sources = table["source"].to_numpy()
        for row in _first(rows):
            yield _finding(check, sources[row], f"{how} {sources[partners[row]]}.")
        if len(rows) > KEPT:
            yield rest_of(check, Severity.LOOK, len(rows) - KEPT)


def _first(rows: Rows) -> Rows:
    """The (N,) rows that are listed one by one."""
    return rows[:KEPT]


def _finding(check: str, source: str, words: str) -> Finding:
    return Finding(check=check, severity=Severity.LOOK, message=f"{source} {words}", file=source, image=source)
