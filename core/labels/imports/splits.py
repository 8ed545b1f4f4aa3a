"""Splits images into training, validation and test.

A split is seeded, keeps groups of images together, and is stratified over classes although an image holds several. It
uses the iterative stratification of Sechidis, Tsoumakas and Vlahavas (2011), which assigns the rarest class first. The
package iterative-stratification is not used, because it needs scikit-learn and supports neither groups nor sizes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import AppError
from core.tables import SPLITS

DEFAULT_RATIO: Final = "70/15/15"
_REMEDY: Final = "Give whole numbers for train/val/test, such as 70/15/15, or 80/20 for no test."


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """How to split: shares of train, val and test (sum 1), and the seed of all draws."""

    shares: tuple[float, float, float]
    seed: int = 0


def parse_ratio(text: str) -> tuple[float, float, float]:
    """Reads `70/15/15` as shares that sum to 1; a missing test share is 0. Raises AppError for anything else."""
    parts = text.split("/")
    if not 2 <= len(parts) <= 3 or not all(part.strip().isdecimal() and len(part) < 6 for part in parts):
        raise AppError(f"The split {text[:40]!r} is no ratio.", _REMEDY)
    numbers = [int(part) for part in parts] + [0] * (3 - len(parts))
    if numbers[0] == 0 or sum(numbers[1:]) == 0:
        raise AppError(f"The split {text!r} leaves nothing to train with, or nothing to validate with.", _REMEDY)
    total = sum(numbers)
    return numbers[0] / total, numbers[1] / total, numbers[2] / total


def assign_splits(classes_in_image: npt.NDArray[np.bool_], groups: npt.NDArray[np.int64], plan: SplitPlan) -> list[str]:
    """The split of each image.

    Args: classes_in_image (N, K), whether image n holds class k; groups (N,), images of one number stay together.
    Without groups each split has its share of images, rounded so that the sum is N (largest remainder).
    Raises AppError if there are fewer groups than splits.
    """
    return [SPLITS[index] for index in assign_parts(classes_in_image, groups, plan.shares, plan.seed)]


def classes_in_images(images: pd.DataFrame, annotations: pd.DataFrame, classes: int) -> npt.NDArray[np.bool_]:
    """(N, classes) whether each image holds an object of each class; annotations of other images are ignored."""
    holds = np.zeros((len(images), classes), dtype=np.bool_)
    row_of = pd.Series(np.arange(len(images)), index=images["image_id"])
    labelled = annotations[annotations["image_id"].isin(row_of.index)]
    holds[row_of.loc[labelled["image_id"]].to_numpy(), labelled["category_id"].to_numpy()] = True
    return holds


def assign_parts(
    classes_in_image: npt.NDArray[np.bool_], groups: npt.NDArray[np.int64], shares: tuple[float, ...], seed: int
) -> npt.NDArray[np.int64]:
    """(N,) the index of each image's part, as in `assign_splits`, for any number of `shares` (sum 1)."""
    _, unit_of_image = np.unique(groups, return_inverse=True)
    units = int(unit_of_image.max(initial=-1)) + 1
    wanted = [share for share in shares if share > 0]
    if units < len(wanted):
        singular, plural = ("image", "images") if units == len(groups) else ("group", "groups")
        raise AppError(
            f"There {'is' if units == 1 else 'are'} only {units} {singular if units == 1 else plural} to fill "
            f"{len(wanted)} splits with.",
            "Choose another grouping, a split into fewer parts, or add images.",
        )
    # Empty images count as one more class, so that background is spread evenly too.
    rows = np.concatenate([classes_in_image, ~classes_in_image.any(axis=1, keepdims=True)], axis=1)
    held = np.zeros((units, rows.shape[1]), dtype=np.int64)
    np.add.at(held, unit_of_image, rows.astype(np.int64))
    sizes = np.bincount(unit_of_image, minlength=units)
    return _stratify(held, sizes, shares, seed)[unit_of_image]


def _stratify(
    held: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64], shares: tuple[float, ...], seed: int
) -> npt.NDArray[np.int64]:
    """(U,) the split index of each unit. Args: held (U, K) images with class k; sizes (U,) images of the unit."""
    random = np.random.default_rng(seed)
    free = _exact_sizes(int(sizes.sum()), shares).astype(np.float64)
    desired = _desired(held, np.asarray(shares))
    chosen = np.full(len(sizes), -1, dtype=np.int64)
    # Large groups first, while they still fit; groups of equal size in seeded order.
    shuffled = random.permutation(len(sizes))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    members = [order[held[order, k] > 0] for k in range(held.shape[1])]
    remaining = held.sum(axis=0)
    while (remaining > 0).any():
        rarest = int(np.argmin(np.where(remaining > 0, remaining, np.iinfo(np.int64).max)))
        for unit in members[rarest]:
            if chosen[unit] >= 0:
                continue
            split = _neediest(desired[:, rarest], free, int(sizes[unit]), random)
            chosen[unit] = split
            free[split] -= sizes[unit]
            desired[split] -= held[unit]
            remaining -= held[unit]
    return chosen


def _exact_sizes(total: int, shares: tuple[float, ...]) -> npt.NDArray[np.int64]:
    """(S,) images per split, summing to `total`, by largest remainder; a split with a share gets at least one."""
    exact = np.asarray(shares) * total
    sizes = np.floor(exact + 1e-9).astype(np.int64)
    for index in np.argsort(-(exact - sizes), kind="stable")[: total - int(sizes.sum())]:
        sizes[index] += 1
    for index, share in enumerate(shares):
        if share > 0 and sizes[index] == 0:
            sizes[index] += 1
            sizes[int(np.argmax(sizes))] -= 1
    return sizes


def _desired(held: npt.NDArray[np.int64], shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(S, K) images with class k that each split should get; at least one if there are enough units.

    Args: held (U, K) images with class k of each unit; shares (S,), sum 1.
    """
    totals = held.sum(axis=0)
    desired = shares[:, None] * totals[None, :]
    wanted = shares > 0
    enough = (held > 0).sum(axis=0) >= wanted.sum()
    raised = np.where(wanted[:, None] & enough[None, :], np.maximum(desired, 1.0), desired)
    # The increase of the small splits is taken from the largest, which would otherwise be filled first.
    raised[int(np.argmax(shares))] -= raised.sum(axis=0) - totals
    return raised


def _neediest(
    desired: npt.NDArray[np.float64], free: npt.NDArray[np.float64], size: int, random: np.random.Generator
) -> int:
    """The split that lacks most of this class, among those with free places; free places, then chance, break ties.

    Args: desired (S,) images with the class that each split still lacks; free (S,) its free places.
    """
    fits = free >= size
    if not fits.any():
        return int(np.argmax(free))
    need = np.where(fits, desired, -np.inf)
    best = np.flatnonzero(need >= need.max() - 1e-9)
    best = best[free[best] >= free[best].max() - 1e-9]
    return int(best[0] if len(best) == 1 else random.choice(best))
