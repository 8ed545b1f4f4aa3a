"""Checks for images that are in the set more than once, in one split or across splits."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.labels.checks.box_fixes import Mask
from core.labels.checks.check_input import Subject
from core.labels.checks.thresholds import Thresholds
from core.labels.findings import KEPT, Finding, Severity, rest_of
from core.labels.images.duplicates import near_pairs

_SAME: Final = "shows the same image as"
_ALIKE: Final = "looks almost the same as"

Rows = npt.NDArray[np.int64]
Texts = npt.NDArray[Any]
Partners = tuple[Rows, Rows]


def copies(subject: Subject) -> Iterator[Finding]:
    """The findings of `check_copies` for the splits of the source."""
    yield from check_copies(subject.labels.images, subject.facts, subject.thresholds)


def check_copies(images: pd.DataFrame, facts: pd.DataFrame, thresholds: Thresholds) -> list[Finding]:
    """Images that are the same as an earlier one, or look almost the same, in their split or across splits.

    `images` has image_id, source and split; `facts` (core.labels.images.scan) belongs to the same ids. Across splits
    is the worse: it is said instead of the other. An image in no split is used by none, so that it leaks into none.
    Images that were not decoded are passed over.
    """
    if not (facts["pixels_hash"] != "").any():
        return []
    readable = facts.loc[facts["problem"] == "", ["image_id", "pixels_hash", "look_hash"]]
    table = images[["image_id", "source", "split"]].merge(readable, on="image_id").reset_index(drop=True)
    # An image in no split has the number 0.
    splits = pd.factorize(pd.concat([pd.Series([""]), table["split"]]))[0][1:].astype(np.int64)
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
    """For each image (N,) the first earlier partner within its split, and the first across splits; -1 for none.

    `splits` (N,) are numbers; 0 is no split, which counts as every split.
    `codes` (N,): images of one code are partners, -1 is in none. `pairs` (P, 2): codes that are partners, too.
    """
    nobody = len(codes)
    hashed = np.flatnonzero(codes >= 0)
    # A node is a code in a split; all its images have the same partners.
    nodes, first, node_of = np.unique(
        codes[hashed] * (splits.max(initial=0) + 1) + splits[hashed], return_index=True, return_inverse=True
    )
    node_codes, node_first = nodes // (splits.max(initial=0) + 1), hashed[first]
    node_splits = splits[node_first]
    own, other = node_first.copy(), np.full(len(nodes), nobody, dtype=np.int64)
    for left, right in _node_pairs(node_codes, pairs):
        same_split = (node_splits[left] == node_splits[right]) | (node_splits[left] * node_splits[right] == 0)
        np.minimum.at(own, left[same_split], node_first[right[same_split]])
        np.minimum.at(other, left[~same_split], node_first[right[~same_split]])
    within, across = np.full(nobody, -1, dtype=np.int64), np.full(nobody, -1, dtype=np.int64)
    for target, partner in ((within, own[node_of]), (across, other[node_of])):
        is_earlier = partner < hashed
        target[hashed[is_earlier]] = partner[is_earlier]
    return within, across


def _node_pairs(node_codes: Rows, pairs: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of nodes, in both directions, of one code or of codes that are a pair; `node_codes` (M,) ascending."""
    starts = np.searchsorted(node_codes, np.arange(node_codes.max(initial=-1) + 2))
    sizes = np.diff(starts)
    several = np.flatnonzero(sizes > 1)
    equal = np.stack([several, several], axis=1)
    codes = np.concatenate([pairs, pairs[:, ::-1], equal])
    # A code has at most as many nodes as there are splits: each node of the first with each of the second.
    most = int(sizes.max(initial=0))
    for i, j in product(range(most), range(most)):
        usable = codes[(sizes[codes[:, 0]] > i) & (sizes[codes[:, 1]] > j)]
        left, right = starts[usable[:, 0]] + i, starts[usable[:, 1]] + j
        yield left[left != right], right[left != right]


def _across(table: pd.DataFrame, same: Rows, alike: Rows) -> Iterator[Finding]:
    partners = np.where(same >= 0, same, alike)
    sources, splits = table["source"].to_numpy(), table["split"].to_numpy()

    def words(row: int) -> str:
        how = _SAME if same[row] >= 0 else _ALIKE
        return f"{how} {sources[partners[row]]} ({splits[partners[row]]}; this one: {splits[row]})."

    return _findings("duplicate-across-splits", sources, partners >= 0, words)


def _within(table: pd.DataFrame, same: Partners, alike: Partners) -> Iterator[Finding]:
    sources = table["source"].to_numpy()
    leaks = (same[1] >= 0) | (alike[1] >= 0)
    is_copy = ~leaks & (same[0] >= 0)
    is_near = ~leaks & ~is_copy & (alike[0] >= 0)
    yield from _findings("duplicate-image", sources, is_copy, lambda row: f"{_SAME} {sources[same[0][row]]}.")
    yield from _findings("near-duplicate-image", sources, is_near, lambda row: f"{_ALIKE} {sources[alike[0][row]]}.")


def _findings(check: str, sources: Texts, mask: Mask, words: Callable[[int], str]) -> Iterator[Finding]:
    """A finding for each image in the mask (N,) of the (N,) sources, at most KEPT and one for the rest."""
    rows = np.flatnonzero(mask)
    for row in rows[:KEPT].tolist():
        source = sources[row]
        message = f"{source} {words(row)}"
        yield Finding(check=check, severity=Severity.LOOK, message=message, file=source, image=source)
    if len(rows) > KEPT:
        yield rest_of(check, Severity.LOOK, len(rows) - KEPT)
